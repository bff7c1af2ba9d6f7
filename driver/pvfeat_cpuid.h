/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: access to the table in CPUID on x86.
 */
#ifndef _PVFEAT_CPUID_H
#define _PVFEAT_CPUID_H

#include <linux/types.h>

void pvfeat_cpuid_read(unsigned int leaf, u32 *regs);
bool pvfeat_cpuid_present(u32 *first);

#endif /* _PVFEAT_CPUID_H */
