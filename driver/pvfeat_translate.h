/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: translation of other enumeration interfaces into a feature table.
 *
 * Like pvfeat_table.h, this is compiled in the kernel and in user space.
 */
#ifndef _PVFEAT_TRANSLATE_H
#define _PVFEAT_TRANSLATE_H

#include "pvfeat_table.h"

/* Hyper-V's CPUID leaves, from its Top Level Functional Specification and Linux */
#define PVFEAT_HV_BASE			0x40000000u	/* EAX: highest leaf; "Microsoft Hv" */
#define PVFEAT_HV_PRIVILEGES		0x40000003u
#define PVFEAT_HV_EBX_ISOLATION		0x00400000u
#define PVFEAT_HV_ISOLATION		0x4000000cu
#define PVFEAT_HV_EAX_PARAVISOR		0x1u
#define PVFEAT_HV_EBX_TYPE		0xfu
#define PVFEAT_HV_TYPE_VBS		1
#define PVFEAT_HV_TYPE_SNP		2
#define PVFEAT_HV_TYPE_TDX		3
#define PVFEAT_HV_EBX_BOUNDARY_ACTIVE	0x20u
#define PVFEAT_HV_EBX_BOUNDARY_SHIFT	6
#define PVFEAT_HV_EBX_BOUNDARY		0x3fu
#define PVFEAT_HV_VS_INTERFACE		0x40000081u	/* EAX: "VS#1" */
#define PVFEAT_HV_VS_SIGNATURE		0x31235356u
#define PVFEAT_HV_VS_PROPERTIES		0x40000082u
#define PVFEAT_HV_VS_EAX_DESTINATION	0x4u
#define PVFEAT_HV_VS_EAX_BUS		0x8u

/**
 * typedef pvfeat_cpuid_fn - read a CPUID leaf
 * @leaf: the leaf; its subleaf is 0
 * @regs: filled in: EAX, EBX, ECX, EDX
 */
typedef void (*pvfeat_cpuid_fn)(__u32 leaf, __u32 *regs);

/**
 * struct pvfeat_hyperv - contents of Hyper-V's isolation leaves
 * @paravisor: EAX of PVFEAT_HV_ISOLATION
 * @isolation: EBX of PVFEAT_HV_ISOLATION
 * @stack: EAX of PVFEAT_HV_VS_INTERFACE
 * @properties: EAX of PVFEAT_HV_VS_PROPERTIES; 0 unless @stack is PVFEAT_HV_VS_SIGNATURE
 */
struct pvfeat_hyperv {
	__u32 paravisor;
	__u32 isolation;
	__u32 stack;
	__u32 properties;
};

bool pvfeat_hyperv_read(struct pvfeat_hyperv *leaves, pvfeat_cpuid_fn cpuid);
__u32 pvfeat_hyperv_translate(const struct pvfeat_hyperv *leaves, struct pvfeat_table *table);
void pvfeat_translation_fill(struct pvfeat_table *filled, const struct pvfeat_table *translation,
			     __u32 mask, const struct pvfeat_table *table);

#endif /* _PVFEAT_TRANSLATE_H */
