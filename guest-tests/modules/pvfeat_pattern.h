/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pattern that the host writes in the torture test: PARAVISOR_ID,
 * PARAVISOR_VERSION and all feature words but the first equal GENERATION, so
 * that a mix of words of two generations is detected.
 */
#ifndef _PVFEAT_PATTERN_H
#define _PVFEAT_PATTERN_H

#include "pvfeat_table.h"

static inline bool pvfeat_pattern_features(const __u32 *features,
					   unsigned int nwords, __u32 generation)
{
	unsigned int i;

	for (i = 1; i < nwords; i++) {
		if (features[i] != generation)
			return false;
	}
	return nwords > 1;
}

static inline bool pvfeat_pattern_table(const struct pvfeat_table *t)
{
	__u32 generation = t->words[PVFEAT_W_GENERATION];

	return t->words[PVFEAT_W_PARAVISOR_ID] == generation &&
	       t->words[PVFEAT_W_PARAVISOR_VERSION] == generation &&
	       pvfeat_pattern_features(pvfeat_table_features(t),
				       pvfeat_table_nwords(t), generation);
}

#endif /* _PVFEAT_PATTERN_H */
