/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features, for other kernel code: "check feature 13".
 */
#ifndef _LINUX_PVFEAT_H
#define _LINUX_PVFEAT_H

#include <linux/bitops.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/pvfeat-abi.h>

#if IS_REACHABLE(CONFIG_PVFEAT)

extern unsigned long pvfeat_effective_map[];

/**
 * pvfeat_has - ask whether the paravisor offers a feature
 * @feature: a feature of the registry, such as PVFEAT_ATTESTATION_REPORT, or
 *           the number of an implementation's own one
 *
 * The answer is that of the effective set. It may change while the system runs
 * if the paravisor is serviced or the VM migrates.
 *
 * Context: Any. One load, no lock.
 * Return: true if the feature is on; false if it is off, unknown, or if there
 * is no paravisor.
 */
static inline bool pvfeat_has(unsigned int feature)
{
	return feature < PVFEAT_FEATURES_MAX &&
	       test_bit(feature, pvfeat_effective_map);
}

#else

static inline bool pvfeat_has(unsigned int feature)
{
	return false;
}

#endif /* CONFIG_PVFEAT */

#endif /* _LINUX_PVFEAT_H */
