/*
 * Stubs of vbs-guest's hooks for a QEMU without that device
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vbs-guest.h"

bool vbs_guest_cpuid(uint32_t leaf, uint32_t regs[4])
{
    return false;
}

uint64_t vbs_guest_rdmsr(int cpu_index, uint32_t msr)
{
    return 0;
}

void vbs_guest_wrmsr(uint32_t msr, uint64_t value)
{
}
