/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the KUnit suites: helpers that make tables.
 */
#ifndef _PVFEAT_TEST_H
#define _PVFEAT_TEST_H

#include <kunit/test.h>
#include <linux/string.h>

#include "../pvfeat_table.h"

/* A good table of @nwords feature words, all features off */
static inline void good_table(struct pvfeat_table *t, unsigned int nwords)
{
	memset(t, 0, sizeof(*t));
	t->nr = PVFEAT_LEAVES(nwords) * PVFEAT_WORDS_PER_LEAF;
	t->words[PVFEAT_W_MAX_LEAF] = PVFEAT_MAX_LEAF(nwords);
	t->words[PVFEAT_W_SIGNATURE_B] = PVFEAT_SIGNATURE_B;
	t->words[PVFEAT_W_SIGNATURE_C] = PVFEAT_SIGNATURE_C;
	t->words[PVFEAT_W_SIGNATURE_D] = PVFEAT_SIGNATURE_D;
	t->words[PVFEAT_W_VERSION] =
		PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT;
	t->words[PVFEAT_W_NWORDS] = nwords;
}

static inline void turn_on(struct pvfeat_table *t, unsigned int feature)
{
	t->words[PVFEAT_W_FEATURES + feature / 32] |= 1u << feature % 32;
}

static inline struct pvfeat_table *new_table(struct kunit *test,
					     unsigned int nwords)
{
	struct pvfeat_table *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	good_table(t, nwords);
	return t;
}

#endif /* _PVFEAT_TEST_H */
