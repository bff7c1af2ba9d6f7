/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the KUnit suites: helpers that make tables and add windows.
 */
#ifndef _PVFEAT_TEST_H
#define _PVFEAT_TEST_H

#include <kunit/test.h>
#include <linux/string.h>

#include "../pvfeat.h"
#include "../pvfeat_provider.h"
#include "../pvfeat_table.h"

struct pvfeat_window;

/* Providers that find no windows themselves; see pvfeat_kunit_main.c */
extern const struct pvfeat_provider test_pci;
extern const struct pvfeat_provider test_cpuid;
extern const struct pvfeat_provider test_dt;
extern const struct pvfeat_provider test_acpi;

struct pvfeat_window *add_window(struct kunit *test,
				 const struct pvfeat_provider *provider,
				 bool range_private, const struct pvfeat_table *t);

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

/* Number of features that are on, queried one by one */
static inline unsigned int count_effective(void)
{
	unsigned int feature, count = 0;

	for (feature = 0; feature < PVFEAT_FEATURES_MAX; feature++)
		count += pvfeat_has(feature);
	return count;
}

#endif /* _PVFEAT_TEST_H */
