// SPDX-License-Identifier: GPL-2.0
/*
 * Torture test: take snapshots as fast as possible, of a function without a driver
 * and of the effective set, while the host changes the table. Each accepted snapshot
 * must be of one generation, see pvfeat_pattern.h. Loading the module runs the test;
 * it fails with -EIO if a snapshot is not.
 */
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "pvfeat.h"
#include "pvfeat_compat.h"
#include "pvfeat_pattern.h"
#include "pvfeat_table_copy.h"

static char *function;
module_param(function, charp, 0);
MODULE_PARM_DESC(function, "PCI address of a function without a driver, as DDDD:BB:DD.F");

static unsigned long snapshots = 10000;
module_param(snapshots, ulong, 0);
MODULE_PARM_DESC(snapshots, "minimum number of accepted snapshots");

static unsigned long generations = 3;
module_param(generations, ulong, 0);
MODULE_PARM_DESC(generations, "minimum number of generations of the snapshots");

static unsigned long sets;
module_param(sets, ulong, 0);
MODULE_PARM_DESC(sets, "minimum number of different effective sets");

struct result {
	unsigned long accepted;
	unsigned long again;
	unsigned long malformed;
	unsigned long mixed;
	unsigned long generations;
	unsigned long sets;
	unsigned long sets_seen;
	unsigned long mixed_sets;
};

static u32 read_word(void *context, unsigned int word)
{
	return ioread32((void __force __iomem *)context + word * 4);
}

static bool set_is_whole(u32 *generation)
{
	u32 words[PVFEAT_NWORDS_MAX];
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	*generation = set.generation;
	bitmap_to_arr32(words, set.features, PVFEAT_FEATURES_MAX);
	return pvfeat_pattern_features(words, PVFEAT_NWORDS_MAX, set.generation);
}

static int run(void __iomem *base, struct pvfeat_table *table, struct result *r)
{
	struct pvfeat_verdict verdict;
	u32 last = ~0, last_set = ~0, set;

	while (r->accepted < snapshots || r->generations < generations ||
	       r->sets_seen < sets) {
		if (pvfeat_table_read(table, read_word, (void __force *)base,
				      PVFEAT_TABLE_MAX_WORDS, &verdict)) {
			r->accepted++;
			r->mixed += !pvfeat_pattern_table(table);
			r->generations += table->words[PVFEAT_W_GENERATION] != last;
			last = table->words[PVFEAT_W_GENERATION];
		} else if (pvfeat_verdict_transient(&verdict)) {
			r->again++;
		} else {
			/* The stable tables of this device are never malformed */
			r->malformed++;
			return -EIO;
		}
		r->sets++;
		r->mixed_sets += !set_is_whole(&set);
		r->sets_seen += set != last_set;
		last_set = set;
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
	return r->mixed || r->mixed_sets ? -EIO : 0;
}

static int __init pvfeat_torture_init(void)
{
	unsigned int domain, bus, slot, fn;
	struct result r = { };
	struct pvfeat_table *table;
	struct pci_dev *pdev;
	void __iomem *base;
	int ret;

	if (!function || sscanf(function, "%x:%x:%x.%x", &domain, &bus, &slot, &fn) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, fn));
	if (!pdev)
		return -ENODEV;
	ret = pci_enable_device(pdev);
	if (ret)
		goto put;
	ret = -ENOMEM;
	base = pci_iomap(pdev, PVFEAT_PCI_BAR, PVFEAT_TABLE_MAX_BYTES);
	if (!base)
		goto disable;
	table = kvmalloc_obj(*table, GFP_KERNEL);
	if (table)
		ret = run(base, table, &r);
	kvfree(table);
	pci_iounmap(pdev, base);
	pr_info("pvfeat_torture: kernel: %lu accepted, %lu mixed, %lu generations, %lu tried again, %lu malformed; sets: %lu, %lu mixed, %lu sets seen\n",
		r.accepted, r.mixed, r.generations, r.again, r.malformed, r.sets,
		r.mixed_sets, r.sets_seen);
disable:
	pci_disable_device(pdev);
put:
	pci_dev_put(pdev);
	return ret;
}
module_init(pvfeat_torture_init);

static void __exit pvfeat_torture_exit(void)
{
}
module_exit(pvfeat_torture_exit);

MODULE_DESCRIPTION("Torture test of paravisor feature enumeration");
MODULE_LICENSE("GPL");
