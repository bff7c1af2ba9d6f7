// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compute the digest of a table, and make a table from a description, so that its digest
 * can be computed before the guest exists.
 */
#include <endian.h>
#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "parse.h"

#define NAME_(id, name, value, what) [DESCRIBE_##id] = name,
const char *const description_names[] = { DESCRIPTION(NAME_) };

_Static_assert(DIGEST_TEXT == SHA256_DIGEST_STRING_LENGTH, "DIGEST_TEXT");

/**
 * table_digest - compute the digest of a table (PVF-DRV-46)
 * @table: a good table
 * @text: filled in: 64 hexadecimal digits, DIGEST_TEXT bytes
 */
void table_digest(const struct pvfeat_table *table, char *text)
{
	__le32 words[PVFEAT_TABLE_MAX_WORDS];
	unsigned int i;

	for (i = 0; i < table->nr; i++)
		words[i] = htole32(pvfeat_table_digest_word(table, i));
	SHA256Data((const uint8_t *)words, table->nr * sizeof(*words), text);
}

/* Parse a number from 0 to @max, in the notation of C */
static bool parse_number(const char *text, unsigned long max, __u32 *number)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 0);
	*number = value;
	return !*end && !errno && value <= max;
}

/* Parse a registered name or a number */
static bool parse_named(const char *text, const char *(*name)(unsigned int), unsigned long max,
			__u32 *number)
{
	const char *known;

	for (*number = 0; *number <= max; ++*number) {
		known = name(*number);
		if (known && !strcmp(known, text))
			return true;
	}
	return parse_number(text, max, number);
}

static bool set_features(struct pvfeat_table *table, const char *list,
			 struct pvfeat_error *error)
{
	unsigned int feature;
	char name[64];
	size_t size;

	memset(table->words + PVFEAT_W_FEATURES, 0, PVFEAT_NWORDS_MAX * sizeof(*table->words));
	for (; *list; list += size + (list[size] == '+')) {
		size = strcspn(list, "+");
		if (size >= sizeof(name) || !strcmp(list + size, "+"))
			return pvfeat_fail(error, EINVAL,
					   "--features: '%.80s' does not begin with a feature",
					   list);
		memcpy(name, list, size);
		name[size] = '\0';
		if (!parse_feature(name, &feature, error))
			return false;
		table->words[PVFEAT_W_FEATURES + feature / PVFEAT_BITS_PER_WORD] |=
			1u << feature % PVFEAT_BITS_PER_WORD;
	}
	return true;
}

/**
 * table_describe - set a field of a described table
 * @table: the table, all zeros before the first call
 * @field: the field
 * @value: the value, as the user typed it
 * @error: EINVAL: why the value is refused
 *
 * Return: false if the value is refused.
 */
bool table_describe(struct pvfeat_table *table, enum description field, const char *value,
		    struct pvfeat_error *error)
{
	__u32 *words = table->words, number = 0;
	bool good = false;

	switch (field) {
	case DESCRIBE_FEATURES:
		return set_features(table, value, error);
	case DESCRIBE_TEE:
		good = parse_named(value, pvfeat_tee_name, PVFEAT_TEE_TYPE_MASK, &number);
		words[PVFEAT_W_TEE] = number;
		break;
	case DESCRIBE_ACCESS:
		good = parse_named(value, pvfeat_access_name, PVFEAT_ACCESS_METHOD_MASK, &number);
		words[PVFEAT_W_ACCESS] &= ~PVFEAT_ACCESS_METHOD_MASK;
		words[PVFEAT_W_ACCESS] |= number;
		break;
	case DESCRIBE_BOUNDARY:
		good = parse_number(value, PVFEAT_ACCESS_BOUNDARY_MAX, &number);
		words[PVFEAT_W_ACCESS] &= ~(PVFEAT_ACCESS_BOUNDARY_MASK <<
					    PVFEAT_ACCESS_BOUNDARY_SHIFT);
		words[PVFEAT_W_ACCESS] |= number << PVFEAT_ACCESS_BOUNDARY_SHIFT;
		break;
	case DESCRIBE_ID:
	case DESCRIBE_VERSION:
		good = parse_number(value, 0xffffffff, &number);
		words[field == DESCRIBE_ID ? PVFEAT_W_PARAVISOR_ID : PVFEAT_W_PARAVISOR_VERSION] =
			number;
		break;
	case DESCRIBE_NWORDS:
		good = parse_number(value, PVFEAT_NWORDS_MAX, &number);
		words[PVFEAT_W_NWORDS] = number;
		break;
	default:
		break;
	}
	return good || pvfeat_fail(error, EINVAL, "--%s: '%s' is not a name or a number in range",
				   description_names[field], value);
}

/**
 * table_complete - derive the remaining fields of a described table
 * @table: the table; becomes a table of this revision, with GENERATION 0
 * @error: EINVAL: why it is not a good table
 *
 * Return: true if it is a good table.
 */
bool table_complete(struct pvfeat_table *table, struct pvfeat_error *error)
{
	__u32 *words = table->words, nwords = words[PVFEAT_W_NWORDS];
	struct pvfeat_verdict verdict;
	char text[PVFEAT_VERDICT_TEXT];
	unsigned int i;

	for (i = 0; i < PVFEAT_NWORDS_MAX; i++) {
		if (i >= nwords && (i < PVFEAT_NWORDS_MIN || words[PVFEAT_W_FEATURES + i]))
			nwords = i + 1;
	}
	pvfeat_table_header(table, nwords);
	if (pvfeat_table_check(table, &verdict))
		return true;
	pvfeat_describe_verdict(&verdict, text, sizeof(text));
	return pvfeat_fail(error, EINVAL, "the description: %s", text);
}
