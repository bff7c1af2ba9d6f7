// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the layout of the ABI, the locator and the table's checks.
 *
 * The numbers of the layout are repeated here as constants, because other
 * implementations rely on them and the header must not change them.
 */
#include <kunit/test.h>

#include "pvfeat_test.h"

/* ---- layout ------------------------------------------------------------- */

static void abi_table(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, PVFEAT_W_MAX_LEAF * 4, 0x00);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_SIGNATURE_B * 4, 0x04);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_SIGNATURE_C * 4, 0x08);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_SIGNATURE_D * 4, 0x0c);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_VERSION * 4, 0x10);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_GENERATION * 4, 0x14);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_TEE * 4, 0x18);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_NWORDS * 4, 0x1c);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_PARAVISOR_ID * 4, 0x20);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_PARAVISOR_VERSION * 4, 0x24);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_ACCESS * 4, 0x28);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_RESERVED * 4, 0x2c);
	KUNIT_EXPECT_EQ(test, PVFEAT_W_FEATURES * 4, 0x30);
	KUNIT_EXPECT_EQ(test, PVFEAT_BASE, 0x40008000u);
	KUNIT_EXPECT_EQ(test, PVFEAT_MAX_LEAF(1), 0x40008003u);
	KUNIT_EXPECT_EQ(test, PVFEAT_MAX_LEAF(4), 0x40008003u);
	KUNIT_EXPECT_EQ(test, PVFEAT_MAX_LEAF(5), 0x40008004u);
	KUNIT_EXPECT_EQ(test, PVFEAT_MAX_LEAF(1012), 0x400080ffu);
	KUNIT_EXPECT_EQ(test, PVFEAT_MAX_LEAF(32), 0x4000800au);
	KUNIT_EXPECT_EQ(test, PVFEAT_NWORDS_MAX, 32);
	KUNIT_EXPECT_EQ(test, PVFEAT_NWORDS_ROOM, 1012);
	KUNIT_EXPECT_EQ(test, PVFEAT_FEATURES_MAX, 1024);
	KUNIT_EXPECT_EQ(test, PVFEAT_FIRST_VENDOR_FEATURE, 512);
}

static void abi_signature(struct kunit *test)
{
	static const char text[] = "PvFeatPvFeat";
	static const u32 words[] = {
		PVFEAT_SIGNATURE_B, PVFEAT_SIGNATURE_C, PVFEAT_SIGNATURE_D
	};
	unsigned int i;

	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_EQ(test, (char)(words[i / 4] >> i % 4 * 8), text[i]);
}

static void abi_locator(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, PVFEAT_DVSEC_BODY, 0x0c);
	KUNIT_EXPECT_EQ(test, PVFEAT_DVSEC_BYTES, 0x1c);
	KUNIT_EXPECT_EQ(test, PVFEAT_VNDR_BODY, 0x04);
	KUNIT_EXPECT_EQ(test, PVFEAT_VNDR_BYTES, 0x14);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_SIGNATURE, 0x00);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_REVISION, 0x04);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_BAR, 0x05);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_RESERVED, 0x06);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_OFFSET, 0x08);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_LENGTH, 0x0c);
	KUNIT_EXPECT_EQ(test, PVFEAT_LOCATOR_BYTES, 0x10);
}

/* Features that the specification names must keep their numbers */
static void abi_registry(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)PVFEAT_CONFIDENTIAL, 0);
	KUNIT_EXPECT_EQ(test, (int)PVFEAT_ATTESTATION_REPORT, 13);
	KUNIT_EXPECT_EQ(test, (int)PVFEAT_DEVICE_RELAY, 23);
	KUNIT_EXPECT_EQ(test, PVFEAT_NR_REGISTERED, 24);
	KUNIT_EXPECT_STREQ(test, pvfeat_feature_name(13), "attestation-report");
	KUNIT_EXPECT_NULL(test, pvfeat_feature_name(24));
	/* Warnings: direct-host-call, servicing, migration, debug */
	KUNIT_EXPECT_EQ(test, pvfeat_warnings(0), 0x1380);
	KUNIT_EXPECT_EQ(test, pvfeat_warnings(1), 0);
	KUNIT_EXPECT_EQ(test, pvfeat_warnings(~0u), 0);
	KUNIT_EXPECT_STREQ(test, pvfeat_tee_name(2), "sev-snp");
	KUNIT_EXPECT_NULL(test, pvfeat_tee_name(5));
	KUNIT_EXPECT_STREQ(test, pvfeat_access_name(1), "svsm");
	KUNIT_EXPECT_NULL(test, pvfeat_access_name(4));
	KUNIT_EXPECT_STREQ(test, pvfeat_check_text(PVFEAT_OK), "good");
	KUNIT_EXPECT_STREQ(test, pvfeat_check_text(PVFEAT_NR_CHECKS), "unknown");
}

/* ---- tables ------------------------------------------------------------- */

static void table_good(struct kunit *test)
{
	struct pvfeat_verdict v;
	struct pvfeat_table *t = new_table(test, 1);

	KUNIT_EXPECT_TRUE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_OK);
	KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, 13));
	turn_on(t, 13);
	KUNIT_EXPECT_TRUE(test, pvfeat_table_has(t, 13));

	good_table(t, PVFEAT_NWORDS_MAX);
	t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
	turn_on(t, PVFEAT_FEATURES_MAX - 1);
	KUNIT_EXPECT_TRUE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_TRUE(test, pvfeat_table_has(t, PVFEAT_FEATURES_MAX - 1));
	KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, PVFEAT_FEATURES_MAX));
	KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, ~0u));

	/* PVF-DRV-05: without a PARAVISOR_ID these features have no meaning */
	t->words[PVFEAT_W_PARAVISOR_ID] = 0;
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE - 1);
	turn_on(t, PVFEAT_FIRST_VENDOR_FEATURE);
	KUNIT_EXPECT_TRUE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_TRUE(test, pvfeat_table_has(t, PVFEAT_FIRST_VENDOR_FEATURE - 1));
	KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, PVFEAT_FIRST_VENDOR_FEATURE));
	KUNIT_EXPECT_EQ(test, pvfeat_table_count(t), 1);
}

/* PVF-DRV-01: feature words beyond those of this revision are accepted and ignored */
static void table_longer(struct kunit *test)
{
	static const unsigned int nwords[] = { 33, PVFEAT_NWORDS_ROOM };
	struct pvfeat_verdict v;
	unsigned int i, last;

	for (i = 0; i < ARRAY_SIZE(nwords); i++) {
		struct pvfeat_table *t = new_table(test, nwords[i]);

		t->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
		last = nwords[i] * 32 - 1;
		turn_on(t, PVFEAT_FEATURES_MAX - 1);
		turn_on(t, PVFEAT_FEATURES_MAX);
		turn_on(t, last);
		KUNIT_EXPECT_TRUE(test, pvfeat_table_check(t, &v));
		KUNIT_EXPECT_EQ(test, pvfeat_table_nwords(t), PVFEAT_NWORDS_MAX);
		KUNIT_EXPECT_TRUE(test, pvfeat_table_has(t, PVFEAT_FEATURES_MAX - 1));
		KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, PVFEAT_FEATURES_MAX));
		KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, last));
		KUNIT_EXPECT_EQ(test, pvfeat_table_count(t), 1);
	}
}

/* PVF-DRV-01: additions of a later minor revision are accepted and ignored */
static void table_newer(struct kunit *test)
{
	struct pvfeat_verdict v;
	struct pvfeat_table *t = new_table(test, 1);

	t->words[PVFEAT_W_VERSION] |= 7;
	t->words[PVFEAT_W_MAX_LEAF] += 2;
	t->nr += 2 * PVFEAT_WORDS_PER_LEAF;
	t->words[PVFEAT_W_FEATURES + 5] = 0xdeadbeef;
	t->words[PVFEAT_W_RESERVED] = 0xffffffff;
	t->words[PVFEAT_W_ACCESS] = 0xffff0000 | 200;
	t->words[PVFEAT_W_TEE] = 0xffffff00 | 99;
	turn_on(t, PVFEAT_CONFIDENTIAL);
	turn_on(t, 31);
	KUNIT_EXPECT_TRUE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_TRUE(test, pvfeat_table_has(t, 31));
	/* PVF-DRV-04: a feature beyond NWORDS is off, whatever its word contains */
	KUNIT_EXPECT_FALSE(test, pvfeat_table_has(t, 5 * 32));
}

struct bad_word {
	const char *name;
	unsigned int word;
	u32 value;
	enum pvfeat_check check;
	u32 found, bound;
};

#define BAD(w, v, c, f, b) { #w " = " #v, PVFEAT_W_##w, v, PVFEAT_BAD_##c, f, b }

/* PVF-DRV-18, 19, 20, 21, 22, 24; the table has room for four leaves */
static const struct bad_word bad_words[] = {
	BAD(SIGNATURE_B, 0, SIGNATURE, 0, PVFEAT_SIGNATURE_B),
	BAD(SIGNATURE_B, 0x50764665, SIGNATURE, 0x50764665, PVFEAT_SIGNATURE_B),
	BAD(SIGNATURE_C, 0xffffffff, SIGNATURE, 0xffffffff, PVFEAT_SIGNATURE_C),
	BAD(SIGNATURE_D, 0x74616547, SIGNATURE, 0x74616547, PVFEAT_SIGNATURE_D),
	BAD(VERSION, 0, MAJOR, 0, 1),
	BAD(VERSION, 0x20000, MAJOR, 2, 1),
	BAD(VERSION, 0xffffffff, MAJOR, 0xffff, 1),
	BAD(MAX_LEAF, 0, MAX_LEAF, 0, 0x400080ff),
	BAD(MAX_LEAF, 0x40007fff, MAX_LEAF, 0x40007fff, 0x400080ff),
	BAD(MAX_LEAF, 0x40008100, MAX_LEAF, 0x40008100, 0x400080ff),
	BAD(MAX_LEAF, 0xffffffff, MAX_LEAF, 0xffffffff, 0x400080ff),
	BAD(MAX_LEAF, 0x40008004, WINDOW, 0x40008004, 0x40008003),
	BAD(MAX_LEAF, 0x40008002, NWORDS_LEAF, 1, 0x40008002),
	BAD(MAX_LEAF, 0x40008000, NWORDS_LEAF, 1, 0x40008000),
	BAD(NWORDS, 0, NWORDS, 0, 1012),
	BAD(NWORDS, 1013, NWORDS, 1013, 1012),
	BAD(NWORDS, 0x80000001, NWORDS, 0x80000001, 1012),
	BAD(NWORDS, 0xffffffff, NWORDS, 0xffffffff, 1012),
	BAD(NWORDS, 5, NWORDS_LEAF, 5, 0x40008003),
	BAD(GENERATION, 1, BUSY, 1, 0),
	BAD(GENERATION, 0xffffffff, BUSY, 0xffffffff, 0),
	BAD(ACCESS, 64 << 8, BOUNDARY, 64, 63),
	BAD(ACCESS, 255 << 8, BOUNDARY, 255, 63),
	BAD(ACCESS, 47 << 8, BOUNDARY_BIT, 47, 0),
	BAD(FEATURES, 0x41, BOUNDARY_BIT, 0, 1),
	BAD(TEE, 2, TEE, 2, 0),
	BAD(TEE, 5, TEE, 5, 0),
	BAD(TEE, 0xff, TEE, 0xff, 0),
};

static void bad_word_desc(const struct bad_word *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_word, bad_words, bad_word_desc);

static void table_bad_word(struct kunit *test)
{
	const struct bad_word *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_verdict v;

	t->words[p->word] = p->value;
	KUNIT_EXPECT_FALSE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_STREQ(test, pvfeat_check_text(v.check),
			   pvfeat_check_text(p->check));
	KUNIT_EXPECT_EQ(test, v.found, p->found);
	KUNIT_EXPECT_EQ(test, v.bound, p->bound);
}

/* A table whose own word count is out of range fails the first check */
static void table_bad_count(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_verdict v;

	t->nr = PVFEAT_TABLE_MAX_WORDS + 1;
	KUNIT_EXPECT_FALSE(test, pvfeat_table_check(t, &v));
	t->nr = PVFEAT_TABLE_MIN_BYTES / 4 - 1;
	KUNIT_EXPECT_FALSE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_WINDOW);
}

struct rule {
	unsigned int a, b;
	bool excludes;
};

#define NEEDS_(x, y) { PVFEAT_##x, PVFEAT_##y, false },
#define EXCLUDES_(x, y) { PVFEAT_##x, PVFEAT_##y, true },
static const struct rule rules[] = { PVFEAT_RULES(NEEDS_, EXCLUDES_) };

static void rule_desc(const struct rule *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s",
		 pvfeat_feature_name(p->a), p->excludes ? "excludes" : "needs",
		 pvfeat_feature_name(p->b));
}

KUNIT_ARRAY_PARAM(rule, rules, rule_desc);

/* PVF-DRV-23 */
static void table_rule(struct kunit *test)
{
	const struct rule *p = test->param_value;
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_verdict v;

	/* Provide everything else that the two features need */
	if (p->a == PVFEAT_SHARED_GPA_BOUNDARY)
		t->words[PVFEAT_W_ACCESS] = 47 << PVFEAT_ACCESS_BOUNDARY_SHIFT;
	if (p->excludes)
		turn_on(t, PVFEAT_CONFIDENTIAL);
	turn_on(t, p->a);
	KUNIT_EXPECT_EQ(test, pvfeat_table_check(t, &v), p->excludes);
	turn_on(t, p->b);
	KUNIT_EXPECT_EQ(test, pvfeat_table_check(t, &v), !p->excludes);
	if (!p->excludes)
		t->words[PVFEAT_W_FEATURES] &= ~(1u << p->b);
	KUNIT_EXPECT_FALSE(test, pvfeat_table_check(t, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)(p->excludes ?
			PVFEAT_BAD_EXCLUDES : PVFEAT_BAD_NEEDS));
	KUNIT_EXPECT_EQ(test, v.found, p->a);
	KUNIT_EXPECT_EQ(test, v.bound, p->b);
}

/* ---- snapshots ---------------------------------------------------------- */

/**
 * struct fake_window - a window in RAM that counts its reads
 * @table: the table that it exposes
 * @capacity: number of words in the window
 * @count: number of reads of each word
 * @outside: number of reads past @capacity
 * @reads: total number of reads so far, if @change_at is not 0
 * @change_at: number of reads after which GENERATION is @change_to; 0 for never
 * @change_to: see @change_at
 */
struct fake_window {
	struct pvfeat_table *table;
	unsigned int capacity;
	unsigned int count[PVFEAT_TABLE_MAX_WORDS];
	unsigned int outside;
	unsigned int reads;
	unsigned int change_at;
	u32 change_to;
};

static u32 fake_read(void *context, unsigned int word)
{
	struct fake_window *w = context;

	if (word >= w->capacity) {
		w->outside++;
		return 0;
	}
	w->count[word]++;
	if (w->change_at && ++w->reads > w->change_at)
		w->table->words[PVFEAT_W_GENERATION] = w->change_to;
	return w->table->words[word];
}

static struct fake_window *new_window(struct kunit *test, unsigned int nwords)
{
	struct fake_window *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->table = new_table(test, nwords);
	w->capacity = PVFEAT_TABLE_MAX_WORDS;
	return w;
}

static bool read_window(struct kunit *test, struct fake_window *w,
			struct pvfeat_table *out, struct pvfeat_verdict *v)
{
	bool good = pvfeat_table_read(out, fake_read, w, w->capacity, v);

	KUNIT_EXPECT_EQ(test, good, v->check == PVFEAT_OK);
	KUNIT_EXPECT_EQ(test, w->outside, 0);
	if (!good)
		KUNIT_EXPECT_EQ(test, out->nr, 0);
	return good;
}

/* PVF-DRV-12: every word is read once, GENERATION twice, and nothing past the table */
static void snapshot_good(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 33);
	struct pvfeat_verdict v;
	unsigned int i;

	turn_on(w->table, 33 * 32 - 1);
	w->table->words[PVFEAT_W_GENERATION] = 42;
	KUNIT_ASSERT_TRUE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, out->nr, w->table->nr);
	KUNIT_EXPECT_EQ(test, memcmp(out->words, w->table->words, out->nr * 4), 0);
	for (i = 0; i < PVFEAT_TABLE_MAX_WORDS; i++)
		KUNIT_EXPECT_EQ(test, w->count[i], i >= w->table->nr ? 0 :
				i == PVFEAT_W_GENERATION ? 2 : 1);
}

static void snapshot_generations(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct pvfeat_verdict v;
	unsigned int at;

	/* PVF-DRV-24: a change at any point during the attempt makes it fail */
	for (at = 1; at <= PVFEAT_W_FEATURES + 5; at++) {
		struct fake_window *w = new_window(test, 1);
		bool seen = at < PVFEAT_W_FEATURES + 5;

		w->change_at = at;
		w->change_to = 2;
		KUNIT_EXPECT_EQ(test, read_window(test, w, out, &v), !seen);
		if (seen) {
			KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_TORN);
			KUNIT_EXPECT_TRUE(test, pvfeat_verdict_transient(&v));
		}
		kunit_kfree(test, w);
	}
}

static void snapshot_busy(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 1);
	struct pvfeat_verdict v;

	w->table->words[PVFEAT_W_GENERATION] = 7;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_BUSY);
	KUNIT_EXPECT_TRUE(test, pvfeat_verdict_transient(&v));
}

/* PVF-DEV-27: a device uses no number above GENERATION_LAST; a reader accepts any */
static void snapshot_largest_generation(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 1);
	struct pvfeat_verdict v;

	w->table->words[PVFEAT_W_GENERATION] = 0xfffffffe;
	KUNIT_EXPECT_TRUE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, out->words[PVFEAT_W_GENERATION], 0xfffffffe);
	KUNIT_EXPECT_TRUE(test, pvfeat_table_check(out, &v));
}

/* A table that looks malformed in the middle of a change is worth another attempt */
static void snapshot_malformed_and_torn(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 1);
	struct pvfeat_verdict v;

	w->table->words[PVFEAT_W_NWORDS] = 0xffffffff;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_NWORDS);
	KUNIT_EXPECT_FALSE(test, pvfeat_verdict_transient(&v));
	w->change_at = w->reads + 3;
	w->change_to = 2;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_TORN);
}

/* Gone if either read of GENERATION returns all ones, whatever the other reads return */
static void snapshot_gone(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 1);
	struct pvfeat_verdict v;

	w->change_at = 5;
	w->change_to = PVFEAT_ALL_ONES;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_GONE);
	KUNIT_EXPECT_FALSE(test, pvfeat_verdict_transient(&v));

	w->change_at = 0;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_GONE);

	memset(w->table->words, 0xff, sizeof(w->table->words));
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_GONE);
}

/* A window that is smaller than what MAX_LEAF covers, or than the smallest table */
static void snapshot_small_window(struct kunit *test)
{
	struct pvfeat_table *out = new_table(test, 1);
	struct fake_window *w = new_window(test, 5);
	struct pvfeat_verdict v;

	w->capacity = 16;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_WINDOW);
	w->capacity = 19;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	w->capacity = 20;
	KUNIT_EXPECT_TRUE(test, read_window(test, w, out, &v));
	w->capacity = 15;
	KUNIT_EXPECT_FALSE(test, read_window(test, w, out, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_WINDOW);
}

/* ---- locators ----------------------------------------------------------- */

/* Good locators, byte by byte as in the spec: BAR0, offset 0, length 4096 */
static const u8 good_dvsec[] = {
	0x23, 0x00, 0x01, 0x00, 0xf4, 0x1a, 0xc1, 0x01, 0xf5, 0x10, 0x00, 0x00,
	0x50, 0x76, 0x54, 0x4c, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
};

static const u8 good_vndr[] = {
	0x09, 0x00, 0x14, 0x00,
	0x50, 0x76, 0x54, 0x4c, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
};

static void locator_good(struct kunit *test)
{
	u8 cap[sizeof(good_vndr)];
	struct pvfeat_locator loc;
	struct pvfeat_verdict v;

	KUNIT_EXPECT_TRUE(test, pvfeat_locator_parse(good_dvsec, sizeof(good_dvsec),
						     true, &loc, &v));
	KUNIT_EXPECT_EQ(test, loc.bar, 0);
	KUNIT_EXPECT_EQ(test, loc.offset, 0);
	KUNIT_EXPECT_EQ(test, loc.length, 4096);
	KUNIT_EXPECT_TRUE(test, pvfeat_locator_parse(good_vndr, sizeof(good_vndr),
						     false, &loc, &v));
	KUNIT_EXPECT_EQ(test, loc.length, 4096);

	/* A LENGTH above the largest table is not an error */
	memcpy(cap, good_vndr, sizeof(cap));
	cap[0x12] = 1;
	KUNIT_EXPECT_TRUE(test, pvfeat_locator_parse(cap, sizeof(cap), false,
						     &loc, &v));
	KUNIT_EXPECT_EQ(test, loc.length, 0x11000);
}

struct bad_locator {
	const char *name;
	bool dvsec;
	unsigned int size;	/* bytes up to the end of config space; 0: enough */
	unsigned int at;
	u8 value;
	enum pvfeat_check check;
};

/* At 0x100 - SIZE of config space, or 0x1000 - SIZE for a DVSEC; byte 0 is unchanged */
#define CUT(name, dvsec, size, check) \
	{ name, dvsec, size, 0x00, (dvsec) ? 0x23 : 0x09, PVFEAT_BAD_LOCATOR_##check }
#define VNDR_OF_LENGTH(length, check) \
	{ "VNDR of length " #length, false, 0, 0x02, length, PVFEAT_BAD_LOCATOR_##check }

/*
 * PVF-DRV-08, PVF-DRV-09: HEADER means a foreign capability, all other checks mean a
 * broken locator
 */
static const struct bad_locator bad_locators[] = {
	{ "DVSEC of another vendor", true, 0, 0x04, 0xf5, PVFEAT_BAD_LOCATOR_HEADER },
	{ "another DVSEC of the vendor", true, 0, 0x08, 0xf6, PVFEAT_BAD_LOCATOR_HEADER },
	CUT("DVSEC at 0xffc", true, 0x04, HEADER),
	CUT("DVSEC at 0xff8", true, 0x08, HEADER),
	CUT("DVSEC at 0xff4", true, 0x0c, CUT),
	CUT("DVSEC cut in its body", true, 0x1b, CUT),
	{ "DVSEC revision 0", true, 0, 0x06, 0xc0, PVFEAT_BAD_LOCATOR_REVISION },
	{ "DVSEC revision 2", true, 0, 0x06, 0xc2, PVFEAT_BAD_LOCATOR_REVISION },
	{ "DVSEC length 0xc", true, 0, 0x07, 0x00, PVFEAT_BAD_LOCATOR_SHORT },
	{ "DVSEC length 0xfc past the end", true, 0, 0x07, 0x0f, PVFEAT_BAD_LOCATOR_CUT },
	{ "DVSEC without signature", true, 0, 0x0c, 0x51, PVFEAT_BAD_LOCATOR_SIGNATURE },
	{ "body revision 2", true, 0, 0x10, 2, PVFEAT_BAD_LOCATOR_REVISION },
	{ "BAR 6", true, 0, 0x11, 6, PVFEAT_BAD_LOCATOR_BAR },
	{ "BAR 7", true, 0, 0x11, 7, PVFEAT_BAD_LOCATOR_BAR },
	{ "BAR 255", true, 0, 0x11, 255, PVFEAT_BAD_LOCATOR_BAR },
	{ "offset 4", true, 0, 0x14, 4, PVFEAT_BAD_LOCATOR_ALIGN },
	{ "length 0x1064", true, 0, 0x18, 0x64, PVFEAT_BAD_LOCATOR_ALIGN },
	{ "length 4097", true, 0, 0x18, 1, PVFEAT_BAD_LOCATOR_ALIGN },
	{ "length 0", true, 0, 0x19, 0, PVFEAT_BAD_LOCATOR_LENGTH },
	{ "VNDR of another vendor", false, 0, 0x04, 0x51, PVFEAT_BAD_LOCATOR_HEADER },
	VNDR_OF_LENGTH(0, HEADER), VNDR_OF_LENGTH(1, HEADER), VNDR_OF_LENGTH(2, HEADER),
	VNDR_OF_LENGTH(3, HEADER), VNDR_OF_LENGTH(4, HEADER), VNDR_OF_LENGTH(5, HEADER),
	VNDR_OF_LENGTH(6, HEADER), VNDR_OF_LENGTH(7, HEADER), VNDR_OF_LENGTH(8, SHORT),
	VNDR_OF_LENGTH(0x13, SHORT), VNDR_OF_LENGTH(255, CUT),
	CUT("VNDR at 0xfc", false, 0x04, HEADER),
	{ "VNDR at 0xfc of length 8", false, 0x04, 0x02, 8, PVFEAT_BAD_LOCATOR_HEADER },
	CUT("VNDR at 0xf8", false, 0x08, CUT),
	CUT("VNDR cut in its body", false, 0x13, CUT),
	{ "VNDR body revision 0", false, 0, 0x08, 0, PVFEAT_BAD_LOCATOR_REVISION },
};

static void bad_locator_desc(const struct bad_locator *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_locator, bad_locators, bad_locator_desc);

static void locator_bad(struct kunit *test)
{
	const struct bad_locator *p = test->param_value;
	const u8 *good = p->dvsec ? good_dvsec : good_vndr;
	unsigned int size = p->dvsec ? sizeof(good_dvsec) : sizeof(good_vndr);
	struct pvfeat_locator loc;
	struct pvfeat_verdict v;
	u8 *cap;

	if (p->size)
		size = p->size;
	/* Exactly @size bytes, so that KASAN, if enabled, detects reads past the end */
	cap = kunit_kmalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cap);
	memcpy(cap, good, size);
	cap[p->at] = p->value;
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_parse(cap, size, p->dvsec,
						      &loc, &v));
	KUNIT_EXPECT_STREQ(test, pvfeat_check_text(v.check),
			   pvfeat_check_text(p->check));
}

/* An unaligned LENGTH, 100, below 4096 */
static void locator_unaligned(struct kunit *test)
{
	u8 cap[sizeof(good_vndr)];
	struct pvfeat_locator loc;
	struct pvfeat_verdict v;

	memcpy(cap, good_vndr, sizeof(cap));
	cap[0x10] = 100;
	cap[0x11] = 0;
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_parse(cap, sizeof(cap), false,
						      &loc, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_LOCATOR_ALIGN);
	KUNIT_EXPECT_EQ(test, v.found, 100);
}

/* LENGTH is checked against the BAR as it stands, then clamped to the largest table */
static void locator_clamped(struct kunit *test)
{
	u8 cap[sizeof(good_vndr)];
	struct pvfeat_locator loc;
	struct pvfeat_verdict v;

	memcpy(cap, good_vndr, sizeof(cap));
	cap[0x11] = 0x20;
	KUNIT_ASSERT_TRUE(test, pvfeat_locator_parse(cap, sizeof(cap), false,
						     &loc, &v));
	KUNIT_EXPECT_TRUE(test, pvfeat_locator_fits(&loc, 0x10000, &v));
	KUNIT_EXPECT_EQ(test, pvfeat_locator_bytes(&loc), 4096);
	/* A clamped LENGTH would fit */
	cap[0x0d] = 0xf0;
	KUNIT_ASSERT_TRUE(test, pvfeat_locator_parse(cap, sizeof(cap), false,
						     &loc, &v));
	KUNIT_EXPECT_EQ(test, loc.offset, 0xf000);
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_fits(&loc, 0x10000, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_LOCATOR_WINDOW);
	KUNIT_EXPECT_EQ(test, v.found, 0x11000);

	loc.length = 64;
	KUNIT_EXPECT_EQ(test, pvfeat_locator_bytes(&loc), 64);
}

/* PVF-DRV-10 */
static void locator_window(struct kunit *test)
{
	struct pvfeat_locator loc = { .offset = 0xf000, .length = 0x1000 };
	struct pvfeat_verdict v;

	KUNIT_EXPECT_TRUE(test, pvfeat_locator_fits(&loc, 0x10000, &v));
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_fits(&loc, 0xffff, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_LOCATOR_WINDOW);
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_fits(&loc, 0, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_LOCATOR_BAR);
	/* The sum exceeds 32 bits, and must not wrap around to a small value */
	loc.offset = 0xfffffff0;
	loc.length = 0xfffffff0;
	KUNIT_EXPECT_FALSE(test, pvfeat_locator_fits(&loc, 0x10000, &v));
	KUNIT_EXPECT_EQ(test, (int)v.check, (int)PVFEAT_BAD_LOCATOR_WINDOW);
	KUNIT_EXPECT_TRUE(test, pvfeat_locator_fits(&loc, 1ULL << 33, &v));
}

static void add_text(void *context, const char *text)
{
	strlcat(context, text, 256);
	strlcat(context, " ", 256);
}

/* PVF-DRV-36, PVF-DRV-38: differences in fields, with both values, and in features */
static void table_compare(struct kunit *test)
{
	struct pvfeat_table *a = new_table(test, 17), *b = new_table(test, 1);
	char *text = kunit_kzalloc(test, 256, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_FALSE(test, pvfeat_table_compare(a, a, add_text, text));
	KUNIT_EXPECT_STREQ(test, text, "");
	turn_on(a, PVFEAT_VTPM);
	turn_on(a, PVFEAT_FIRST_VENDOR_FEATURE);
	turn_on(b, 31);
	a->words[PVFEAT_W_GENERATION] = 2;
	a->words[PVFEAT_W_PARAVISOR_VERSION] = ~0u;
	KUNIT_EXPECT_TRUE(test, pvfeat_table_compare(a, b, add_text, text));
	KUNIT_EXPECT_STREQ(test, text,
			   "NWORDS=0x11/0x1 PARAVISOR_VERSION=0xffffffff/0x0 +vtpm -feature-31 ");
	text[0] = '\0';
	a->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
	b->words[PVFEAT_W_PARAVISOR_ID] = 0x00011af4;
	KUNIT_EXPECT_TRUE(test, pvfeat_table_compare(b, a, add_text, text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, " -vtpm +feature-31 -feature-512 "));
}

static struct kunit_case pvfeat_table_cases[] = {
	KUNIT_CASE(abi_table),
	KUNIT_CASE(abi_signature),
	KUNIT_CASE(abi_locator),
	KUNIT_CASE(abi_registry),
	KUNIT_CASE(table_good),
	KUNIT_CASE(table_longer),
	KUNIT_CASE(table_newer),
	KUNIT_CASE_PARAM(table_bad_word, bad_word_gen_params),
	KUNIT_CASE(table_bad_count),
	KUNIT_CASE(table_compare),
	KUNIT_CASE_PARAM(table_rule, rule_gen_params),
	KUNIT_CASE(snapshot_good),
	KUNIT_CASE(snapshot_generations),
	KUNIT_CASE(snapshot_busy),
	KUNIT_CASE(snapshot_largest_generation),
	KUNIT_CASE(snapshot_malformed_and_torn),
	KUNIT_CASE(snapshot_gone),
	KUNIT_CASE(snapshot_small_window),
	KUNIT_CASE(locator_good),
	KUNIT_CASE_PARAM(locator_bad, bad_locator_gen_params),
	KUNIT_CASE(locator_unaligned),
	KUNIT_CASE(locator_clamped),
	KUNIT_CASE(locator_window),
	{}
};

static struct kunit_suite pvfeat_table_suite = {
	.name = "pvfeat_table",
	.test_cases = pvfeat_table_cases,
};

kunit_test_suite(pvfeat_table_suite);
