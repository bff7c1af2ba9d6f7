/*
 * Paravisor feature table: firmware windows where it is not built in
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/misc/paravisor-features.h"

const uint32_t *paravisor_features_firmware_words(unsigned *nr)
{
    return NULL;
}

bool paravisor_features_cpuid(uint32_t leaf, uint32_t regs[4])
{
    return false;
}

void paravisor_features_add_fdt(void *fdt, const char *property)
{
}

void paravisor_features_add_acpi(GArray *offsets, GArray *tables,
                                 struct BIOSLinker *linker,
                                 const char *oem_id)
{
}
