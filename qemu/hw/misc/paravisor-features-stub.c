/*
 * Paravisor feature table: stubs for a QEMU that is built without it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/misc/paravisor-features.h"

const ParavisorTable *paravisor_firmware_table_at_creation(void)
{
    return NULL;
}

bool paravisor_firmware_cpuid(uint32_t leaf, uint32_t regs[4])
{
    return false;
}

void paravisor_firmware_add_fdt(void *fdt, const char *property)
{
}

void paravisor_firmware_update_fdt(void *fdt)
{
}

void paravisor_firmware_add_acpi(GArray *offsets, GArray *tables,
                                 struct BIOSLinker *linker,
                                 const char *oem_id)
{
}
