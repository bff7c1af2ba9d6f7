/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: the merge of tables into the effective set.
 */
#ifndef _PVFEAT_EFFECTIVE_H
#define _PVFEAT_EFFECTIVE_H

#include "pvfeat.h"
#include "pvfeat_table.h"

/* How windows that differ are merged; see the ABI document */
enum pvfeat_policy {
	PVFEAT_POLICY_INTERSECT,
	PVFEAT_POLICY_PCI_WINS,
	PVFEAT_POLICY_ALL_OR_NOTHING,
	PVFEAT_NR_POLICIES
};

extern const char * const pvfeat_policy_names[PVFEAT_NR_POLICIES];

/**
 * struct pvfeat_merge - a merge in progress
 * @policy: how tables that differ are merged
 * @reference: the table that the others are merged with; NULL if there is none
 * @words: the features merged so far; feature f is bit f % 32 of word f / 32
 * @nwords: number of words in use in @words
 * @differ: whether any of the tables differed from @reference
 */
struct pvfeat_merge {
	enum pvfeat_policy policy;
	const struct pvfeat_table *reference;
	u32 words[PVFEAT_NWORDS_MAX];
	u32 nwords;
	bool differ;
};

void pvfeat_merge_begin(struct pvfeat_merge *merge, enum pvfeat_policy policy,
			const struct pvfeat_table *reference);
void pvfeat_merge_table(struct pvfeat_merge *merge, const struct pvfeat_table *table,
			bool differs);
void pvfeat_merge_publish(struct pvfeat_merge *merge);
void pvfeat_effective_observe(void (*changed)(const struct pvfeat_set *now));
void pvfeat_effective_flush(void);

#endif /* _PVFEAT_EFFECTIVE_H */
