// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat: the CPUID window. All that the tool has for one architecture only.
 */
#include "cpuid_window.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

bool cpuid_exists(void)
{
	return true;
}

bool cpuid_has_hypervisor(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx >> 31;
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

__u32 cpuid_word(void *window, unsigned int word)
{
	(void)window;
	(void)word;
	return 0;
}

#endif
