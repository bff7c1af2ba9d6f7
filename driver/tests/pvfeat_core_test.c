// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: sources, the effective set and pvfeat_has().
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/notifier.h>

#include "../pvfeat.h"
#include "../pvfeat_core.h"
#include "pvfeat_test.h"

static struct pvfeat_source *add_kind(struct kunit *test, enum pvfeat_kind kind,
				      bool trusted, const struct pvfeat_table *t)
{
	struct pvfeat_source *source = pvfeat_source_add(NULL, kind, trusted, t);

	KUNIT_ASSERT_FALSE(test, IS_ERR(source));
	return source;
}

static struct pvfeat_source *add(struct kunit *test, bool trusted,
				 const struct pvfeat_table *t)
{
	return add_kind(test, PVFEAT_KIND_PCI, trusted, t);
}

/* PVF-DRV-03: nothing there, nothing on */
static void core_empty(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_FEATURES_MAX));
	KUNIT_EXPECT_FALSE(test, pvfeat_has(~0u));
}

/* Each bit of the first and last words alone, whatever a long is here */
static void core_every_bit(struct kunit *test)
{
	static const unsigned int words[] = { 0, 1, 2, 3, 15, 16, 30, 31 };
	struct pvfeat_table *t = new_table(test, PVFEAT_NWORDS_MAX);
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		for (bit = 0; bit < 32; bit++) {
			unsigned int feature = words[i] * 32 + bit;
			struct pvfeat_source *source;
			struct pvfeat_verdict verdict;

			good_table(t, PVFEAT_NWORDS_MAX);
			t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
			turn_on(t, feature);
			/* Some may not be on alone, and are refused */
			if (!pvfeat_table_check(t, &verdict)) {
				KUNIT_EXPECT_LT(test, feature, PVFEAT_NR_REGISTERED);
				continue;
			}
			source = add(test, true, t);
			KUNIT_EXPECT_TRUE(test, pvfeat_has(feature));
			KUNIT_EXPECT_EQ(test, count_effective(), 1);
			pvfeat_source_remove(source);
		}
	}
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-04: words that the table does not have are off */
static void core_short_table(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *source;

	t->words[PVFEAT_W_FEATURES] = 0x2000;
	t->words[PVFEAT_W_FEATURES + 1] = 0xffffffff;
	source = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(source);
}

/* PVF-DRV-42 */
static void core_untrusted(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *bad, *good;

	turn_on(t, PVFEAT_VTPM);
	bad = add(test, false, t);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	good = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	pvfeat_source_remove(good);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_source_remove(bad);
}

/* PVF-DRV-34, PVF-DRV-35: the first counts; the next one takes over */
static void core_several(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *first, *second;

	turn_on(t, PVFEAT_VTPM);
	first = add(test, true, t);
	good_table(t, 2);
	turn_on(t, 40);
	second = add(test, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(first);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(40));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_source_remove(second);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-37: what each policy makes of two windows that disagree */
static void core_policies(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *pci, *cpuid;

	turn_on(t, PVFEAT_ATTESTATION_REPORT);
	turn_on(t, PVFEAT_TRUSTED_TIME);
	cpuid = add_kind(test, PVFEAT_KIND_CPUID, true, t);
	/* A firmware window alone serves */
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	good_table(t, 2);
	turn_on(t, PVFEAT_ATTESTATION_REPORT);
	turn_on(t, PVFEAT_VTPM);
	turn_on(t, 40);
	pci = add(test, true, t);

	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_EQ(test, pvfeat_set_policy("report"), 0);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM) && pvfeat_has(40));
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	KUNIT_EXPECT_EQ(test, pvfeat_set_policy("strict\n"), 0);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	KUNIT_EXPECT_EQ(test, pvfeat_set_policy("lenient"), -EINVAL);
	KUNIT_EXPECT_EQ(test, pvfeat_set_policy("intersect"), 0);
	KUNIT_EXPECT_EQ(test, count_effective(), 1);

	pvfeat_source_remove(cpuid);
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	pvfeat_source_remove(pci);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

static const char * const policies[] = { "intersect", "strict", "report" };

/**
 * struct merge - two windows, and the effective set under each policy
 * @name: of the case
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
	u32 value;

	rcu_read_lock();
	value = pvfeat_effective_set()->words[word];
	rcu_read_unlock();
	return value;
}

/* PVF-DRV-37: services are merged by AND, warnings by OR */
static void core_merge(struct kunit *test)
{
	const struct merge *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *pci, *acpi;
	unsigned int i;

	t->words[PVFEAT_W_FEATURES] = p->firmware;
	acpi = add_kind(test, PVFEAT_KIND_ACPI, true, t);
	t->words[PVFEAT_W_FEATURES] = p->pci;
	pci = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[i]), 0);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(0), p->want[i], "policy %s",
				    policies[i]);
	}
	pvfeat_source_remove(pci);
	pvfeat_source_remove(acpi);
}

/* A warning of a window that does not contribute is not merged, in any policy */
static void core_warning_ignored(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *pci, *unused, *untrusted, *stale;
	unsigned int i;

	turn_on(t, PVFEAT_MIGRATION);
	stale = add_kind(test, PVFEAT_KIND_CPUID, true, t);
	untrusted = add_kind(test, PVFEAT_KIND_ACPI, false, t);
	good_table(t, 1);
	turn_on(t, PVFEAT_VTPM);
	t->words[PVFEAT_W_GENERATION] = 2;
	pci = add(test, true, t);
	turn_on(t, PVFEAT_SERVICING);
	unused = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[i]), 0);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(0), F(VTPM), "policy %s",
				    policies[i]);
	}
	pvfeat_source_remove(unused);
	pvfeat_source_remove(pci);
	pvfeat_source_remove(untrusted);
	pvfeat_source_remove(stale);
}

/**
 * struct vendor - PARAVISOR_IDs of two windows, and an implementation's own feature
 * @pci: of the PCI window, the reference, which has features 512 and 513
 * @firmware: of the firmware window, which has feature 512
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
 * PVF-DRV-05, PVF-DRV-38: features from 512 on are merged between windows of one PARAVISOR_ID,
 * not 0
 */
static void core_vendor(struct kunit *test)
{
	const struct vendor *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 17);
	struct pvfeat_source *pci, *dt;
	unsigned int i;

	turn_on(t, PVFEAT_VTPM);
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE);
	t->words[PVFEAT_W_PARAVISOR_ID] = p->firmware;
	dt = add_kind(test, PVFEAT_KIND_DT, true, t);
	KUNIT_EXPECT_EQ(test, effective_word(16), p->firmware ? 1 : 0);
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE + 1);
	t->words[PVFEAT_W_PARAVISOR_ID] = p->pci;
	pci = add(test, true, t);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		/* Ignored features are no disagreement */
		const bool differ = p->pci || p->firmware;

		KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[i]), 0);
		KUNIT_EXPECT_EQ_MSG(test, effective_word(16), p->want[i], "policy %s",
				    policies[i]);
		KUNIT_EXPECT_EQ_MSG(test, pvfeat_has(PVFEAT_VTPM), i != 1 || !differ,
				    "policy %s", policies[i]);
	}
	pvfeat_source_remove(pci);
	pvfeat_source_remove(dt);
}

/* A feature that only a window of another PARAVISOR_ID has does not turn on */
static void core_vendor_foreign(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 17);
	struct pvfeat_source *pci, *dt;

	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE);
	t->words[PVFEAT_W_PARAVISOR_ID] = 0x00021af4;
	dt = add_kind(test, PVFEAT_KIND_DT, true, t);
	good_table(t, 1);
	t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
	pci = add(test, true, t);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_source_remove(pci);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_FIRST_VENDOR_FEATURE));
	pvfeat_source_remove(dt);
}

/* PVF-DRV-39: where the boundaries differ the field is not reliable, which feature 6 says */
static void core_boundary(struct kunit *test)
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
	struct pvfeat_source *pci, *dt;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const u32 boundaries[] = { cases[i].firmware, cases[i].pci };
		struct pvfeat_source *sources[2];

		for (j = 0; j < 2; j++) {
			good_table(t, 1);
			turn_on(t, PVFEAT_CONFIDENTIAL);
			if (boundaries[j])
				turn_on(t, PVFEAT_SHARED_GPA_BOUNDARY);
			t->words[PVFEAT_W_ACCESS] =
				boundaries[j] << PVFEAT_ACCESS_BOUNDARY_SHIFT;
			sources[j] = add_kind(test, j ? PVFEAT_KIND_PCI :
					      PVFEAT_KIND_DT, true, t);
		}
		dt = sources[0];
		pci = sources[1];
		for (j = 0; j < ARRAY_SIZE(policies); j++) {
			KUNIT_ASSERT_EQ(test, pvfeat_set_policy(policies[j]), 0);
			KUNIT_EXPECT_EQ_MSG(test,
					    pvfeat_has(PVFEAT_SHARED_GPA_BOUNDARY),
					    cases[i].on[j], "case %u, policy %s", i,
					    policies[j]);
		}
		KUNIT_ASSERT_EQ(test, pvfeat_set_policy("intersect"), 0);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
		pvfeat_source_remove(pci);
		pvfeat_source_remove(dt);
	}
}

/* Without PCI the first firmware window of CPUID, DT, ACPI is the reference */
static void core_firmware_order(struct kunit *test)
{
	static const enum pvfeat_kind kinds[] = {
		PVFEAT_KIND_ACPI, PVFEAT_KIND_CPUID, PVFEAT_KIND_DT,
	};
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *sources[ARRAY_SIZE(kinds)];
	unsigned int i;

	pvfeat_set_policy("report");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		good_table(t, 1);
		turn_on(t, PVFEAT_VTPM + kinds[i] * 2);
		sources[i] = add_kind(test, kinds[i], true, t);
	}
	KUNIT_EXPECT_EQ(test, effective_word(0), F(VTPM) << PVFEAT_KIND_CPUID * 2);
	pvfeat_source_remove(sources[1]);
	KUNIT_EXPECT_EQ(test, effective_word(0), F(VTPM) << PVFEAT_KIND_DT * 2);
	pvfeat_source_remove(sources[2]);
	KUNIT_EXPECT_EQ(test, effective_word(0), F(VTPM) << PVFEAT_KIND_ACPI * 2);
	pvfeat_source_remove(sources[0]);
}

/* PVF-DRV-01: features that a later minor appended are off */
static void core_longer_table(struct kunit *test)
{
	static const unsigned int nwords[] = { 33, PVFEAT_NWORDS_ROOM };
	struct pvfeat_source *source;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nwords); i++) {
		struct pvfeat_table *t = new_table(test, nwords[i]);

		t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
		turn_on(t, PVFEAT_FEATURES_MAX - 1);
		turn_on(t, PVFEAT_FEATURES_MAX);
		turn_on(t, nwords[i] * 32 - 1);
		source = add(test, true, t);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_FEATURES_MAX - 1));
		KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_FEATURES_MAX));
		KUNIT_EXPECT_FALSE(test, pvfeat_has(nwords[i] * 32 - 1));
		KUNIT_EXPECT_EQ(test, count_effective(), 1);
		pvfeat_source_remove(source);
	}
}

/* PVF-DRV-37: a difference in the header alone is one for the strict policy */
static void core_strict_header(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *pci, *acpi;

	turn_on(t, PVFEAT_CONFIDENTIAL);
	pci = add(test, true, t);
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_TDX;
	acpi = add_kind(test, PVFEAT_KIND_ACPI, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
	pvfeat_set_policy("strict");
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_set_policy("intersect");
	pvfeat_source_remove(acpi);
	pvfeat_source_remove(pci);
}

/* PVF-DRV-40: a firmware window that the PCI one has left behind is stale */
static void core_stale(struct kunit *test)
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
		struct pvfeat_source *pci, *dt;

		good_table(t, 1);
		t->words[PVFEAT_W_GENERATION] = cases[i].firmware;
		turn_on(t, PVFEAT_TRUSTED_TIME);
		dt = add_kind(test, PVFEAT_KIND_DT, true, t);
		good_table(t, 1);
		turn_on(t, PVFEAT_VTPM);
		t->words[PVFEAT_W_GENERATION] = cases[i].pci;
		pci = add(test, true, t);
		KUNIT_EXPECT_EQ(test, pvfeat_has(PVFEAT_VTPM), cases[i].stale);
		pvfeat_source_remove(pci);
		/* What was withdrawn does not come back with the PCI window gone */
		KUNIT_EXPECT_EQ(test, pvfeat_has(PVFEAT_TRUSTED_TIME), !cases[i].stale);
		pvfeat_source_remove(dt);
	}
}

struct heard {
	struct notifier_block nb;
	unsigned int calls;
	u32 before, after;
	unsigned int nwords_before;
	bool has;
};

static int hear(struct notifier_block *nb, unsigned long event, void *data)
{
	struct heard *h = container_of(nb, struct heard, nb);
	const struct pvfeat_change *change = data;

	if (event == PVFEAT_CHANGED) {
		h->calls++;
		h->before = change->before->words[0];
		h->nwords_before = change->before->nwords;
		h->after = change->after->words[0];
		h->has = pvfeat_has(PVFEAT_VTPM);
	}
	return NOTIFY_OK;
}

static void core_notifier(struct kunit *test)
{
	struct heard h = { .nb.notifier_call = hear };
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_source *first, *second;

	turn_on(t, PVFEAT_VTPM);
	KUNIT_ASSERT_EQ(test, pvfeat_register_notifier(&h.nb), 0);
	first = add(test, true, t);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	KUNIT_EXPECT_EQ(test, h.before, 0);
	KUNIT_EXPECT_EQ(test, h.after, 1u << PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, h.has);
	/* The same set again is no change */
	second = add_kind(test, PVFEAT_KIND_DT, true, t);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	pvfeat_source_remove(second);
	pvfeat_source_remove(first);
	KUNIT_EXPECT_EQ(test, h.calls, 2);
	KUNIT_EXPECT_EQ(test, h.after, 0);
	KUNIT_EXPECT_FALSE(test, h.has);
	KUNIT_EXPECT_EQ(test, pvfeat_unregister_notifier(&h.nb), 0);
}

/*
 * PVF-DRV-31: one set follows another as a whole, and the one before stays for those
 * who are told. (That it stays for any reader is for the torture test.)
 */
static void core_update(struct kunit *test)
{
	struct heard h = { .nb.notifier_call = hear };
	struct pvfeat_table *t = new_table(test, 10);
	struct pvfeat_source *source;

	turn_on(t, PVFEAT_VTPM);
	turn_on(t, 9 * 32);
	source = add(test, true, t);
	KUNIT_ASSERT_EQ(test, pvfeat_register_notifier(&h.nb), 0);

	/* A shorter one: nothing of the longer one is left */
	good_table(t, 2);
	turn_on(t, PVFEAT_TRUSTED_TIME);
	t->words[PVFEAT_W_GENERATION] = 2;
	pvfeat_source_update(source, t);
	KUNIT_EXPECT_EQ(test, h.nwords_before, 10);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, memcmp(pvfeat_now, pvfeat_effective_set()->words,
				     sizeof(pvfeat_now)), 0);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	KUNIT_EXPECT_EQ(test, h.before, 1u << PVFEAT_VTPM);
	KUNIT_EXPECT_EQ(test, h.after, 1u << PVFEAT_TRUSTED_TIME);

	/* The last good table stays in use; a new generation alone is not a change */
	pvfeat_source_update(source, NULL);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	t->words[PVFEAT_W_GENERATION] = 4;
	pvfeat_source_update(source, t);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, pvfeat_effective_set()->generation, 4);
	rcu_read_unlock();

	KUNIT_EXPECT_EQ(test, pvfeat_unregister_notifier(&h.nb), 0);
	pvfeat_source_remove(source);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-02: the line that a refusal logs names check and values */
static void core_verdict_text(struct kunit *test)
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

static void core_exit(struct kunit *test)
{
	pvfeat_set_policy("intersect");
}

static struct kunit_case pvfeat_core_cases[] = {
	KUNIT_CASE(core_empty),
	KUNIT_CASE(core_every_bit),
	KUNIT_CASE(core_short_table),
	KUNIT_CASE(core_untrusted),
	KUNIT_CASE(core_several),
	KUNIT_CASE(core_policies),
	KUNIT_CASE_PARAM(core_merge, merge_gen_params),
	KUNIT_CASE(core_warning_ignored),
	KUNIT_CASE_PARAM(core_vendor, vendor_gen_params),
	KUNIT_CASE(core_vendor_foreign),
	KUNIT_CASE(core_boundary),
	KUNIT_CASE(core_firmware_order),
	KUNIT_CASE(core_longer_table),
	KUNIT_CASE(core_strict_header),
	KUNIT_CASE(core_stale),
	KUNIT_CASE(core_notifier),
	KUNIT_CASE(core_update),
	KUNIT_CASE(core_verdict_text),
	{}
};

static struct kunit_suite pvfeat_core_suite = {
	.name = "pvfeat_core",
	.exit = core_exit,
	.test_cases = pvfeat_core_cases,
};

kunit_test_suite(pvfeat_core_suite);
