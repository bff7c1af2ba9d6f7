// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: sources, the effective set and pvfeat_has().
 */
#include <kunit/test.h>
#include <linux/err.h>

#include "pvfeat.h"
#include "pvfeat_core.h"
#include "pvfeat_test.h"

static unsigned int count_effective(void)
{
	unsigned int feature, count = 0;

	for (feature = 0; feature < PVFEAT_FEATURES_MAX; feature++)
		count += pvfeat_has(feature);
	return count;
}

static struct pvfeat_source *add(struct kunit *test, bool trusted,
				 const struct pvfeat_table *t)
{
	struct pvfeat_source *source = pvfeat_source_add(NULL, "test", trusted, t);

	KUNIT_ASSERT_FALSE(test, IS_ERR(source));
	return source;
}

/* PVF-DRV-18: nothing there, nothing on */
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
	static const unsigned int words[] = { 0, 1, 2, 3, 1010, 1011 };
	struct pvfeat_table *t = new_table(test, PVFEAT_NWORDS_MAX);
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		for (bit = 0; bit < 32; bit++) {
			unsigned int feature = words[i] * 32 + bit;
			struct pvfeat_source *source;

			good_table(t, PVFEAT_NWORDS_MAX);
			turn_on(t, feature);
			source = add(test, true, t);
			KUNIT_EXPECT_TRUE(test, pvfeat_has(feature));
			KUNIT_EXPECT_EQ(test, count_effective(), 1);
			pvfeat_source_remove(source);
		}
	}
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* PVF-DRV-21: words that the table does not have are off */
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

/* PVF-DRV-16 */
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

/* PVF-DRV-19, PVF-DRV-20: the first counts; the next one takes over */
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

/* PVF-DRV-17: the line that a refusal logs names check and values */
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

static struct kunit_case pvfeat_core_cases[] = {
	KUNIT_CASE(core_empty),
	KUNIT_CASE(core_every_bit),
	KUNIT_CASE(core_short_table),
	KUNIT_CASE(core_untrusted),
	KUNIT_CASE(core_several),
	KUNIT_CASE(core_verdict_text),
	{}
};

static struct kunit_suite pvfeat_core_suite = {
	.name = "pvfeat_core",
	.test_cases = pvfeat_core_cases,
};

kunit_test_suite(pvfeat_core_suite);

MODULE_DESCRIPTION("KUnit tests of the paravisor feature core");
MODULE_LICENSE("GPL");
