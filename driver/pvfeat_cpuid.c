// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the CPUID window, on x86.
 */
#include "pvfeat_compat.h"
#include "pvfeat_core.h"

#ifdef PVFEAT_X86

#include <asm/cpufeature.h>

/**
 * struct cpuid_window - cache of the leaf that was read last
 * @leaf: its number; 0 if none was read
 * @regs: EAX, EBX, ECX, EDX
 */
struct cpuid_window {
	u32 leaf;
	u32 regs[PVFEAT_WORDS_PER_LEAF];
};

/* CPUID may cause an exit; read each leaf of four words once */
static u32 read_word(void *context, unsigned int word)
{
	struct cpuid_window *w = context;
	u32 leaf = PVFEAT_BASE + word / PVFEAT_WORDS_PER_LEAF;

	if (w->leaf != leaf) {
		cpuid_count(leaf, 0, &w->regs[0], &w->regs[1], &w->regs[2],
			    &w->regs[3]);
		w->leaf = leaf;
	}
	return w->regs[word % PVFEAT_WORDS_PER_LEAF];
}

/**
 * pvfeat_cpuid_window - look for the table behind CPUID
 *
 * A processor or hypervisor that does not implement the range returns undefined
 * values: without the signature the window is absent, which is not an error
 * (PVF-DRV-43).
 *
 * Return: the source, or NULL.
 */
struct pvfeat_source *pvfeat_cpuid_window(void)
{
	struct cpuid_window w = { 0 };

	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR) ||
	    read_word(&w, PVFEAT_W_SIGNATURE_B) != PVFEAT_SIGNATURE_B ||
	    read_word(&w, PVFEAT_W_SIGNATURE_C) != PVFEAT_SIGNATURE_C ||
	    read_word(&w, PVFEAT_W_SIGNATURE_D) != PVFEAT_SIGNATURE_D)
		return NULL;
	return pvfeat_window_add(PVFEAT_KIND_CPUID, read_word, &w,
				 PVFEAT_TABLE_MAX_WORDS);
}

#else

struct pvfeat_source *pvfeat_cpuid_window(void)
{
	return NULL;
}

#endif
