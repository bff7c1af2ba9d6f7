// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the CPUID window on x86.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include <asm/cpufeature.h>

#include "pvfeat_compat.h"
#include "pvfeat_cpuid.h"
#include "pvfeat_provider.h"

/**
 * struct table_leaves - cache of leaves, as each read may cause a VM exit
 * @known: the leaves that were read
 * @words: EAX, EBX, ECX and EDX of each leaf
 */
struct table_leaves {
	DECLARE_BITMAP(known, PVFEAT_TABLE_MAX_LEAVES);
	u32 words[PVFEAT_TABLE_MAX_WORDS];
};

/**
 * pvfeat_cpuid_read - read a leaf of the table
 * @leaf: number of the leaf in the table
 * @regs: filled in with EAX, EBX, ECX and EDX
 *
 * Context: Any.
 */
void pvfeat_cpuid_read(unsigned int leaf, u32 *regs)
{
	cpuid_count(PVFEAT_BASE + leaf, 0, &regs[0], &regs[1], &regs[2], &regs[3]);
}

/**
 * pvfeat_cpuid_present - whether CPUID has a table (PVF-DRV-43)
 * @first: filled in with the first leaf
 *
 * A processor or hypervisor that does not implement the range returns undefined values.
 *
 * Context: Any.
 * Return: false if there is no hypervisor, or the first leaf has no signature.
 */
bool pvfeat_cpuid_present(u32 *first)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return false;
	pvfeat_cpuid_read(0, first);
	return first[PVFEAT_W_SIGNATURE_B] == PVFEAT_SIGNATURE_B &&
	       first[PVFEAT_W_SIGNATURE_C] == PVFEAT_SIGNATURE_C &&
	       first[PVFEAT_W_SIGNATURE_D] == PVFEAT_SIGNATURE_D;
}

static u32 read_word(void *context, unsigned int word)
{
	const unsigned int leaf = word / PVFEAT_WORDS_PER_LEAF;
	struct table_leaves *leaves = context;

	if (!__test_and_set_bit(leaf, leaves->known))
		pvfeat_cpuid_read(leaf, &leaves->words[leaf * PVFEAT_WORDS_PER_LEAF]);
	return leaves->words[word];
}

static int detect_table(struct pvfeat_view *view)
{
	u32 first[PVFEAT_WORDS_PER_LEAF];
	struct table_leaves *leaves;

	if (!pvfeat_cpuid_present(first))
		return -ENODEV;
	leaves = kvzalloc_obj(*leaves, GFP_KERNEL);
	if (!leaves)
		return -ENOMEM;
	memcpy(leaves->words, first, sizeof(first));
	__set_bit(0, leaves->known);
	view->context = leaves;
	view->capacity = PVFEAT_TABLE_MAX_WORDS;
	return 0;
}

static void free_leaves(struct pvfeat_view *view)
{
	kvfree(view->context);
}

const struct pvfeat_provider pvfeat_cpuid_provider = {
	.name = "cpuid",
	.stage = PVFEAT_STAGE_CORE,
	.detect = detect_table,
	.read = read_word,
	.release = free_leaves,
};
