/*
 * A guest that its kernel detects as confidential, for tests only
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TARGET_I386_VBS_GUEST_H
#define TARGET_I386_VBS_GUEST_H

/* Hyper-V's synthetic MSRs */
#define VBS_MSR_FIRST   0x40000000
#define VBS_MSR_LAST    0x400000ff
/* An MSR of the processor */
#define VBS_MSR_SEV_STATUS  0xc0010131

/**
 * vbs_guest_cpuid: read one of Hyper-V's CPUID leaves
 * @leaf: the leaf
 * @regs: filled in: EAX, EBX, ECX, EDX
 *
 * Returns: false if the machine has no vbs-guest, or vbs-guest does not provide
 * the leaf.
 */
bool vbs_guest_cpuid(uint32_t leaf, uint32_t regs[4]);

/**
 * vbs_guest_rdmsr: read one of Hyper-V's MSRs, or SEV_STATUS
 * @cpu_index: index of the vCPU that reads it
 * @msr: the MSR, VBS_MSR_FIRST to VBS_MSR_LAST or VBS_MSR_SEV_STATUS
 *
 * Returns: the value; 0 if the machine has no vbs-guest.
 */
uint64_t vbs_guest_rdmsr(int cpu_index, uint32_t msr);

/**
 * vbs_guest_wrmsr: write one of Hyper-V's MSRs
 * @msr: the MSR, VBS_MSR_FIRST to VBS_MSR_LAST
 * @value: the value
 *
 * The write is ignored if the machine has no vbs-guest.
 */
void vbs_guest_wrmsr(uint32_t msr, uint64_t value);

#endif
