/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What CPUID returns: the table, and the kind of guest. Only cpuid.c has the instruction.
 */
#ifndef CPUID_WINDOW_H
#define CPUID_WINDOW_H

#include <stdbool.h>

#include <linux/types.h>
#include <linux/pvfeat-abi.h>

#include "guest.h"
#include "pvfeat_translate.h"

/* A leaf is four words, and reading it may leave the guest: once is enough */
struct cpuid_window {
	__u32 leaf;
	__u32 regs[PVFEAT_WORDS_PER_LEAF];
};

/* Whether this architecture has CPUID */
bool cpuid_exists(void);

/* PVF-DRV-43: whether a hypervisor is present; only then it defines the range */
bool cpuid_has_hypervisor(void);

/* As guest_kind(), from CPUID alone; GUEST_UNKNOWN without CPUID */
enum guest cpuid_guest(void);

/* What Hyper-V reports of isolation; false if it does not, see pvfeat_hyperv_read() */
bool cpuid_hyperv(struct pvfeat_hyperv *leaves);

/* A word of the table, for pvfeat_table_read(); @window is zeroed at first */
__u32 cpuid_word(void *window, unsigned int word);

#endif /* CPUID_WINDOW_H */
