/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor feature table: reading and checking.
 *
 * Plain C that calls no kernel function except snprintf(): the driver, the command-line
 * tool and the fuzzer compile the same file. All input is hostile until a function of
 * this file returns PVFEAT_OK for it.
 */
#ifndef _PVFEAT_TABLE_H
#define _PVFEAT_TABLE_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif
#include <linux/pvfeat-abi.h>

/* X(C_NAME, "description of the failure"): the checks of the input */
#define PVFEAT_CHECKS(X) \
	X(LOCATOR_HEADER, "locator: not the capability of a feature table") \
	X(LOCATOR_SHORT, "locator: capability is too short") \
	X(LOCATOR_CUT, "locator: capability reaches past the end of config space") \
	X(LOCATOR_SIGNATURE, "locator: signature is wrong") \
	X(LOCATOR_REVISION, "locator: revision is unknown") \
	X(LOCATOR_BAR, "locator: there is no such BAR") \
	X(LOCATOR_ALIGN, "locator: offset or length is not a multiple of 16") \
	X(LOCATOR_LENGTH, "locator: length has no room for a table") \
	X(LOCATOR_WINDOW, "locator: offset + length is past the end of the BAR") \
	X(GONE, "window reads all ones, the device is gone") \
	X(BUSY, "GENERATION is odd, the table is being rewritten") \
	X(TORN, "GENERATION changed while the table was read") \
	X(SIGNATURE, "SIGNATURE is wrong") \
	X(MAJOR, "VERSION has an unknown major") \
	X(MAX_LEAF, "MAX_LEAF is out of range") \
	X(WINDOW, "MAX_LEAF is past the end of the window") \
	X(NWORDS, "NWORDS is out of range") \
	X(NWORDS_LEAF, "NWORDS is past MAX_LEAF") \
	X(BOUNDARY, "SHARED_GPA_BOUNDARY is out of range") \
	X(BOUNDARY_BIT, "SHARED_GPA_BOUNDARY and feature shared-gpa-boundary disagree") \
	X(TEE, "TEE names a type without feature confidential") \
	X(NEEDS, "a feature is on without the one it needs") \
	X(EXCLUDES, "two features are on that exclude each other")

#define PVFEAT_ENUM_CHECK_(id, text) PVFEAT_BAD_##id,
enum pvfeat_check { PVFEAT_OK, PVFEAT_CHECKS(PVFEAT_ENUM_CHECK_) PVFEAT_NR_CHECKS };

/**
 * struct pvfeat_verdict - the result of the checks
 * @check: PVFEAT_OK, or the first check that failed
 * @found: the value that failed the check; for NEEDS and EXCLUDES a feature's number
 * @bound: the value that @found was compared with; for NEEDS and EXCLUDES the number
 *         of the other feature
 */
struct pvfeat_verdict {
	enum pvfeat_check check;
	__u32 found;
	__u32 bound;
};

/**
 * struct pvfeat_locator - location of the table
 * @offset: bytes from the start of the BAR, a multiple of 16
 * @length: bytes reserved for the table, a multiple of 16, at least 64
 * @bar: number of the BAR, 0..5
 */
struct pvfeat_locator {
	__u32 offset;
	__u32 length;
	__u8 bar;
};

/**
 * struct pvfeat_table - a private copy of a table, in CPU byte order
 * @nr: number of words in use in @words, whole leaves; 0 if there is no table
 * @words: the words
 */
struct pvfeat_table {
	unsigned int nr;
	__u32 words[PVFEAT_TABLE_MAX_WORDS];
};

/**
 * typedef pvfeat_read_fn - read one word of a window
 * @context: the window, as passed to pvfeat_table_read()
 * @word: number of the word, below the capacity that was passed to pvfeat_table_read()
 *
 * Reads of a window that can change must reach the window in the order of the calls,
 * each exactly once.
 *
 * Return: the word in CPU byte order.
 */
typedef __u32 (*pvfeat_read_fn)(void *context, unsigned int word);

bool pvfeat_locator_parse(const __u8 *cap, size_t size, bool dvsec,
			  struct pvfeat_locator *locator,
			  struct pvfeat_verdict *verdict);
bool pvfeat_locator_fits(const struct pvfeat_locator *locator, __u64 bar_size,
			 struct pvfeat_verdict *verdict);

bool pvfeat_table_read(struct pvfeat_table *table, pvfeat_read_fn read,
		       void *context, unsigned int capacity,
		       struct pvfeat_verdict *verdict);
bool pvfeat_table_check(const struct pvfeat_table *table,
			struct pvfeat_verdict *verdict);

/* Size of the text of a difference: the name of a field and two numbers */
#define PVFEAT_DIFFERENCE_TEXT	48

/**
 * typedef pvfeat_difference_fn - receive one difference between two tables
 * @context: as passed to pvfeat_table_compare()
 * @text: the difference
 */
typedef void (*pvfeat_difference_fn)(void *context, const char *text);

bool pvfeat_table_compare(const struct pvfeat_table *table,
			  const struct pvfeat_table *reference,
			  pvfeat_difference_fn difference, void *context);

/* Size of the buffer for pvfeat_describe_verdict() */
#define PVFEAT_VERDICT_TEXT	160

int pvfeat_describe_verdict(const struct pvfeat_verdict *verdict, char *buf,
			    size_t size);
const char *pvfeat_check_text(enum pvfeat_check check);
const char *pvfeat_feature_name(unsigned int feature);

/* Size of the buffer for pvfeat_feature_label() */
#define PVFEAT_FEATURE_LABEL	20

const char *pvfeat_feature_label(unsigned int feature, char *buf, size_t size);
__u32 pvfeat_warnings(unsigned int word);
const char *pvfeat_tee_name(unsigned int type);
const char *pvfeat_access_name(unsigned int method);

/* Make the header that of a table of this revision with @nwords feature words */
static inline void pvfeat_table_header(struct pvfeat_table *t, __u32 nwords)
{
	t->words[PVFEAT_W_MAX_LEAF] = PVFEAT_MAX_LEAF(nwords);
	t->words[PVFEAT_W_SIGNATURE_B] = PVFEAT_SIGNATURE_B;
	t->words[PVFEAT_W_SIGNATURE_C] = PVFEAT_SIGNATURE_C;
	t->words[PVFEAT_W_SIGNATURE_D] = PVFEAT_SIGNATURE_D;
	t->words[PVFEAT_W_VERSION] = PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT |
				     PVFEAT_VERSION_MINOR;
	t->words[PVFEAT_W_NWORDS] = nwords;
	t->nr = PVFEAT_LEAVES(nwords) * PVFEAT_WORDS_PER_LEAF;
}

/* A word as the digest covers it (PVF-DRV-46) */
static inline __u32 pvfeat_table_digest_word(const struct pvfeat_table *t, unsigned int word)
{
	return word == PVFEAT_W_GENERATION ? 0 : t->words[word];
}

/* Number of bytes that a table can take in the window; LENGTH may be larger */
static inline __u32 pvfeat_locator_bytes(const struct pvfeat_locator *locator)
{
	return locator->length < PVFEAT_TABLE_MAX_BYTES ? locator->length :
							  PVFEAT_TABLE_MAX_BYTES;
}

/* Whether another attempt may succeed after this verdict */
static inline bool pvfeat_verdict_transient(const struct pvfeat_verdict *v)
{
	return v->check == PVFEAT_BAD_BUSY || v->check == PVFEAT_BAD_TORN;
}

/* The accessors below are for tables that passed pvfeat_table_check(). */

/*
 * Number of feature words that have a meaning in this revision: without those of a later
 * minor revision and, if PARAVISOR_ID is 0, without the implementation-specific ones
 */
static inline unsigned int pvfeat_table_nwords(const struct pvfeat_table *t)
{
	const __u32 known = t->words[PVFEAT_W_PARAVISOR_ID] ? PVFEAT_NWORDS_MAX :
			    PVFEAT_FIRST_VENDOR_FEATURE / PVFEAT_BITS_PER_WORD;
	const __u32 nwords = t->words[PVFEAT_W_NWORDS];

	return nwords < known ? nwords : known;
}

static inline const __u32 *pvfeat_table_features(const struct pvfeat_table *t)
{
	return t->words + PVFEAT_W_FEATURES;
}

static inline bool pvfeat_words_have(const __u32 *features, unsigned int nwords,
				     unsigned int feature)
{
	unsigned int word = feature / PVFEAT_BITS_PER_WORD;

	return word < nwords &&
	       features[word] >> (feature % PVFEAT_BITS_PER_WORD) & 1;
}

static inline bool pvfeat_table_has(const struct pvfeat_table *t,
				    unsigned int feature)
{
	return pvfeat_words_have(pvfeat_table_features(t),
				 pvfeat_table_nwords(t), feature);
}

/* A feature word; 0 past the words that have a meaning */
static inline __u32 pvfeat_table_word(const struct pvfeat_table *t, unsigned int word)
{
	return word < pvfeat_table_nwords(t) ? pvfeat_table_features(t)[word] : 0;
}

static inline __u32 pvfeat_table_boundary(const struct pvfeat_table *t)
{
	return t->words[PVFEAT_W_ACCESS] >> PVFEAT_ACCESS_BOUNDARY_SHIFT &
	       PVFEAT_ACCESS_BOUNDARY_MASK;
}

/*
 * Number of feature words that are compared and merged between two tables: all, or, if
 * their PARAVISOR_IDs differ, all except the implementation-specific ones
 */
static inline unsigned int pvfeat_table_common(const struct pvfeat_table *a,
					       const struct pvfeat_table *b)
{
	return a->words[PVFEAT_W_PARAVISOR_ID] == b->words[PVFEAT_W_PARAVISOR_ID] ?
	       PVFEAT_NWORDS_MAX : PVFEAT_FIRST_VENDOR_FEATURE / PVFEAT_BITS_PER_WORD;
}

/* Number of features that are on */
static inline unsigned int pvfeat_table_count(const struct pvfeat_table *t)
{
	unsigned int i, count = 0;
	__u32 word;

	for (i = 0; i < pvfeat_table_nwords(t); i++)
		for (word = pvfeat_table_features(t)[i]; word; word &= word - 1)
			count++;
	return count;
}

#endif /* _PVFEAT_TABLE_H */
