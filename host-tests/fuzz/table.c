// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: driver/pvfeat_table.c with a window whose words change while they are
 * read, and with a capability of arbitrary bytes. The conditions of acceptance are
 * implemented here again, from the spec.
 */
#include <string.h>

#include "fuzz.h"

/**
 * struct window - words that change while they are read
 * @in: pending edits
 * @words: current values
 * @seen: result of the last read of each word
 * @reads: number of reads of each word
 * @first: GENERATION at the first read
 * @generation_last: whether the last read was of GENERATION
 * @capacity: number of words that may be read
 * @total: number of all reads
 */
struct window {
	struct fuzz_input *in;
	__u32 words[PVFEAT_TABLE_MAX_WORDS];
	__u32 seen[PVFEAT_TABLE_MAX_WORDS];
	unsigned char reads[PVFEAT_TABLE_MAX_WORDS];
	__u32 first;
	bool generation_last;
	unsigned int capacity, total;
};

static void change(struct window *w)
{
	struct fuzz_edit edit;

	while (fuzz_edit(w->in, w->total, &edit)) {
		const unsigned int nr = edit.where < PVFEAT_TABLE_MAX_WORDS ?
					PVFEAT_TABLE_MAX_WORDS :
					PVFEAT_TABLE_MIN_BYTES / 4;

		w->words[edit.where % nr] = edit.value;
	}
}

static __u32 read_word(void *context, unsigned int word)
{
	struct window *w = context;

	/* PVF-DRV-12: read only words in the window, and each but GENERATION once */
	CHECK(word < w->capacity && word < PVFEAT_TABLE_MAX_WORDS);
	CHECK(++w->reads[word] <= 1 + (word == PVFEAT_W_GENERATION));
	CHECK(w->total || word == PVFEAT_W_GENERATION);
	change(w);
	w->seen[word] = w->words[word];
	if (!w->total++)
		w->first = w->seen[word];
	w->generation_last = word == PVFEAT_W_GENERATION;
	return w->seen[word];
}

/*
 * Number of feature words in use: those of a later minor revision are ignored, and,
 * without a PARAVISOR_ID, those from feature 512 on
 */
static __u32 used(const __u32 *words)
{
	const __u32 known = words[PVFEAT_W_PARAVISOR_ID] ? 32 : 16;

	return words[PVFEAT_W_NWORDS] < known ? words[PVFEAT_W_NWORDS] : known;
}

static bool bit(const __u32 *words, unsigned int feature)
{
	return feature < used(words) * 32 &&
	       words[PVFEAT_W_FEATURES + feature / 32] & 1u << feature % 32;
}

/* Whether PVF-DRV-18 .. PVF-DRV-23 accept these words */
static bool good(const __u32 *words, unsigned int capacity)
{
	const __u32 last = words[PVFEAT_W_MAX_LEAF];
	const __u32 nwords = words[PVFEAT_W_NWORDS];
	const __u32 boundary = words[PVFEAT_W_ACCESS] >> 8 & 0xff;
	unsigned int needed;

	if (memcmp(words + PVFEAT_W_SIGNATURE_B, "PvFeatPvFeat", 12) ||
	    words[PVFEAT_W_VERSION] >> 16 != 1 ||
	    last < 0x40008000 || last > 0x400080ff || nwords < 1 || nwords > 1012)
		return false;
	needed = (12 + nwords + 3) / 4;
	if ((last - 0x40008000 + 1) * 4 > capacity || 0x40008000 + needed - 1 > last)
		return false;
	if (boundary > 63 || !boundary == bit(words, PVFEAT_SHARED_GPA_BOUNDARY))
		return false;
	if (words[PVFEAT_W_TEE] & 0xff && !bit(words, PVFEAT_CONFIDENTIAL))
		return false;
#define NEEDS_(a, b) \
	+ (bit(words, PVFEAT_##a) && !bit(words, PVFEAT_##b))
#define EXCLUDES_(a, b) \
	+ (bit(words, PVFEAT_##a) && bit(words, PVFEAT_##b))
	return !(0 PVFEAT_RULES(NEEDS_, EXCLUDES_));
}

/* The text of a verdict fits into the size that the headers specify */
static void describe(const struct pvfeat_verdict *verdict)
{
	char text[PVFEAT_VERDICT_TEXT], cut[8];
	int n = pvfeat_describe_verdict(verdict, text, sizeof(text));

	CHECK(n > 0 && n < (int)sizeof(text) && (int)strlen(text) == n);
	CHECK(pvfeat_describe_verdict(verdict, cut, sizeof(cut)) == n);
	CHECK(!strncmp(cut, text, sizeof(cut) - 1) && !cut[sizeof(cut) - 1]);
	CHECK(verdict->check < PVFEAT_NR_CHECKS);
}

/* Use an accepted table */
static void use(const struct pvfeat_table *table, __u32 any)
{
	const __u32 nwords = used(table->words);
	struct pvfeat_verdict verdict;
	unsigned int i, count = 0;

	CHECK(pvfeat_table_check(table, &verdict) && verdict.check == PVFEAT_OK);
	CHECK(pvfeat_table_nwords(table) == nwords);
	CHECK(PVFEAT_W_FEATURES + nwords <= table->nr);
	for (i = 0; i < nwords; i++)
		count += __builtin_popcount(table->words[PVFEAT_W_FEATURES + i]);
	CHECK(pvfeat_table_count(table) == count);
	for (i = 0; i < PVFEAT_NR_REGISTERED; i++)
		CHECK(pvfeat_table_has(table, i) == bit(table->words, i));
	CHECK(pvfeat_table_has(table, any) == bit(table->words, any));
	/* PVF-DRV-04, PVF-DRV-01 */
	CHECK(!pvfeat_table_has(table, nwords * 32) && !pvfeat_table_has(table, ~0u));
}

static void fuzz_read(struct window *w)
{
	struct pvfeat_table *table = malloc(sizeof(*table));
	struct pvfeat_verdict verdict;
	bool accepted, settled;
	__u32 last;

	CHECK(table);
	accepted = pvfeat_table_read(table, read_word, w, w->capacity, &verdict);
	describe(&verdict);
	CHECK(accepted == (verdict.check == PVFEAT_OK));
	CHECK(accepted == (table->nr > 0));
	CHECK(w->total <= PVFEAT_TABLE_MAX_WORDS + 1);

	/* PVF-DRV-24: words are judged only if all are of one even GENERATION */
	last = w->seen[PVFEAT_W_GENERATION];
	settled = w->total > 1 && w->generation_last && w->first == last &&
		  !(last & 1);
	switch (verdict.check) {
	case PVFEAT_BAD_BUSY:
		CHECK(w->first & 1 && w->total == 1);
		break;
	case PVFEAT_BAD_TORN:
		CHECK(w->first != last && last != PVFEAT_ALL_ONES && w->generation_last);
		break;
	case PVFEAT_BAD_GONE:
		CHECK(last == PVFEAT_ALL_ONES && w->generation_last);
		break;
	case PVFEAT_BAD_WINDOW:
		CHECK(settled || (!w->total && w->capacity < PVFEAT_TABLE_MIN_BYTES / 4));
		break;
	default:
		CHECK(settled);
	}
	/* Exactly the good tables are accepted */
	CHECK(accepted == (settled && good(w->seen, w->capacity)));
	if (accepted) {
		CHECK(table->nr <= w->capacity);
		CHECK(!memcmp(table->words, w->seen, table->nr * 4));
		CHECK(table->nr == (table->words[PVFEAT_W_MAX_LEAF] - 0x40008000 + 1) * 4);
		use(table, w->total ^ last);
	}
	free(table);
}

/* The same words, read from a file at once instead of word by word */
static void fuzz_check(struct window *w)
{
	struct pvfeat_table *table = malloc(sizeof(*table));
	struct pvfeat_verdict verdict;
	bool accepted;

	CHECK(table);
	change(w);
	table->nr = w->capacity;
	memcpy(table->words, w->words, sizeof(table->words));
	accepted = pvfeat_table_check(table, &verdict);
	describe(&verdict);
	CHECK(accepted == (verdict.check == PVFEAT_OK));
	CHECK(accepted == (w->capacity >= 16 && w->capacity <= PVFEAT_TABLE_MAX_WORDS &&
			   !(w->words[PVFEAT_W_GENERATION] & 1) &&
			   good(w->words, w->capacity)));
	if (accepted)
		use(table, w->capacity);
	free(table);
}

static void fuzz_window(struct fuzz_input *in, bool read)
{
	struct window w = { .in = in, .capacity = fuzz_take(in, 2) };

	/* Include the full capacity, and the largest possible value */
	if (!w.capacity)
		w.capacity = PVFEAT_TABLE_MAX_WORDS;
	else if (w.capacity == 0xffff)
		w.capacity = ~0u;
	fuzz_good_table(w.words, fuzz_take(in, 2) % PVFEAT_NWORDS_ROOM + 1);
	if (read)
		fuzz_read(&w);
	else
		fuzz_check(&w);
}

static __u32 le(const __u8 *p, unsigned int bytes)
{
	struct fuzz_input in = { p, bytes };

	return fuzz_take(&in, bytes);
}

/* PVF-DRV-08: whether these bytes identify a locator, good or broken */
static bool is_locator(const __u8 *cap, size_t size, bool dvsec)
{
	if (dvsec)
		return size >= 12 && le(cap + 4, 2) == PVFEAT_DVSEC_VENDOR &&
		       le(cap + 8, 2) == PVFEAT_DVSEC_ID;
	return size >= 8 && cap[2] >= 8 && !memcmp(cap + 4, "PvTL", 4);
}

/* PVF-DRV-09: whether these bytes are a good locator */
static bool good_locator(const __u8 *cap, size_t size, bool dvsec)
{
	const __u8 *body = cap + (dvsec ? 12 : 4);
	const size_t need = dvsec ? 28 : 20;
	size_t length;

	if (size < need)
		return false;
	length = dvsec ? le(cap + 6, 2) >> 4 : cap[2];
	return length >= need && length <= size &&
	       (!dvsec || (le(cap + 4, 2) == PVFEAT_DVSEC_VENDOR &&
			   (cap[6] & 0xf) == 1 && le(cap + 8, 2) == PVFEAT_DVSEC_ID)) &&
	       !memcmp(body, "PvTL", 4) && body[4] == 1 && body[5] <= 5 &&
	       le(body + 8, 4) % 16 == 0 && le(body + 12, 4) % 16 == 0 &&
	       le(body + 12, 4) >= 64;
}

static void fuzz_locator(struct fuzz_input *in, bool dvsec)
{
	const unsigned int need = dvsec ? PVFEAT_DVSEC_BYTES : PVFEAT_VNDR_BYTES;
	const size_t size = fuzz_take(in, 1) * 4;
	const __u64 low = fuzz_take(in, 4), bar_size = low | (__u64)fuzz_take(in, 4) << 32;
	__u8 *cap, bytes[PVFEAT_DVSEC_BYTES] = { 0 };
	struct pvfeat_locator locator;
	struct pvfeat_verdict verdict;
	bool accepted;
	unsigned int i;

	for (i = 0; i < need; i++)
		bytes[i] = fuzz_take(in, 1);
	/* Allocate only the bytes that the parser may access */
	cap = fuzz_copy(bytes, size < need ? size : need);
	accepted = pvfeat_locator_parse(cap, size, dvsec, &locator, &verdict);
	describe(&verdict);
	CHECK(accepted == (verdict.check == PVFEAT_OK));
	CHECK(accepted == good_locator(cap, size, dvsec));
	CHECK((verdict.check == PVFEAT_BAD_LOCATOR_HEADER) ==
	      !is_locator(cap, size, dvsec));
	if (accepted) {
		const __u8 *body = cap + need - PVFEAT_LOCATOR_BYTES;

		CHECK(locator.bar == body[PVFEAT_LOCATOR_BAR]);
		CHECK(locator.offset == le(body + PVFEAT_LOCATOR_OFFSET, 4));
		CHECK(locator.length == le(body + PVFEAT_LOCATOR_LENGTH, 4));
		/* PVF-DRV-10, without a sum that could overflow */
		CHECK(pvfeat_locator_fits(&locator, bar_size, &verdict) ==
		      (locator.length <= bar_size &&
		       locator.offset <= bar_size - locator.length));
		CHECK(pvfeat_locator_bytes(&locator) <= PVFEAT_TABLE_MAX_BYTES &&
		      pvfeat_locator_bytes(&locator) <= locator.length);
		describe(&verdict);
	}
	free(cap);
}

/* Names of arbitrary numbers */
static void fuzz_names(struct fuzz_input *in)
{
	const __u32 number = fuzz_take(in, 4);
	const char *name = pvfeat_feature_name(number), *label;
	char buf[PVFEAT_FEATURE_LABEL], text[PVFEAT_FEATURE_LABEL];

	CHECK(!name == (number >= PVFEAT_NR_REGISTERED));
	label = pvfeat_feature_label(number, buf, sizeof(buf));
	snprintf(text, sizeof(text), "feature-%u", number);
	CHECK(!strcmp(label, name ? name : text));
	/* Warnings: features 7, 8, 9 and 12 */
	CHECK(pvfeat_warnings(0) == 0x1380 && (!number || !pvfeat_warnings(number)));
	CHECK(!pvfeat_tee_name(number) == (number > PVFEAT_TEE_VBS));
	CHECK(!pvfeat_access_name(number) == (number > PVFEAT_ACCESS_FIRMWARE_CALL));
	CHECK(!strcmp(pvfeat_check_text(number), "unknown") ==
	      (number >= PVFEAT_NR_CHECKS));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };

	switch (fuzz_take(&in, 1)) {
	case 1:
		fuzz_window(&in, false);
		break;
	case 2:
		fuzz_locator(&in, true);
		break;
	case 3:
		fuzz_locator(&in, false);
		break;
	case 4:
		fuzz_names(&in);
		break;
	default:
		fuzz_window(&in, true);
	}
	return 0;
}
