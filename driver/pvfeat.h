/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features, for other kernel code: "check feature 13".
 */
#ifndef _LINUX_PVFEAT_H
#define _LINUX_PVFEAT_H

#include <linux/kconfig.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/pvfeat-abi.h>

struct notifier_block;

/**
 * struct pvfeat_words - a set of features
 * @generation: of the table that it was derived from
 * @nwords: words of @words that are in use
 * @words: feature f is bit f % 32 of word f / 32
 */
struct pvfeat_words {
	u32 generation;
	u32 nwords;
	u32 words[PVFEAT_NWORDS_MAX];
};

/**
 * pvfeat_set_has - ask whether a feature is in a set
 * @set: the set
 * @feature: number of the feature
 */
static inline bool pvfeat_set_has(const struct pvfeat_words *set,
				  unsigned int feature)
{
	return feature / PVFEAT_BITS_PER_WORD < set->nwords &&
	       set->words[feature / PVFEAT_BITS_PER_WORD] >>
			feature % PVFEAT_BITS_PER_WORD & 1;
}

/* The one event of pvfeat_register_notifier() */
#define PVFEAT_CHANGED	1

/**
 * struct pvfeat_change - what comes with PVFEAT_CHANGED
 * @before: the effective set until now
 * @after: the effective set from now on
 *
 * Both are valid during the callback only.
 */
struct pvfeat_change {
	const struct pvfeat_words *before;
	const struct pvfeat_words *after;
};

#if IS_REACHABLE(CONFIG_PVFEAT)

int pvfeat_register_notifier(struct notifier_block *nb);
int pvfeat_unregister_notifier(struct notifier_block *nb);

/* For pvfeat_effective_set() */
extern const struct pvfeat_words __rcu *pvfeat_effective;

/*
 * The words of the effective set for pvfeat_has(), which reads one of them. Each is
 * written by one store, shortly after pvfeat_effective.
 */
extern u32 pvfeat_now[PVFEAT_NWORDS_MAX];

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
 * PVFEAT_FEATURES_MAX on are off.
 *
 * With a constant it costs what boot_cpu_has() does: one load and a test.
 *
 * Context: Any. No lock is taken.
 * Return: true if the feature is on; false if it is off, unknown, or if there
 * is no paravisor.
 */
static inline bool pvfeat_has(unsigned int feature)
{
	return feature / PVFEAT_BITS_PER_WORD < PVFEAT_NWORDS_MAX &&
	       READ_ONCE(pvfeat_now[feature / PVFEAT_BITS_PER_WORD]) >>
			feature % PVFEAT_BITS_PER_WORD & 1;
}

/**
 * pvfeat_effective_set - answers that belong together
 *
 * A set never changes, it is replaced; ask it by pvfeat_set_has().
 *
 * Context: Under rcu_read_lock(), for as long as the set is used.
 * Return: the effective set, empty if there is no paravisor.
 */
static inline const struct pvfeat_words *pvfeat_effective_set(void)
{
	return rcu_dereference(pvfeat_effective);
}

#else

static inline const struct pvfeat_words *pvfeat_effective_set(void)
{
	static const struct pvfeat_words none;

	return &none;
}

static inline bool pvfeat_has(unsigned int feature)
{
	return false;
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
