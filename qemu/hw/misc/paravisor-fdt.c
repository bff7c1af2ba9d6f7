/*
 * Paravisor feature table: the DeviceTree window
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/misc/paravisor-features.h"
#include "system/device_tree.h"

void paravisor_features_add_fdt(void *fdt, const char *property)
{
    unsigned nr;
    const uint32_t *words = paravisor_features_firmware_words(&nr);
    g_autofree uint32_t *cells = NULL;

    if (!words) {
        return;
    }
    cells = g_new(uint32_t, nr);
    for (unsigned i = 0; i < nr; i++) {
        cells[i] = cpu_to_be32(words[i]);
    }
    qemu_fdt_add_subnode(fdt, "/paravisor");
    qemu_fdt_setprop_string(fdt, "/paravisor", "compatible",
                            PVFEAT_DT_COMPATIBLE);
    qemu_fdt_setprop(fdt, "/paravisor", property, cells, nr * sizeof(*cells));
}
