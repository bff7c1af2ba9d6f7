/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features, for other kernel code: "check feature 13".
 */
#ifndef _LINUX_PVFEAT_H
#define _LINUX_PVFEAT_H

#include <linux/bitops.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/pvfeat-abi.h>

struct notifier_block;

/**
 * struct pvfeat_set - features that are on
 * @features: bit f is feature f
 * @generation: of the table that they were derived from; 0 without one
 * @nwords: 32-bit words that this table has, and a merged feature needs; 0 without one
 */
struct pvfeat_set {
	DECLARE_BITMAP(features, PVFEAT_FEATURES_MAX);
	u32 generation;
	u32 nwords;
};

/**
 * pvfeat_set_has - ask whether a feature is in a set
 * @set: the set
 * @feature: number of the feature
 */
static inline bool pvfeat_set_has(const struct pvfeat_set *set,
				  unsigned int feature)
{
	return feature < PVFEAT_FEATURES_MAX && test_bit(feature, set->features);
}

/* Event of pvfeat_register_notifier(): features were turned on or off */
#define PVFEAT_CHANGED	1
/* Event: the same features, but another generation or number of words */
#define PVFEAT_RENEWED	2

/**
 * struct pvfeat_change - data of both events
 * @before: the set that was delivered last
 * @after: the set that replaced it
 *
 * Both are valid during the callback only.
 */
struct pvfeat_change {
	const struct pvfeat_set *before;
	const struct pvfeat_set *after;
};

#if IS_REACHABLE(CONFIG_PVFEAT)

int pvfeat_register_notifier(struct notifier_block *nb);
int pvfeat_unregister_notifier(struct notifier_block *nb);
void pvfeat_read_set(struct pvfeat_set *set);

/* For pvfeat_has(); a whole set is read by pvfeat_read_set() */
extern struct pvfeat_set pvfeat_effective;

/**
 * pvfeat_has - ask whether the paravisor offers a feature
 * @feature: a feature of the registry, such as PVFEAT_ATTESTATION_REPORT, or
 *           the number of an implementation's own one
 *
 * The answer is that of the effective set, which changes when windows are added,
 * changed and removed. Built in, the CPUID and DeviceTree windows are read at
 * core_initcall, before PCI is scanned; the ACPI window at fs_initcall; the PCI
 * window, which may turn features off again, when its function is bound, from
 * device_initcall on. Before that every answer is "off". A caller that decides early
 * registers a notifier as well.
 *
 * A warning (direct-host-call, servicing, migration, debug) is on if any window that
 * contributes has it. Features from PVFEAT_FIRST_VENDOR_FEATURE on have a meaning only
 * together with the PARAVISOR_ID of the reference, see the ABI document. Features from
 * PVFEAT_FEATURES_MAX on are off. Answers that belong together are those of one
 * pvfeat_read_set().
 *
 * With a constant it costs what boot_cpu_has() does: one load and a test.
 *
 * Context: Any. No lock is taken.
 * Return: true if the feature is on; false if it is off, unknown, or if there
 * is no paravisor.
 */
static inline bool pvfeat_has(unsigned int feature)
{
	return pvfeat_set_has(&pvfeat_effective, feature);
}

#else

static inline bool pvfeat_has(unsigned int feature)
{
	return false;
}

static inline void pvfeat_read_set(struct pvfeat_set *set)
{
	memset(set, 0, sizeof(*set));
}

static inline int pvfeat_register_notifier(struct notifier_block *nb)
{
	return 0;
}

static inline int pvfeat_unregister_notifier(struct notifier_block *nb)
{
	return 0;
}

#endif /* CONFIG_PVFEAT */

#endif /* _LINUX_PVFEAT_H */
