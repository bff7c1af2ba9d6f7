// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor feature table: locator, snapshot and checks.
 *
 * See spec/pci-device.md for the requirements (PVF-DRV-nn) named here.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include "pvfeat_compat.h"
#else
#include <assert.h>
#include <stdio.h>
#define EXPORT_SYMBOL_IF_KUNIT(symbol) _Static_assert(1, #symbol)
#endif

#include "pvfeat_table.h"

/* The layout must match the byte offsets in the spec */
static_assert(PVFEAT_W_FEATURES % PVFEAT_WORDS_PER_LEAF == 0,
	      "the header is whole leaves");
static_assert(PVFEAT_LEAVES(PVFEAT_NWORDS_MIN) * PVFEAT_WORDS_PER_LEAF * 4 ==
	      PVFEAT_TABLE_MIN_BYTES, "the smallest table");
static_assert(PVFEAT_LEAVES(PVFEAT_NWORDS_ROOM) == PVFEAT_TABLE_MAX_LEAVES,
	      "the largest table of a later minor");
static_assert(PVFEAT_NWORDS_MAX <= PVFEAT_NWORDS_ROOM,
	      "a table of this revision fits the window");
static_assert(PVFEAT_NR_REGISTERED <= PVFEAT_FIRST_VENDOR_FEATURE,
	      "registered features stay below the implementations' own");
static_assert(PVFEAT_FIRST_VENDOR_FEATURE % PVFEAT_BITS_PER_WORD == 0,
	      "the implementations' own features begin with a word");
static_assert(PVFEAT_DVSEC_BYTES % 4 == 0 && PVFEAT_VNDR_BYTES % 4 == 0,
	      "capabilities are whole dwords");

static bool fail(struct pvfeat_verdict *v, enum pvfeat_check check,
		 __u32 found, __u32 bound)
{
	v->check = check;
	v->found = found;
	v->bound = bound;
	return false;
}

static bool pass(struct pvfeat_verdict *v)
{
	fail(v, PVFEAT_OK, 0, 0);
	return true;
}

static __u32 get_le(const __u8 *p, unsigned int bytes)
{
	__u32 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/**
 * pvfeat_locator_parse - check a capability that may be the table's locator
 * @cap: the bytes of the capability, starting at its own header, each read once
 * @size: number of bytes from @cap to the end of the 4096 bytes of config space (DVSEC)
 *        or of its first 256 bytes (vendor-specific); at least 4
 * @dvsec: true for a DVSEC, false for a vendor-specific capability
 * @locator: filled in on success
 * @verdict: the check that failed, or PVFEAT_OK
 *
 * A DVSEC is a locator if it has the DVSEC vendor and the DVSEC ID of a locator. A
 * vendor-specific capability is a locator if its length covers the signature, the
 * signature lies in config space, and the signature is right. On failure,
 * PVFEAT_BAD_LOCATOR_HEADER means that the capability is foreign and that the caller
 * continues with the next one; any other check means that the locator is broken
 * (PVF-DRV-08).
 *
 * Return: true if @locator is valid.
 */
bool pvfeat_locator_parse(const __u8 *cap, size_t size, bool dvsec,
			  struct pvfeat_locator *locator,
			  struct pvfeat_verdict *verdict)
{
	const unsigned int need = dvsec ? PVFEAT_DVSEC_BYTES : PVFEAT_VNDR_BYTES;
	const unsigned int start = dvsec ? PVFEAT_DVSEC_BODY : PVFEAT_VNDR_BODY;
	const unsigned int identity = dvsec ? start : start + 4;
	const __u8 *body = cap + start;
	__u32 value, length;

	/* A capability whose identity is cut off cannot be a locator */
	if (size < identity)
		return fail(verdict, PVFEAT_BAD_LOCATOR_HEADER, size, identity);
	if (dvsec) {
		__u32 header1 = get_le(cap + PVFEAT_DVSEC_HEADER1, 4);

		if ((header1 & 0xffff) != PVFEAT_DVSEC_VENDOR)
			return fail(verdict, PVFEAT_BAD_LOCATOR_HEADER,
				    header1 & 0xffff, PVFEAT_DVSEC_VENDOR);
		value = get_le(cap + PVFEAT_DVSEC_HEADER2, 2);
		if (value != PVFEAT_DVSEC_ID)
			return fail(verdict, PVFEAT_BAD_LOCATOR_HEADER, value,
				    PVFEAT_DVSEC_ID);
		value = header1 >> 16 & 0xf;
		if (value != PVFEAT_DVSEC_REVISION)
			return fail(verdict, PVFEAT_BAD_LOCATOR_REVISION, value,
				    PVFEAT_DVSEC_REVISION);
		length = header1 >> 20;
	} else {
		length = cap[PVFEAT_VNDR_LENGTH];
		if (length < identity)
			return fail(verdict, PVFEAT_BAD_LOCATOR_HEADER, length,
				    identity);
		value = get_le(body + PVFEAT_LOCATOR_SIGNATURE, 4);
		if (value != PVFEAT_LOCATOR_MAGIC)
			return fail(verdict, PVFEAT_BAD_LOCATOR_HEADER, value,
				    PVFEAT_LOCATOR_MAGIC);
	}
	if (length < need)
		return fail(verdict, PVFEAT_BAD_LOCATOR_SHORT, length, need);
	if (length > size)
		return fail(verdict, PVFEAT_BAD_LOCATOR_CUT, length, size);

	value = get_le(body + PVFEAT_LOCATOR_SIGNATURE, 4);
	if (value != PVFEAT_LOCATOR_MAGIC)
		return fail(verdict, PVFEAT_BAD_LOCATOR_SIGNATURE, value,
			    PVFEAT_LOCATOR_MAGIC);
	value = body[PVFEAT_LOCATOR_REVISION];
	if (value != PVFEAT_LOCATOR_REVISION_1)
		return fail(verdict, PVFEAT_BAD_LOCATOR_REVISION, value,
			    PVFEAT_LOCATOR_REVISION_1);
	locator->bar = body[PVFEAT_LOCATOR_BAR];
	if (locator->bar > PVFEAT_LOCATOR_BAR_MAX)
		return fail(verdict, PVFEAT_BAD_LOCATOR_BAR, locator->bar,
			    PVFEAT_LOCATOR_BAR_MAX);
	locator->offset = get_le(body + PVFEAT_LOCATOR_OFFSET, 4);
	locator->length = get_le(body + PVFEAT_LOCATOR_LENGTH, 4);
	value = locator->offset | locator->length;
	if (value % PVFEAT_LOCATOR_ALIGN)
		return fail(verdict, PVFEAT_BAD_LOCATOR_ALIGN, value,
			    PVFEAT_LOCATOR_ALIGN);
	if (locator->length < PVFEAT_TABLE_MIN_BYTES)
		return fail(verdict, PVFEAT_BAD_LOCATOR_LENGTH, locator->length,
			    PVFEAT_TABLE_MIN_BYTES);
	return pass(verdict);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_locator_parse);

/**
 * pvfeat_locator_fits - check a good locator against the size of its BAR
 * @locator: from pvfeat_locator_parse()
 * @bar_size: bytes of the memory BAR; 0 if there is none
 * @verdict: the check that failed, or PVFEAT_OK
 *
 * Return: true if the window lies inside the BAR.
 */
bool pvfeat_locator_fits(const struct pvfeat_locator *locator, __u64 bar_size,
			 struct pvfeat_verdict *verdict)
{
	__u64 end = (__u64)locator->offset + locator->length;

	if (!bar_size)
		return fail(verdict, PVFEAT_BAD_LOCATOR_BAR, locator->bar, 0);
	/* The verdict has 32 bits, so a larger sum is capped */
	if (end > bar_size)
		return fail(verdict, PVFEAT_BAD_LOCATOR_WINDOW,
			    end > 0xffffffffu ? 0xffffffffu : (__u32)end,
			    (__u32)bar_size);
	return pass(verdict);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_locator_fits);

/* The checks that must pass before anything after the header may be read */
static bool check_header(const __u32 *words, unsigned int capacity,
			 struct pvfeat_verdict *verdict)
{
	static const __u32 signature[] = {
		PVFEAT_SIGNATURE_B, PVFEAT_SIGNATURE_C, PVFEAT_SIGNATURE_D
	};
	__u32 leaves, nwords, major, i;

	for (i = 0; i < sizeof(signature) / sizeof(signature[0]); i++) {
		__u32 found = words[PVFEAT_W_SIGNATURE_B + i];

		if (found != signature[i])
			return fail(verdict, PVFEAT_BAD_SIGNATURE, found, signature[i]);
	}

	major = words[PVFEAT_W_VERSION] >> PVFEAT_VERSION_MAJOR_SHIFT;
	if (major != PVFEAT_VERSION_MAJOR)
		return fail(verdict, PVFEAT_BAD_MAJOR, major, PVFEAT_VERSION_MAJOR);

	/* A value below BASE wraps around to one that is too large */
	leaves = words[PVFEAT_W_MAX_LEAF] - PVFEAT_BASE;
	if (leaves >= PVFEAT_TABLE_MAX_LEAVES)
		return fail(verdict, PVFEAT_BAD_MAX_LEAF, words[PVFEAT_W_MAX_LEAF],
			    PVFEAT_BASE + PVFEAT_TABLE_MAX_LEAVES - 1);
	leaves++;
	if (leaves > capacity / PVFEAT_WORDS_PER_LEAF)
		return fail(verdict, PVFEAT_BAD_WINDOW, words[PVFEAT_W_MAX_LEAF],
			    PVFEAT_BASE + capacity / PVFEAT_WORDS_PER_LEAF - 1);

	nwords = words[PVFEAT_W_NWORDS];
	if (nwords < PVFEAT_NWORDS_MIN || nwords > PVFEAT_NWORDS_ROOM)
		return fail(verdict, PVFEAT_BAD_NWORDS, nwords, PVFEAT_NWORDS_ROOM);
	if (PVFEAT_LEAVES(nwords) > leaves)
		return fail(verdict, PVFEAT_BAD_NWORDS_LEAF, nwords,
			    words[PVFEAT_W_MAX_LEAF]);
	return pass(verdict);
}

/* The rules between features, and between features and the header's fields */
static bool check_features(const struct pvfeat_table *t,
			   struct pvfeat_verdict *verdict)
{
	static const struct {
		__u16 a, b;
		bool excludes;
	} rules[] = {
#define NEEDS_(x, y) { PVFEAT_##x, PVFEAT_##y, false },
#define EXCLUDES_(x, y) { PVFEAT_##x, PVFEAT_##y, true },
		PVFEAT_RULES(NEEDS_, EXCLUDES_)
	};
	__u32 boundary, i;

	boundary = pvfeat_table_boundary(t);
	if (boundary > PVFEAT_ACCESS_BOUNDARY_MAX)
		return fail(verdict, PVFEAT_BAD_BOUNDARY, boundary,
			    PVFEAT_ACCESS_BOUNDARY_MAX);
	if (!boundary != !pvfeat_table_has(t, PVFEAT_SHARED_GPA_BOUNDARY))
		return fail(verdict, PVFEAT_BAD_BOUNDARY_BIT, boundary, !boundary);
	if (t->words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK &&
	    !pvfeat_table_has(t, PVFEAT_CONFIDENTIAL))
		return fail(verdict, PVFEAT_BAD_TEE,
			    t->words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK,
			    PVFEAT_TEE_NONE);

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (pvfeat_table_has(t, rules[i].a) &&
		    pvfeat_table_has(t, rules[i].b) == rules[i].excludes)
			return fail(verdict, rules[i].excludes ?
				    PVFEAT_BAD_EXCLUDES : PVFEAT_BAD_NEEDS,
				    rules[i].a, rules[i].b);
	}
	return pass(verdict);
}

/**
 * pvfeat_table_check - check a table in private memory
 * @table: the words, @table->nr of them
 * @verdict: the check that failed, or PVFEAT_OK
 *
 * Return: true if the table is good (PVF-DRV-18 .. PVF-DRV-23).
 */
bool pvfeat_table_check(const struct pvfeat_table *table,
			struct pvfeat_verdict *verdict)
{
	__u32 generation;

	if (table->nr > PVFEAT_TABLE_MAX_WORDS ||
	    table->nr < PVFEAT_TABLE_MIN_BYTES / 4)
		return fail(verdict, PVFEAT_BAD_WINDOW, table->nr,
			    PVFEAT_TABLE_MAX_WORDS);
	generation = table->words[PVFEAT_W_GENERATION];
	if (generation & PVFEAT_GENERATION_ODD)
		return fail(verdict, PVFEAT_BAD_BUSY, generation, 0);
	return check_header(table->words, table->nr, verdict) &&
	       check_features(table, verdict);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_table_check);

/**
 * pvfeat_table_read - make one attempt at a snapshot of a window
 * @table: filled in; good only if the function returns true
 * @read: reads a word of the window
 * @context: passed to @read
 * @capacity: number of words in the window; words past the largest table are not read
 * @verdict: the check that failed, or PVFEAT_OK
 *
 * Every word except GENERATION is read exactly once, and no value is used before its
 * range was checked. After a transient verdict the caller decides how often to try
 * again and how long to wait in between, and must bound both.
 *
 * Return: true if @table is a good table, and all of its words are of one generation.
 */
bool pvfeat_table_read(struct pvfeat_table *table, pvfeat_read_fn read,
		       void *context, unsigned int capacity,
		       struct pvfeat_verdict *verdict)
{
	__u32 before, after, i;

	table->nr = 0;
	if (capacity < PVFEAT_TABLE_MIN_BYTES / 4)
		return fail(verdict, PVFEAT_BAD_WINDOW, capacity,
			    PVFEAT_TABLE_MIN_BYTES / 4);
	if (capacity > PVFEAT_TABLE_MAX_WORDS)
		capacity = PVFEAT_TABLE_MAX_WORDS;

	before = read(context, PVFEAT_W_GENERATION);
	if (before == PVFEAT_ALL_ONES)
		return fail(verdict, PVFEAT_BAD_GONE, before, 0);
	if (before & PVFEAT_GENERATION_ODD)
		return fail(verdict, PVFEAT_BAD_BUSY, before, 0);

	for (i = 0; i < PVFEAT_W_FEATURES; i++)
		table->words[i] = i == PVFEAT_W_GENERATION ? before :
				  read(context, i);
	if (check_header(table->words, capacity, verdict)) {
		__u32 leaves = table->words[PVFEAT_W_MAX_LEAF] - PVFEAT_BASE + 1;

		table->nr = leaves * PVFEAT_WORDS_PER_LEAF;
		for (; i < table->nr; i++)
			table->words[i] = read(context, i);
		check_features(table, verdict);
	}

	/* A table that looks malformed may be half changed: GENERATION decides */
	after = read(context, PVFEAT_W_GENERATION);
	if (after == PVFEAT_ALL_ONES)
		fail(verdict, PVFEAT_BAD_GONE, after, 0);
	else if (after != before)
		fail(verdict, PVFEAT_BAD_TORN, after, before);
	if (verdict->check != PVFEAT_OK)
		table->nr = 0;
	return verdict->check == PVFEAT_OK;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_table_read);

/**
 * pvfeat_check_text - describe a check
 * @check: the check that failed
 *
 * Return: a static string, without the values of the verdict.
 */
const char *pvfeat_check_text(enum pvfeat_check check)
{
	static const char * const texts[] = {
		[PVFEAT_OK] = "good",
#define TEXT_(id, text) [PVFEAT_BAD_##id] = text,
		PVFEAT_CHECKS(TEXT_)
	};

	return (unsigned int)check < PVFEAT_NR_CHECKS ? texts[check] : "unknown";
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_check_text);

struct name {
	__u32 value;
	const char *name;
};

#define NAME_(n, id, name, ...) { n, name },
#define NAME_OF(names, value) \
	name_of(names, sizeof(names) / sizeof((names)[0]), value)

static const char *name_of(const struct name *names, unsigned int count,
			   __u32 value)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (names[i].value == value)
			return names[i].name;
	}
	return NULL;
}

/**
 * pvfeat_feature_name - name of a registered feature
 * @feature: its number
 *
 * Return: a static string, or NULL if the registry does not have @feature.
 */
const char *pvfeat_feature_name(unsigned int feature)
{
	static const struct name names[] = { PVFEAT_REGISTRY(NAME_) };

	return NAME_OF(names, feature);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_feature_name);

/**
 * pvfeat_tee_name - name of a value of the field TYPE in the word TEE
 * @type: the value
 *
 * Return: a static string, or NULL if the registry does not have @type.
 */
const char *pvfeat_tee_name(unsigned int type)
{
	static const struct name names[] = { PVFEAT_TEE_TYPES(NAME_) };

	return NAME_OF(names, type);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_tee_name);

/**
 * pvfeat_access_name - name of a value of the field METHOD in the word ACCESS
 * @method: the value
 *
 * Return: a static string, or NULL if the registry does not have @method.
 */
const char *pvfeat_access_name(unsigned int method)
{
	static const struct name names[] = { PVFEAT_ACCESS_METHODS(NAME_) };

	return NAME_OF(names, method);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_access_name);

/**
 * pvfeat_warnings - get the warnings among the features of one feature word
 * @word: number of the feature word
 *
 * Where windows differ, these bits are merged by OR, all others by AND.
 *
 * Return: a mask of the registered features in @word that are warnings.
 */
__u32 pvfeat_warnings(unsigned int word)
{
	static const struct {
		__u16 feature;
		bool warning;
	} features[] = {
#define POLARITY_(n, id, name, polarity, meaning) \
		{ n, PVFEAT_##polarity == PVFEAT_WARNING },
		PVFEAT_REGISTRY(POLARITY_)
	};
	__u32 i, mask = 0;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (features[i].warning &&
		    features[i].feature / PVFEAT_BITS_PER_WORD == word)
			mask |= 1u << features[i].feature % PVFEAT_BITS_PER_WORD;
	}
	return mask;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_warnings);

/**
 * pvfeat_feature_label - name of a feature, registered or not
 * @feature: its number
 * @buf: receives "feature-N" if the registry does not have @feature
 * @size: size of @buf; %PVFEAT_FEATURE_LABEL is enough
 *
 * Return: a static string, or @buf.
 */
const char *pvfeat_feature_label(unsigned int feature, char *buf, size_t size)
{
	const char *name = pvfeat_feature_name(feature);

	if (name)
		return name;
	snprintf(buf, size, "feature-%u", feature);
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_feature_label);

/**
 * pvfeat_describe_verdict - describe a verdict, with its values
 * @verdict: the verdict
 * @buf: receives the text
 * @size: size of @buf; %PVFEAT_VERDICT_TEXT is enough
 *
 * Return: the length of the text, as snprintf() returns it.
 */
int pvfeat_describe_verdict(const struct pvfeat_verdict *verdict, char *buf,
			    size_t size)
{
	const char *text = pvfeat_check_text(verdict->check);
	char a[PVFEAT_FEATURE_LABEL], b[PVFEAT_FEATURE_LABEL];

	if (verdict->check == PVFEAT_BAD_NEEDS ||
	    verdict->check == PVFEAT_BAD_EXCLUDES)
		return snprintf(buf, size, "%s (%s, %s)", text,
				pvfeat_feature_label(verdict->found, a, sizeof(a)),
				pvfeat_feature_label(verdict->bound, b, sizeof(b)));
	return snprintf(buf, size, "%s (0x%x, against 0x%x)", text,
			verdict->found, verdict->bound);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_describe_verdict);

/**
 * pvfeat_table_compare - list the differences between a table and the reference
 * @table: a table that passed pvfeat_table_check()
 * @reference: another such table
 * @difference: called for each difference, words of the header first: "FIELD=0xA/0xB"
 *		with both values, "+feature" if only @table has it, "-feature" if only
 *		@reference has it
 * @context: passed to @difference
 *
 * GENERATION and MAX_LEAF are not compared. Implementation-specific features are compared
 * only if both tables have the same PARAVISOR_ID (PVF-DRV-38).
 *
 * Return: true if the tables differ.
 */
bool pvfeat_table_compare(const struct pvfeat_table *table,
			  const struct pvfeat_table *reference,
			  pvfeat_difference_fn difference, void *context)
{
	static const struct name fields[] = {
		{ PVFEAT_W_VERSION, "VERSION" },
		{ PVFEAT_W_TEE, "TEE" },
		{ PVFEAT_W_NWORDS, "NWORDS" },
		{ PVFEAT_W_PARAVISOR_ID, "PARAVISOR_ID" },
		{ PVFEAT_W_PARAVISOR_VERSION, "PARAVISOR_VERSION" },
		{ PVFEAT_W_ACCESS, "ACCESS" },
	};
	char label[PVFEAT_FEATURE_LABEL], text[PVFEAT_DIFFERENCE_TEXT];
	const unsigned int common = pvfeat_table_common(table, reference);
	bool differ = false;
	__u32 i, f;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const __u32 found = table->words[fields[i].value];
		const __u32 other = reference->words[fields[i].value];

		if (found == other)
			continue;
		snprintf(text, sizeof(text), "%s=0x%x/0x%x", fields[i].name, found, other);
		difference(context, text);
		differ = true;
	}
	for (i = 0; i < common; i++) {
		const __u32 found = pvfeat_table_word(table, i);
		const __u32 bits = found ^ pvfeat_table_word(reference, i);

		for (f = 0; bits && f < PVFEAT_BITS_PER_WORD; f++) {
			if (!(bits >> f & 1))
				continue;
			snprintf(text, sizeof(text), "%c%s", found >> f & 1 ? '+' : '-',
				 pvfeat_feature_label(i * PVFEAT_BITS_PER_WORD + f, label,
						      sizeof(label)));
			difference(context, text);
			differ = true;
		}
	}
	return differ;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_table_compare);
