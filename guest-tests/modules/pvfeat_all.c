// SPDX-License-Identifier: GPL-2.0
/*
 * Loading this module calls pvfeat_has() for every possible feature and logs the
 * names of those that are on.
 */
#include <linux/module.h>

#include "pvfeat.h"
#include "pvfeat_table_copy.h"

static int __init pvfeat_all_init(void)
{
	char label[PVFEAT_FEATURE_LABEL];
	unsigned int feature;

	for (feature = 0; feature < PVFEAT_FEATURES_MAX; feature++) {
		if (pvfeat_has(feature))
			pr_info("pvfeat_all: on: %s\n",
				pvfeat_feature_label(feature, label, sizeof(label)));
	}
	return 0;
}
module_init(pvfeat_all_init);

static void __exit pvfeat_all_exit(void)
{
}
module_exit(pvfeat_all_exit);

MODULE_DESCRIPTION("Test of paravisor feature enumeration: log all features that are on");
MODULE_LICENSE("GPL");
