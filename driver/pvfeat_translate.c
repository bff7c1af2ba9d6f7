// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: translation of other enumeration interfaces into a feature table.
 *
 * A translation contains only what the other interface reports. Its mask contains the
 * features that this interface can express; the translation has no information about
 * other features.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#include "pvfeat_compat.h"
#else
#include <string.h>
#define EXPORT_SYMBOL_IF_KUNIT(symbol) _Static_assert(1, #symbol)
#endif

#include "pvfeat_translate.h"

#define BIT_OF(id) (1u << PVFEAT_##id)

/**
 * pvfeat_hyperv_read - read the leaves in which Hyper-V reports isolation
 * @leaves: filled in
 * @cpuid: reads a leaf; a hypervisor must be present
 *
 * Return: false if the hypervisor is not Hyper-V, or the partition is not isolated.
 */
bool pvfeat_hyperv_read(struct pvfeat_hyperv *leaves, pvfeat_cpuid_fn cpuid)
{
	__u32 regs[4];

	cpuid(PVFEAT_HV_BASE, regs);
	if (memcmp(&regs[1], "Microsoft Hv", 12) || regs[0] < PVFEAT_HV_ISOLATION)
		return false;
	cpuid(PVFEAT_HV_PRIVILEGES, regs);
	if (!(regs[1] & PVFEAT_HV_EBX_ISOLATION))
		return false;
	cpuid(PVFEAT_HV_ISOLATION, regs);
	leaves->paravisor = regs[0];
	leaves->isolation = regs[1];
	if (!(leaves->isolation & PVFEAT_HV_EBX_TYPE))
		return false;
	cpuid(PVFEAT_HV_VS_INTERFACE, regs);
	leaves->stack = regs[0];
	leaves->properties = 0;
	if (leaves->stack == PVFEAT_HV_VS_SIGNATURE) {
		cpuid(PVFEAT_HV_VS_PROPERTIES, regs);
		leaves->properties = regs[0];
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_hyperv_read);

static __u32 tee_of(__u32 type)
{
	switch (type) {
	case PVFEAT_HV_TYPE_VBS:
		return PVFEAT_TEE_VBS;
	case PVFEAT_HV_TYPE_SNP:
		return PVFEAT_TEE_SEV_SNP;
	case PVFEAT_HV_TYPE_TDX:
		return PVFEAT_TEE_TDX;
	default:
		return PVFEAT_TEE_NONE;
	}
}

/**
 * pvfeat_hyperv_translate - translate Hyper-V's isolation leaves into a table
 * @leaves: the leaves
 * @table: filled in; the caller must check it with pvfeat_table_check(), because the
 *	leaves may contradict each other
 *
 * The leaves report neither the implementation nor how its services are called.
 *
 * Return: the mask for the features of word 0.
 */
__u32 pvfeat_hyperv_translate(const struct pvfeat_hyperv *leaves, struct pvfeat_table *table)
{
	__u32 *words = table->words, mask, on = BIT_OF(CONFIDENTIAL);

	memset(table, 0, sizeof(*table));
	pvfeat_table_header(table, 1);
	words[PVFEAT_W_TEE] = tee_of(leaves->isolation & PVFEAT_HV_EBX_TYPE);

	mask = BIT_OF(CONFIDENTIAL) | BIT_OF(PARAVISOR_MANAGED) | BIT_OF(SHARED_GPA_BOUNDARY);
	if (leaves->paravisor & PVFEAT_HV_EAX_PARAVISOR)
		on |= BIT_OF(PARAVISOR_MANAGED);
	if (leaves->isolation & PVFEAT_HV_EBX_BOUNDARY_ACTIVE) {
		on |= BIT_OF(SHARED_GPA_BOUNDARY);
		words[PVFEAT_W_ACCESS] = (leaves->isolation >> PVFEAT_HV_EBX_BOUNDARY_SHIFT &
					  PVFEAT_HV_EBX_BOUNDARY) << PVFEAT_ACCESS_BOUNDARY_SHIFT;
	}
	if (leaves->stack == PVFEAT_HV_VS_SIGNATURE) {
		mask |= BIT_OF(EXTENDED_DESTINATION) | BIT_OF(CONFIDENTIAL_BUS);
		if (leaves->properties & PVFEAT_HV_VS_EAX_DESTINATION)
			on |= BIT_OF(EXTENDED_DESTINATION);
		if (leaves->properties & PVFEAT_HV_VS_EAX_BUS)
			on |= BIT_OF(CONFIDENTIAL_BUS);
	}
	words[PVFEAT_W_FEATURES] = on;
	return mask;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_hyperv_translate);

/**
 * pvfeat_translation_fill - complete a translation from a table
 * @filled: filled in with @table as it would be if it agreed with @translation
 * @translation: the table of a translation
 * @mask: its mask
 * @table: a good table
 *
 * pvfeat_table_compare() of @filled and @table then finds the differences between the
 * translation and @table.
 */
void pvfeat_translation_fill(struct pvfeat_table *filled, const struct pvfeat_table *translation,
			     __u32 mask, const struct pvfeat_table *table)
{
	const __u32 boundary = PVFEAT_ACCESS_BOUNDARY_MASK << PVFEAT_ACCESS_BOUNDARY_SHIFT;
	__u32 *words = filled->words;

	*filled = *table;
	words[PVFEAT_W_FEATURES] &= ~mask;
	words[PVFEAT_W_FEATURES] |= translation->words[PVFEAT_W_FEATURES] & mask;
	/* TYPE 0 may stand for an undisclosed type */
	if (words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK && translation->words[PVFEAT_W_TEE]) {
		words[PVFEAT_W_TEE] &= ~PVFEAT_TEE_TYPE_MASK;
		words[PVFEAT_W_TEE] |= translation->words[PVFEAT_W_TEE];
	}
	if (pvfeat_table_has(translation, PVFEAT_SHARED_GPA_BOUNDARY) &&
	    pvfeat_table_has(table, PVFEAT_SHARED_GPA_BOUNDARY)) {
		words[PVFEAT_W_ACCESS] &= ~boundary;
		words[PVFEAT_W_ACCESS] |= translation->words[PVFEAT_W_ACCESS] & boundary;
	}
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_translation_fill);
