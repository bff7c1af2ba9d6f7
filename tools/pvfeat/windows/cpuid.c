// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPUID window: the only file with code for a single architecture.
 */
#include "cpuid_window.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <string.h>

bool cpuid_exists(void)
{
	return true;
}

bool cpuid_has_hypervisor(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx >> 31;
}

static void read_leaf(__u32 leaf, __u32 *regs)
{
	__cpuid_count(leaf, 0, regs[0], regs[1], regs[2], regs[3]);
}

bool cpuid_hyperv(struct pvfeat_hyperv *leaves)
{
	return cpuid_has_hypervisor() && pvfeat_hyperv_read(leaves, read_leaf);
}

#define LEAF_TDX			0x21
#define LEAF_AMD_ENCRYPTION		0x8000001f
#define AMD_ENCRYPTION_EAX_SEV		0x2

static bool is_tdx(void)
{
	__u32 regs[4];

	if (__get_cpuid_max(0, NULL) < LEAF_TDX)
		return false;
	read_leaf(LEAF_TDX, regs);
	/* The signature is in EBX, EDX, ECX */
	return !memcmp(&regs[1], "Inte", 4) && !memcmp(&regs[3], "lTDX", 4) &&
	       !memcmp(&regs[2], "    ", 4);
}

/*
 * CPUID reports TDX and Hyper-V's isolation. The SEV bit may indicate a capability of
 * the processor only; the register that reports the state of the guest can be read only
 * by the kernel.
 */
enum guest cpuid_guest(void)
{
	unsigned int eax, ebx, ecx, edx;
	struct pvfeat_hyperv leaves;

	if (is_tdx())
		return GUEST_CONFIDENTIAL;
	if (!cpuid_has_hypervisor())
		return GUEST_PLAIN;
	if (cpuid_hyperv(&leaves))
		return GUEST_CONFIDENTIAL;
	if (__get_cpuid(LEAF_AMD_ENCRYPTION, &eax, &ebx, &ecx, &edx) &&
	    eax & AMD_ENCRYPTION_EAX_SEV)
		return GUEST_UNKNOWN;
	return GUEST_PLAIN;
}

__u32 cpuid_word(void *window, unsigned int word)
{
	struct cpuid_window *w = window;
	__u32 leaf = PVFEAT_BASE + word / PVFEAT_WORDS_PER_LEAF;

	if (w->leaf != leaf)
		__cpuid_count(leaf, 0, w->regs[0], w->regs[1], w->regs[2],
			      w->regs[3]);
	w->leaf = leaf;
	return w->regs[word % PVFEAT_WORDS_PER_LEAF];
}

#else

bool cpuid_exists(void)
{
	return false;
}

bool cpuid_has_hypervisor(void)
{
	return false;
}

enum guest cpuid_guest(void)
{
	return GUEST_UNKNOWN;
}

bool cpuid_hyperv(struct pvfeat_hyperv *leaves)
{
	(void)leaves;
	return false;
}

__u32 cpuid_word(void *window, unsigned int word)
{
	(void)window;
	(void)word;
	return 0;
}

#endif
