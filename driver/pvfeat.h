/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: the interface for other kernel code.
 */
#ifndef _LINUX_PVFEAT_H
#define _LINUX_PVFEAT_H

#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/pvfeat-abi.h>

struct notifier_block;

/**
 * struct pvfeat_set - features that are on
 * @features: bit f is feature f
 * @generation: GENERATION of the reference; 0 if there is no reference
 * @nwords: number of feature words of the reference, or more if a merged feature needs
 *	them; 0 if there is no reference
 */
struct pvfeat_set {
	DECLARE_BITMAP(features, PVFEAT_FEATURES_MAX);
	u32 generation;
	u32 nwords;
};

/**
 * pvfeat_set_has - test whether a feature is in a set
 * @set: the set
 * @feature: number of the feature
 *
 * Return: true if the feature is on.
 */
static inline bool pvfeat_set_has(const struct pvfeat_set *set,
				  unsigned int feature)
{
	return feature < PVFEAT_FEATURES_MAX && test_bit(feature, set->features);
}

/* Event for pvfeat_register_notifier(): features were turned on or off */
#define PVFEAT_CHANGED	1
/* Event: the generation or the number of words changed, but the features did not */
#define PVFEAT_RENEWED	2

/**
 * struct pvfeat_change - data of both events
 * @before: the previously delivered set
 * @after: the set that replaced it
 *
 * Both are valid only during the callback.
 */
struct pvfeat_change {
	const struct pvfeat_set *before;
	const struct pvfeat_set *after;
};

#if IS_REACHABLE(CONFIG_PVFEAT)

int pvfeat_register_notifier(struct notifier_block *nb);
int pvfeat_unregister_notifier(struct notifier_block *nb);
void pvfeat_read_set(struct pvfeat_set *set);

/* Only for pvfeat_has(); use pvfeat_read_set() to read the whole set */
extern struct pvfeat_set pvfeat_effective;

/**
 * pvfeat_has - test whether the paravisor offers a feature
 * @feature: a feature of the registry, such as PVFEAT_ATTESTATION_REPORT, or
 *           the number of an implementation-specific feature
 *
 * The answer is taken from the effective set, which changes when windows are added,
 * changed or removed. If the driver is built in, it reads the CPUID and DeviceTree
 * windows at core_initcall, before PCI is scanned, the ACPI window at fs_initcall, and
 * the PCI window, which may turn features off again, when its function is bound, from
 * device_initcall on. Before that every feature is off. A caller that decides early
 * should also register a notifier; one that decides before core_initcall calls
 * pvfeat_early_has().
 *
 * A warning (direct-host-call, servicing, migration, debug) is on if any contributing
 * window has it. Features from PVFEAT_FIRST_VENDOR_FEATURE on have a meaning only
 * together with the PARAVISOR_ID of the reference, see the ABI document. Features from
 * PVFEAT_FEATURES_MAX on are off. To get several answers that are consistent with each
 * other, call pvfeat_read_set() once.
 *
 * With a constant @feature the cost is that of boot_cpu_has(): one load and one test.
 *
 * Context: Any. No lock is taken.
 * Return: true if the feature is on; false if it is off or unknown, or if there
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

/* Answers before core_initcall, in kernels with the driver built in */
#ifdef CONFIG_PVFEAT_EARLY

void __init pvfeat_early_init(void);
bool __init pvfeat_early_has(unsigned int feature);

#else

static inline void pvfeat_early_init(void)
{
}

static inline bool pvfeat_early_has(unsigned int feature)
{
	return false;
}

#endif /* CONFIG_PVFEAT_EARLY */

#endif /* _LINUX_PVFEAT_H */
