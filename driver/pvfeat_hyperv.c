// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: Hyper-V's isolation leaves on x86, presented as a window.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "pvfeat_compat.h"
#include "pvfeat_provider.h"
#include "pvfeat_translate.h"
#include "pvfeat_trust.h"

/**
 * struct comparison - comparison of the leaves between processors
 * @leaves: the leaves of one processor
 * @differs: set if another processor has different leaves
 */
struct comparison {
	struct pvfeat_hyperv leaves;
	atomic_t differs;
};

static void compare_leaves(void *context)
{
	struct comparison *comparison = context;
	struct pvfeat_hyperv here;

	if (!pvfeat_isolation_read(&here) ||
	    memcmp(&here, &comparison->leaves, sizeof(here)))
		atomic_set(&comparison->differs, 1);
}

static int detect_isolation(struct pvfeat_view *view)
{
	struct comparison comparison = { .differs = ATOMIC_INIT(0) };
	struct pvfeat_table *table;

	if (!pvfeat_isolation_read(&comparison.leaves))
		return -ENODEV;
	on_each_cpu(compare_leaves, &comparison, 1);
	if (atomic_read(&comparison.differs)) {
		pr_err("hyperv: refused: the leaves of processors differ\n");
		return -EINVAL;
	}
	table = kvmalloc_obj(*table, GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	view->mask = pvfeat_hyperv_translate(&comparison.leaves, table);
	view->context = table;
	view->capacity = table->nr;
	view->range_private = comparison.leaves.paravisor & PVFEAT_HV_EAX_PARAVISOR &&
			      pvfeat_paravisor_answers();
	return 0;
}

static u32 read_word(void *context, unsigned int word)
{
	const struct pvfeat_table *table = context;

	return table->words[word];
}

static void free_table(struct pvfeat_view *view)
{
	kvfree(view->context);
}

const struct pvfeat_provider pvfeat_hyperv_provider = {
	.name = "hyperv",
	.stage = PVFEAT_STAGE_CORE,
	.detect = detect_isolation,
	.read = read_word,
	.release = free_table,
};
