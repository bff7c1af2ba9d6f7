// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: windows, the effective set and pvfeat_has().
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/notifier.h>

#include "../pvfeat_measure.h"
#include "../pvfeat_trust.h"
#include "../pvfeat_window.h"
#include "pvfeat_test_window.h"

static enum pvfeat_guest confidential_guest(void)
{
	return PVFEAT_GUEST_CONFIDENTIAL;
}

/* Add a window in a confidential guest, where its range decides whether it is trusted */
static struct pvfeat_window *add_kind(struct kunit *test,
				      const struct pvfeat_provider *provider,
				      bool trusted, const struct pvfeat_table *t)
{
	struct pvfeat_window *window;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	window = add_window(test, provider, trusted, t);
	kunit_deactivate_static_stub(test, pvfeat_guest_kind);
	return window;
}

static struct pvfeat_window *add(struct kunit *test, bool trusted,
				 const struct pvfeat_table *t)
{
	return add_kind(test, &test_pci, trusted, t);
}

/* PVF-DRV-03: without a window every feature is off */
static void window_empty(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_FEATURES_MAX));
	KUNIT_EXPECT_FALSE(test, pvfeat_has(~0u));
}

/* Each bit of the first and last words alone, whatever the size and byte order of long */
static void window_every_bit(struct kunit *test)
{
	static const unsigned int words[] = { 0, 1, 2, 3, 15, 16, 30, 31 };
	struct pvfeat_table *t = new_table(test, PVFEAT_NWORDS_MAX);
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		for (bit = 0; bit < 32; bit++) {
			unsigned int feature = words[i] * 32 + bit;
			struct pvfeat_window *window;
			struct pvfeat_verdict verdict;

			good_table(t, PVFEAT_NWORDS_MAX);
			t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
			turn_on(t, feature);
			/* A table is refused if its feature must not be on alone */
			if (!pvfeat_table_check(t, &verdict)) {
				KUNIT_EXPECT_LT(test, feature, PVFEAT_NR_REGISTERED);
				continue;
			}
			window = add(test, true, t);
			KUNIT_EXPECT_TRUE(test, pvfeat_has(feature));
			KUNIT_EXPECT_EQ(test, count_effective(), 1);
			pvfeat_window_remove(window);
		}
	}
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-04: features in words that the table does not have are off */
static void window_short_table(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *window;

	t->words[PVFEAT_W_FEATURES] = 0x2000;
	t->words[PVFEAT_W_FEATURES + 1] = 0xffffffff;
	window = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(window);
}

/* PVF-DRV-42: an untrusted window does not contribute */
static void window_untrusted(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *bad, *good;

	turn_on(t, PVFEAT_VTPM);
	bad = add(test, false, t);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	good = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	pvfeat_window_remove(good);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(bad);
}

/* PVF-DRV-34, PVF-DRV-35: the first function is used; on its removal the next one is */
static void window_several(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *first, *second;

	turn_on(t, PVFEAT_VTPM);
	first = add(test, true, t);
	good_table(t, 2);
	turn_on(t, 40);
	second = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(first);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(40));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(second);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-37: the result of each policy for two windows that differ */
static void window_policies(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *pci, *cpuid;

	turn_on(t, PVFEAT_ATTESTATION_REPORT);
	turn_on(t, PVFEAT_TRUSTED_TIME);
	cpuid = add_kind(test, &test_cpuid, true, t);
	/* A firmware window contributes on its own */
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	good_table(t, 2);
	turn_on(t, PVFEAT_ATTESTATION_REPORT);
	turn_on(t, PVFEAT_VTPM);
	turn_on(t, 40);
	pci = add(test, true, t);

	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_TRUE(test, cpuid->mismatch && !pci->mismatch);
	pvfeat_windows_set_policy(PVFEAT_POLICY_PCI_WINS);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM) && pvfeat_has(40));
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	pvfeat_windows_set_policy(PVFEAT_POLICY_ALL_OR_NOTHING);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
	KUNIT_EXPECT_EQ(test, count_effective(), 1);

	pvfeat_window_remove(cpuid);
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	pvfeat_window_remove(pci);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

static const enum pvfeat_policy policies[] = {
	PVFEAT_POLICY_INTERSECT, PVFEAT_POLICY_ALL_OR_NOTHING, PVFEAT_POLICY_PCI_WINS,
};

/**
 * struct merge - two windows, and the effective set under each policy
 * @name: name of the case
 * @pci: first feature word of the PCI window, the reference
 * @firmware: first feature word of the firmware window
 * @want: first word of the effective set, in the order of policies[]
 */
struct merge {
	const char *name;
	u32 pci, firmware;
	u32 want[ARRAY_SIZE(policies)];
};

#define F(feature) (1u << PVFEAT_##feature)

static const struct merge merges[] = {
	{ "service of both", F(VTPM), F(VTPM), { F(VTPM), F(VTPM), F(VTPM) } },
	{ "service of PCI", F(VTPM), 0, { 0, 0, F(VTPM) } },
	{ "service of firmware", 0, F(VTPM), { 0, 0, 0 } },
	{ "warning of both", F(MIGRATION), F(MIGRATION),
	  { F(MIGRATION), F(MIGRATION), F(MIGRATION) } },
	{ "warning of PCI", F(MIGRATION), 0,
	  { F(MIGRATION), F(MIGRATION), F(MIGRATION) } },
	{ "warning of firmware", 0, F(SERVICING),
	  { F(SERVICING), F(SERVICING), F(SERVICING) } },
	{ "both of each", F(VTPM) | F(TRUSTED_TIME) | F(SERVICING),
	  F(VTPM) | F(DEVICE_RELAY) | F(DIRECT_HOST_CALL),
	  { F(VTPM) | F(SERVICING) | F(DIRECT_HOST_CALL),
	    F(SERVICING) | F(DIRECT_HOST_CALL),
	    F(VTPM) | F(TRUSTED_TIME) | F(SERVICING) | F(DIRECT_HOST_CALL) } },
	/* The rule "debug needs confidential" binds tables, not the merged set */
	{ "rule of the merged set", F(VTPM), F(CONFIDENTIAL) | F(DEBUG),
	  { F(DEBUG), F(DEBUG), F(VTPM) | F(DEBUG) } },
	{ "unassigned feature is a service", 1u << 24, 0, { 0, 0, 1u << 24 } },
};

static void merge_desc(const struct merge *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(merge, merges, merge_desc);

static u32 effective_word(unsigned int word)
{
	u32 words[PVFEAT_NWORDS_MAX];
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	bitmap_to_arr32(words, set.features, PVFEAT_FEATURES_MAX);
	return words[word];
}

/* PVF-DRV-37: services are merged by AND, warnings by OR */
static void window_merge(struct kunit *test)
{
	const struct merge *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *pci, *acpi;
	unsigned int i;

	t->words[PVFEAT_W_FEATURES] = p->firmware;
	acpi = add_kind(test, &test_acpi, true, t);
	t->words[PVFEAT_W_FEATURES] = p->pci;
	pci = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		pvfeat_windows_set_policy(policies[i]);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(0), p->want[i], "policy %u",
				    policies[i]);
	}
	pvfeat_window_remove(pci);
	pvfeat_window_remove(acpi);
}

/* A warning of a window that does not contribute is not merged under any policy */
static void window_warning_ignored(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *pci, *unused, *untrusted, *stale;
	unsigned int i;

	turn_on(t, PVFEAT_MIGRATION);
	stale = add_kind(test, &test_cpuid, true, t);
	untrusted = add_kind(test, &test_acpi, false, t);
	good_table(t, 1);
	turn_on(t, PVFEAT_VTPM);
	t->words[PVFEAT_W_GENERATION] = 2;
	pci = add(test, true, t);
	turn_on(t, PVFEAT_SERVICING);
	unused = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		pvfeat_windows_set_policy(policies[i]);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(0), F(VTPM), "policy %u",
				    policies[i]);
	}
	pvfeat_window_remove(unused);
	pvfeat_window_remove(pci);
	pvfeat_window_remove(untrusted);
	pvfeat_window_remove(stale);
}

/**
 * struct vendor - PARAVISOR_IDs of two windows with implementation-specific features
 * @pci: that of the PCI window, the reference, which has features 512 and 513
 * @firmware: that of the firmware window, which has feature 512
 * @want: word 16 of the effective set, in the order of policies[]
 */
struct vendor {
	u32 pci, firmware;
	u32 want[ARRAY_SIZE(policies)];
};

static const struct vendor vendors[] = {
	{ 0x00011af4, 0x00011af4, { 1, 0, 3 } },
	{ 0x00011af4, 0x00021af4, { 3, 0, 3 } },
	{ 0x00011af4, 0, { 3, 0, 3 } },
	{ 0, 0x00011af4, { 0, 0, 0 } },
	{ 0, 0, { 0, 0, 0 } },
};

static void vendor_desc(const struct vendor *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "PARAVISOR_ID 0x%x and 0x%x", p->pci,
		 p->firmware);
}

KUNIT_ARRAY_PARAM(vendor, vendors, vendor_desc);

/*
 * PVF-DRV-05, PVF-DRV-38: features from 512 on are merged only between windows with the
 * same PARAVISOR_ID, which is not 0
 */
static void window_vendor(struct kunit *test)
{
	const struct vendor *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 17);
	struct pvfeat_window *pci, *dt;
	unsigned int i;

	turn_on(t, PVFEAT_VTPM);
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE);
	t->words[PVFEAT_W_PARAVISOR_ID] = p->firmware;
	dt = add_kind(test, &test_dt, true, t);
	KUNIT_EXPECT_EQ(test, effective_word(16), p->firmware ? 1 : 0);
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE + 1);
	t->words[PVFEAT_W_PARAVISOR_ID] = p->pci;
	pci = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		/* Ignored features are not a difference */
		const bool differ = p->pci || p->firmware;

		pvfeat_windows_set_policy(policies[i]);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(16), p->want[i], "policy %u",
				    policies[i]);
		KUNIT_EXPECT_EQ_MSG(test, pvfeat_has(PVFEAT_VTPM), i != 1 || !differ,
				    "policy %u", policies[i]);
	}
	pvfeat_window_remove(pci);
	pvfeat_window_remove(dt);
}

/* A feature that only a window with another PARAVISOR_ID has stays off */
static void window_vendor_foreign(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 17);
	struct pvfeat_window *pci, *dt;

	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE);
	t->words[PVFEAT_W_PARAVISOR_ID] = 0x00021af4;
	dt = add_kind(test, &test_dt, true, t);
	good_table(t, 1);
	t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
	pci = add(test, true, t);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(pci);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_FIRST_VENDOR_FEATURE));
	pvfeat_window_remove(dt);
}

/* PVF-DRV-39: if the boundaries differ, the field is not reliable and feature 6 is off */
static void window_boundary(struct kunit *test)
{
	static const struct {
		u32 pci, firmware;
		bool on[ARRAY_SIZE(policies)];
	} cases[] = {
		{ 47, 47, { true, true, true } },
		{ 47, 51, { false, false, true } },
		{ 47, 0, { false, false, true } },
		{ 0, 47, { false, false, false } },
	};
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *pci, *dt;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const u32 boundaries[] = { cases[i].firmware, cases[i].pci };
		struct pvfeat_window *windows[2];

		for (j = 0; j < 2; j++) {
			good_table(t, 1);
			turn_on(t, PVFEAT_CONFIDENTIAL);
			if (boundaries[j])
				turn_on(t, PVFEAT_SHARED_GPA_BOUNDARY);
			t->words[PVFEAT_W_ACCESS] =
				boundaries[j] << PVFEAT_ACCESS_BOUNDARY_SHIFT;
			windows[j] = add_kind(test, j ? &test_pci :
					      &test_dt, true, t);
		}
		dt = windows[0];
		pci = windows[1];
		for (j = 0; j < ARRAY_SIZE(policies); j++) {
			pvfeat_windows_set_policy(policies[j]);
			KUNIT_EXPECT_EQ_MSG(test,
					    pvfeat_has(PVFEAT_SHARED_GPA_BOUNDARY),
					    cases[i].on[j], "case %u, policy %u", i,
					    policies[j]);
		}
		pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
		pvfeat_window_remove(pci);
		pvfeat_window_remove(dt);
	}
}

/* Without a PCI window the first firmware window is the reference */
static void window_firmware_order(struct kunit *test)
{
	static const struct pvfeat_provider * const firmware[] = {
		&test_cpuid, &test_dt, &test_acpi,
	};
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *windows[ARRAY_SIZE(firmware)];
	unsigned int i;

	pvfeat_windows_set_policy(PVFEAT_POLICY_PCI_WINS);
	for (i = 0; i < ARRAY_SIZE(firmware); i++) {
		good_table(t, 1);
		turn_on(t, PVFEAT_VTPM + i * 2);
		windows[i] = add_kind(test, firmware[i], true, t);
	}
	for (i = 0; i < ARRAY_SIZE(firmware); i++) {
		KUNIT_EXPECT_EQ(test, effective_word(0), F(VTPM) << i * 2);
		pvfeat_window_remove(windows[i]);
	}
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-01: features that a later minor revision appended are off */
static void window_longer_table(struct kunit *test)
{
	static const unsigned int nwords[] = { 33, PVFEAT_NWORDS_ROOM };
	struct pvfeat_window *window;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nwords); i++) {
		struct pvfeat_table *t = new_table(test, nwords[i]);

		t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
		turn_on(t, PVFEAT_FEATURES_MAX - 1);
		turn_on(t, PVFEAT_FEATURES_MAX);
		turn_on(t, nwords[i] * 32 - 1);
		window = add(test, true, t);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_FEATURES_MAX - 1));
		KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_FEATURES_MAX));
		KUNIT_EXPECT_FALSE(test, pvfeat_has(nwords[i] * 32 - 1));
		KUNIT_EXPECT_EQ(test, count_effective(), 1);
		pvfeat_window_remove(window);
	}
}

/* PVF-DRV-37: all-or-nothing applies also if only the headers differ */
static void window_header_differs(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *pci, *acpi;

	turn_on(t, PVFEAT_CONFIDENTIAL);
	pci = add(test, true, t);
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_TDX;
	acpi = add_kind(test, &test_acpi, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
	pvfeat_windows_set_policy(PVFEAT_POLICY_ALL_OR_NOTHING);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
	pvfeat_window_remove(acpi);
	pvfeat_window_remove(pci);
}

/* PVF-DRV-40: a firmware window that is older than the PCI window is stale */
static void window_stale(struct kunit *test)
{
	static const struct {
		u32 pci, firmware;
		bool stale;
	} cases[] = {
		{ 0, 0, false }, { 2, 0, true }, { 2, 2, false }, { 0, 2, false },
		{ 0, PVFEAT_GENERATION_LAST, true },
		{ PVFEAT_GENERATION_LAST, 0, false },
		{ 0, 0x7ffffffe, false }, { 0, 0x80000000, true },
		{ 0x80000000, 0, true }, { 0x80000002, 2, true },
		{ 0xfffffffe, 0xfffffffe, false }, { 0, 0xfffffffe, true },
	};
	struct pvfeat_table *t = new_table(test, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pvfeat_window *pci, *dt;

		good_table(t, 1);
		t->words[PVFEAT_W_GENERATION] = cases[i].firmware;
		turn_on(t, PVFEAT_TRUSTED_TIME);
		dt = add_kind(test, &test_dt, true, t);
		good_table(t, 1);
		turn_on(t, PVFEAT_VTPM);
		t->words[PVFEAT_W_GENERATION] = cases[i].pci;
		pci = add(test, true, t);
		KUNIT_EXPECT_EQ(test, pvfeat_has(PVFEAT_VTPM), cases[i].stale);
		pvfeat_window_remove(pci);
		/* A superseded window stays ignored after the PCI window is removed */
		KUNIT_EXPECT_EQ(test, pvfeat_has(PVFEAT_TRUSTED_TIME), !cases[i].stale);
		pvfeat_window_remove(dt);
	}
}

/* PVF-DRV-28, PVF-DRV-34: a refused function is replaced; good again, it is the last */
static void window_refused(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *first, *second;

	turn_on(t, PVFEAT_VTPM);
	first = add(test, true, t);
	good_table(t, 1);
	turn_on(t, PVFEAT_TRUSTED_TIME);
	second = add(test, true, t);
	KUNIT_EXPECT_EQ(test, (int)second->status, (int)PVFEAT_STATUS_UNUSED);

	pvfeat_window_refuse(first);
	KUNIT_EXPECT_EQ(test, (int)first->status, (int)PVFEAT_STATUS_REFUSED);
	KUNIT_EXPECT_EQ(test, effective_word(0), F(TRUSTED_TIME));
	/* It has no last good table that could be used while it is unstable */
	KUNIT_EXPECT_FALSE(test, pvfeat_window_unstable(first));
	KUNIT_EXPECT_EQ(test, (int)first->status, (int)PVFEAT_STATUS_REFUSED);

	pvfeat_window_update(first, t);
	KUNIT_EXPECT_EQ(test, (int)first->status, (int)PVFEAT_STATUS_UNUSED);
	KUNIT_EXPECT_EQ(test, (int)second->status, (int)PVFEAT_STATUS_CURRENT);
	pvfeat_window_refuse(second);
	KUNIT_EXPECT_EQ(test, (int)first->status, (int)PVFEAT_STATUS_CURRENT);
	pvfeat_window_refuse(first);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(first);
	pvfeat_window_remove(second);
}

/**
 * struct listener - a notifier, and the arguments of its last call
 * @nb: the notifier
 * @changed: number of calls with PVFEAT_CHANGED
 * @renewed: number of calls with PVFEAT_RENEWED
 * @before: the set before the last change
 * @after: the set after it
 * @has: pvfeat_has(PVFEAT_VTPM) in the callback
 * @window: a window that the callback removes; NULL for none
 */
struct listener {
	struct notifier_block nb;
	unsigned int changed, renewed;
	struct pvfeat_set before, after;
	bool has;
	struct pvfeat_window *window;
};

static int listen(struct notifier_block *nb, unsigned long event, void *data)
{
	struct listener *l = container_of(nb, struct listener, nb);
	const struct pvfeat_change *change = data;

	l->changed += event == PVFEAT_CHANGED;
	l->renewed += event == PVFEAT_RENEWED;
	l->before = *change->before;
	l->after = *change->after;
	l->has = pvfeat_has(PVFEAT_VTPM);
	/* A callback may call functions that take the driver's lock */
	pvfeat_window_remove(l->window);
	l->window = NULL;
	return NOTIFY_OK;
}

static struct listener *new_listener(struct kunit *test)
{
	struct listener *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->nb.notifier_call = listen;
	/* Deliver the changes of earlier tests before the registration */
	pvfeat_effective_flush();
	KUNIT_ASSERT_EQ(test, pvfeat_register_notifier(&l->nb), 0);
	return l;
}

static void window_notifier(struct kunit *test)
{
	struct listener *l = new_listener(test);
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *first, *second;

	turn_on(t, PVFEAT_VTPM);
	first = add(test, true, t);
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 1);
	KUNIT_EXPECT_FALSE(test, pvfeat_set_has(&l->before, PVFEAT_VTPM));
	KUNIT_EXPECT_TRUE(test, pvfeat_set_has(&l->after, PVFEAT_VTPM));
	KUNIT_EXPECT_TRUE(test, l->has);
	/* An identical set is not a change */
	second = add_kind(test, &test_dt, true, t);
	pvfeat_window_remove(second);
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 1);
	/* The callback makes one more change, which is delivered, too */
	l->window = first;
	turn_on(t, PVFEAT_TRUSTED_TIME);
	pvfeat_window_update(first, t);
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 3);
	KUNIT_EXPECT_TRUE(test, pvfeat_set_has(&l->before, PVFEAT_TRUSTED_TIME));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(l->after.features, PVFEAT_FEATURES_MAX));
	KUNIT_EXPECT_FALSE(test, l->has);
	KUNIT_EXPECT_EQ(test, pvfeat_unregister_notifier(&l->nb), 0);
	first = add(test, true, t);
	pvfeat_window_remove(first);
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 3);
	KUNIT_EXPECT_EQ(test, l->renewed, 0);
}

/* PVF-DRV-31: a set replaces another as a whole, with its generation */
static void window_update(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 10);
	struct pvfeat_window *window;
	struct pvfeat_set set;
	struct listener *l;

	turn_on(t, PVFEAT_VTPM);
	turn_on(t, 9 * 32);
	window = add(test, true, t);
	l = new_listener(test);

	/* Nothing of the longer table is left after an update to a shorter one */
	good_table(t, 2);
	turn_on(t, PVFEAT_TRUSTED_TIME);
	t->words[PVFEAT_W_GENERATION] = 2;
	pvfeat_window_update(window, t);
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 1);
	KUNIT_EXPECT_TRUE(test, pvfeat_set_has(&l->before, 9 * 32));
	KUNIT_EXPECT_EQ(test, bitmap_weight(l->before.features, PVFEAT_FEATURES_MAX), 2);
	KUNIT_EXPECT_EQ(test, bitmap_weight(l->after.features, PVFEAT_FEATURES_MAX), 1);
	KUNIT_EXPECT_EQ(test, l->after.generation, 2);

	/* The last good table stays in use; a new generation alone is not a change */
	KUNIT_EXPECT_TRUE(test, pvfeat_window_unstable(window));
	KUNIT_EXPECT_EQ(test, (int)window->status, (int)PVFEAT_STATUS_STALE);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	t->words[PVFEAT_W_GENERATION] = 4;
	pvfeat_window_update(window, t);
	KUNIT_EXPECT_EQ(test, (int)window->status, (int)PVFEAT_STATUS_CURRENT);
	pvfeat_effective_flush();
	KUNIT_EXPECT_EQ(test, l->changed, 1);
	KUNIT_EXPECT_EQ(test, l->renewed, 1);
	pvfeat_read_set(&set);
	KUNIT_EXPECT_EQ(test, set.generation, 4);
	KUNIT_EXPECT_TRUE(test, pvfeat_set_has(&set, PVFEAT_TRUSTED_TIME));

	KUNIT_EXPECT_EQ(test, pvfeat_unregister_notifier(&l->nb), 0);
	pvfeat_window_remove(window);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

static unsigned int nr_measured;
static u32 measured_generation;

static void count_measured(const char *name, const struct pvfeat_table *t)
{
	nr_measured++;
	measured_generation = t->words[PVFEAT_W_GENERATION];
}

/* Each table that contributes is measured once, whatever its generation */
static void window_measured(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1), *other = new_table(test, 1);
	struct pvfeat_window *first, *second;

	nr_measured = 0;
	kunit_activate_static_stub(test, pvfeat_measure_table, count_measured);
	first = add(test, false, t);
	KUNIT_EXPECT_EQ(test, nr_measured, 0);
	pvfeat_window_remove(first);
	first = add(test, true, t);
	KUNIT_EXPECT_EQ(test, nr_measured, 1);
	t->words[PVFEAT_W_GENERATION] = 2;
	pvfeat_window_update(first, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_window_unstable(first));
	pvfeat_window_update(first, t);
	KUNIT_EXPECT_EQ(test, nr_measured, 1);

	/* The second function does not contribute until the first one is removed */
	turn_on(other, PVFEAT_VTPM);
	second = add(test, true, other);
	KUNIT_EXPECT_EQ(test, nr_measured, 1);
	other->words[PVFEAT_W_GENERATION] = 6;
	pvfeat_window_update(second, other);
	KUNIT_EXPECT_EQ(test, nr_measured, 1);
	pvfeat_window_remove(first);
	KUNIT_EXPECT_EQ(test, nr_measured, 2);
	KUNIT_EXPECT_EQ(test, measured_generation, 6);

	/* Each change of contents is measured, also a change back */
	turn_on(other, PVFEAT_VTPM_PERSISTENT);
	other->words[PVFEAT_W_GENERATION] = 8;
	pvfeat_window_update(second, other);
	KUNIT_EXPECT_EQ(test, nr_measured, 3);
	KUNIT_EXPECT_EQ(test, measured_generation, 8);
	good_table(other, 1);
	turn_on(other, PVFEAT_VTPM);
	other->words[PVFEAT_W_GENERATION] = 10;
	pvfeat_window_update(second, other);
	KUNIT_EXPECT_EQ(test, nr_measured, 4);
	pvfeat_window_refuse(second);
	pvfeat_window_update(second, other);
	KUNIT_EXPECT_EQ(test, nr_measured, 4);
	pvfeat_window_remove(second);

	/* A window that contributes while it is unstable is measured */
	first = add(test, true, t);
	KUNIT_EXPECT_EQ(test, nr_measured, 5);
	second = add(test, true, other);
	KUNIT_EXPECT_TRUE(test, pvfeat_window_unstable(second));
	KUNIT_EXPECT_EQ(test, nr_measured, 5);
	pvfeat_window_remove(first);
	KUNIT_EXPECT_EQ(test, (int)second->status, (int)PVFEAT_STATUS_STALE);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, nr_measured, 6);
	pvfeat_window_remove(second);
}

/* PVF-DRV-02: the line that is logged on a refusal contains the check and the values */
static void window_verdict_text(struct kunit *test)
{
	struct pvfeat_verdict v = { PVFEAT_BAD_NWORDS, 1013, 1012 };
	char text[PVFEAT_VERDICT_TEXT];
	unsigned int check;

	pvfeat_describe_verdict(&v, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "NWORDS is out of range (0x3f5, against 0x3f4)");
	v = (struct pvfeat_verdict){ PVFEAT_BAD_NEEDS, 17, 16 };
	pvfeat_describe_verdict(&v, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "a feature is on without the one it needs (vtpm-persistent, vtpm)");
	for (check = 0; check < PVFEAT_NR_CHECKS; check++) {
		v = (struct pvfeat_verdict){ check, ~0u, ~0u };
		KUNIT_EXPECT_LT(test, pvfeat_describe_verdict(&v, text,
							      sizeof(text)),
				(int)sizeof(text));
	}
}

static void window_exit(struct kunit *test)
{
	pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
}

static struct kunit_case pvfeat_window_cases[] = {
	KUNIT_CASE(window_empty),
	KUNIT_CASE(window_every_bit),
	KUNIT_CASE(window_short_table),
	KUNIT_CASE(window_untrusted),
	KUNIT_CASE(window_several),
	KUNIT_CASE(window_policies),
	KUNIT_CASE_PARAM(window_merge, merge_gen_params),
	KUNIT_CASE(window_warning_ignored),
	KUNIT_CASE_PARAM(window_vendor, vendor_gen_params),
	KUNIT_CASE(window_vendor_foreign),
	KUNIT_CASE(window_boundary),
	KUNIT_CASE(window_firmware_order),
	KUNIT_CASE(window_longer_table),
	KUNIT_CASE(window_header_differs),
	KUNIT_CASE(window_stale),
	KUNIT_CASE(window_refused),
	KUNIT_CASE(window_notifier),
	KUNIT_CASE(window_update),
	KUNIT_CASE(window_measured),
	KUNIT_CASE(window_verdict_text),
	{}
};

static struct kunit_suite pvfeat_window_suite = {
	.name = "pvfeat_window",
	.exit = window_exit,
	.test_cases = pvfeat_window_cases,
};

kunit_test_suite(pvfeat_window_suite);
