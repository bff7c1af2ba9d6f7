/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table and the kind of guest, from CPUID. Only cpuid.c executes the instruction.
 */
#ifndef CPUID_WINDOW_H
#define CPUID_WINDOW_H

#include <stdbool.h>

#include <linux/types.h>
#include <linux/pvfeat-abi.h>

#include "guest.h"
#include "pvfeat_translate.h"

/* Cache of the last leaf, which has four words: reading it may exit to the hypervisor */
struct cpuid_window {
	__u32 leaf;
	__u32 regs[PVFEAT_WORDS_PER_LEAF];
};

/* Whether this architecture has CPUID */
bool cpuid_exists(void);

/* PVF-DRV-43: whether a hypervisor is present, without which the range is undefined */
bool cpuid_has_hypervisor(void);

/* Like guest_kind(), from CPUID alone; GUEST_UNKNOWN without CPUID */
enum guest cpuid_guest(void);

/* Read Hyper-V's isolation leaves; false if there are none, see pvfeat_hyperv_read() */
bool cpuid_hyperv(struct pvfeat_hyperv *leaves);

/* Read a word of the table, for pvfeat_table_read(); @window is zeroed before the first */
__u32 cpuid_word(void *window, unsigned int word);

#endif /* CPUID_WINDOW_H */
