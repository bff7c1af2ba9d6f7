// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: who is trusted, in a guest that takes itself for a confidential one.
 *
 * Stubs stand for what the platform says, which no test machine can say by itself;
 * all that is decided from it is the driver's own code.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/panic.h>

#include "../pvfeat.h"
#include "../pvfeat_core.h"
#include "pvfeat_test.h"

static const enum pvfeat_kind kinds[] = {
	PVFEAT_KIND_PCI, PVFEAT_KIND_CPUID, PVFEAT_KIND_DT, PVFEAT_KIND_ACPI,
};

static_assert(ARRAY_SIZE(kinds) == PVFEAT_NR_KINDS);

static const char * const policies[] = { "intersect", "strict", "report" };

/* Where a window shall be, and the part of it that the platform calls private */
#define WINDOW_START	0xfe000ff0
#define WINDOW_BYTES	0x1000

static bool confidential(void)
{
	return true;
}

static bool not_confidential(void)
{
	return false;
}

static bool range_private(resource_size_t start, resource_size_t bytes)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), start, WINDOW_START);
	KUNIT_EXPECT_EQ(kunit_get_current_test(), bytes, WINDOW_BYTES);
	return true;
}

static bool range_shared(resource_size_t start, resource_size_t bytes)
{
	return false;
}

static u32 read_word(void *context, unsigned int word)
{
	return ((const struct pvfeat_table *)context)->words[word];
}

/* A window as the driver adds it: PCI with its range, the others through the core */
static struct pvfeat_source *add_window(struct kunit *test, enum pvfeat_kind kind,
					unsigned int feature)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *source;

	turn_on(t, feature);
	if (kind != PVFEAT_KIND_PCI)
		source = pvfeat_window_add(kind, read_word, t, t->nr);
	else
		source = pvfeat_source_add(NULL, kind,
					   pvfeat_window_trusted(kind, WINDOW_START,
								 WINDOW_BYTES), t);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(source));
	return source;
}

/* What each kind of window alone turns on, under each policy */
static void expect_alone(struct kunit *test, enum pvfeat_kind kind, bool on)
{
	struct pvfeat_source *source;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[i]), 0);
		source = add_window(test, kind, PVFEAT_VTPM);
		KUNIT_EXPECT_EQ_MSG(test, pvfeat_has(PVFEAT_VTPM), on,
				    "kind %d, policy %s", kind, policies[i]);
		KUNIT_EXPECT_EQ(test, count_effective(), on);
		pvfeat_source_remove(source);
	}
}

/* The same for all kinds: the PCI window, and those that firmware shows */
static void expect_kinds(struct kunit *test, bool pci, bool firmware)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		expect_alone(test, kinds[i],
			     kinds[i] == PVFEAT_KIND_PCI ? pci : firmware);
}

/* A guest that is not confidential trusts all; nobody asks about ranges */
static void trust_plain(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_confidential,
				   not_confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_shared);
	expect_kinds(test, true, true);
}

/* PVF-DRV-41, PVF-DRV-42: a shared BAR and whatever firmware shows are the host's */
static void trust_shared(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_shared);
	expect_kinds(test, false, false);
}

/* PVF-DRV-41: of a private range the host is kept out; firmware is not of one */
static void trust_private(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_private);
	expect_kinds(test, true, false);
}

/* Without a stub for ranges: what this platform really says, which is no */
static void trust_real_range(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	KUNIT_EXPECT_FALSE(test, pvfeat_window_trusted(PVFEAT_KIND_PCI,
						       WINDOW_START, WINDOW_BYTES));
	KUNIT_EXPECT_FALSE(test, pvfeat_range_private(~(resource_size_t)0, 1));
}

/* An untrusted window neither turns off, by disagreeing, nor on, by surviving */
static void trust_no_veto(struct kunit *test)
{
	struct pvfeat_source *pci, *cpuid;
	unsigned int i;

	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_private);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[i]), 0);
		cpuid = add_window(test, PVFEAT_KIND_CPUID, PVFEAT_TRUSTED_TIME);
		pci = add_window(test, PVFEAT_KIND_PCI, PVFEAT_VTPM);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
		KUNIT_EXPECT_EQ(test, count_effective(), 1);
		pvfeat_source_remove(pci);
		KUNIT_EXPECT_EQ(test, count_effective(), 0);
		pvfeat_source_remove(cpuid);
	}
}

/* An untrusted function that comes first keeps no place from one that is trusted */
static void trust_later(struct kunit *test)
{
	struct pvfeat_source *first, *second;

	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_shared);
	first = add_window(test, PVFEAT_KIND_PCI, PVFEAT_TRUSTED_TIME);
	kunit_activate_static_stub(test, pvfeat_range_private, range_private);
	second = add_window(test, PVFEAT_KIND_PCI, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(second);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_source_remove(first);
}

/* What came without allow_untrusted stays out; what comes with it counts */
static void trust_allowed(struct kunit *test)
{
	struct pvfeat_source *before, *after;

	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_shared);
	before = add_window(test, PVFEAT_KIND_CPUID, PVFEAT_TRUSTED_TIME);
	KUNIT_EXPECT_EQ(test, pvfeat_allow_untrusted("perhaps"), -EINVAL);
	KUNIT_EXPECT_EQ(test, pvfeat_allow_untrusted("1"), 0);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	after = add_window(test, PVFEAT_KIND_PCI, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(after);
	pvfeat_source_remove(before);
	expect_kinds(test, true, true);
	KUNIT_EXPECT_EQ(test, pvfeat_allow_untrusted("0"), 0);
	expect_kinds(test, false, false);
}

/* PVF-DRV-34: one that is only allowed gives way to one that is trusted */
static void trust_allowed_first(struct kunit *test)
{
	struct pvfeat_source *allowed, *trusted;

	kunit_activate_static_stub(test, pvfeat_guest_confidential, confidential);
	kunit_activate_static_stub(test, pvfeat_range_private, range_shared);
	KUNIT_EXPECT_EQ(test, pvfeat_allow_untrusted("1"), 0);
	allowed = add_window(test, PVFEAT_KIND_PCI, PVFEAT_TRUSTED_TIME);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	kunit_activate_static_stub(test, pvfeat_range_private, range_private);
	trusted = add_window(test, PVFEAT_KIND_PCI, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(trusted);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	pvfeat_source_remove(allowed);
}

/* Saying no taints nothing. First, for a taint stays for good. */
static void trust_taint(struct kunit *test)
{
	if (test_taint(TAINT_USER))
		kunit_skip(test, "tainted already");
	KUNIT_EXPECT_EQ(test, pvfeat_allow_untrusted("0"), 0);
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_USER));
}

static void trust_exit(struct kunit *test)
{
	pvfeat_allow_untrusted("0");
	pvfeat_set_policy("intersect");
}

static struct kunit_case pvfeat_trust_cases[] = {
	KUNIT_CASE(trust_taint),
	KUNIT_CASE(trust_plain),
	KUNIT_CASE(trust_shared),
	KUNIT_CASE(trust_private),
	KUNIT_CASE(trust_real_range),
	KUNIT_CASE(trust_no_veto),
	KUNIT_CASE(trust_later),
	KUNIT_CASE(trust_allowed),
	KUNIT_CASE(trust_allowed_first),
	{}
};

static struct kunit_suite pvfeat_trust_suite = {
	.name = "pvfeat_trust",
	.exit = trust_exit,
	.test_cases = pvfeat_trust_cases,
};

kunit_test_suite(pvfeat_trust_suite);
