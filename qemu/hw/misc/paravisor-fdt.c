/*
 * Paravisor feature table: the DeviceTree window
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <libfdt.h>
#include "hw/boards.h"
#include "hw/misc/paravisor-features.h"
#include "system/device_tree.h"

#define NODE "/paravisor"

/*
 * Write the table into a property that has room for the longest table. Tags of
 * a tree cannot move once it is loaded, so the room that a shorter table does
 * not use is filled with FDT_NOP tags, which readers skip.
 */
static void write_table(void *fdt, const ParavisorTable *t)
{
    static const char * const names[] = {
        PVFEAT_DT_PROPERTY, PVFEAT_DT_PROPERTY_ARM
    };
    int node = fdt_path_offset(fdt, NODE);

    for (size_t i = 0; node >= 0 && i < ARRAY_SIZE(names); i++) {
        struct fdt_property *p = fdt_get_property_w(fdt, node, names[i], NULL);
        fdt32_t *cells;

        if (!p) {
            continue;
        }
        cells = (fdt32_t *)p->data;
        for (unsigned w = 0; w < PARAVISOR_TABLE_WORDS; w++) {
            cells[w] = cpu_to_fdt32(w < t->nr ? t->words[w] : FDT_NOP);
        }
        p->len = cpu_to_fdt32(t->nr * sizeof(*cells));
    }
}

void paravisor_firmware_add_fdt(void *fdt, const char *property)
{
    static const uint32_t room[PARAVISOR_TABLE_WORDS];
    const ParavisorTable *t = paravisor_firmware_table();

    if (!t) {
        return;
    }
    qemu_fdt_add_subnode(fdt, NODE);
    qemu_fdt_setprop_string(fdt, NODE, "compatible", PVFEAT_DT_COMPATIBLE);
    qemu_fdt_setprop(fdt, NODE, property, room, sizeof(room));
    write_table(fdt, t);
}

void paravisor_firmware_update_fdt(void *fdt)
{
    MachineState *machine = MACHINE(qdev_get_machine());
    const ParavisorTable *t = paravisor_firmware_table();

    /* A tree from -dtb is the user's and may have no room for the table */
    if (!t || machine->dtb) {
        return;
    }
    write_table(fdt, t);
    /* The command "dumpdtb" shows this tree */
    write_table(machine->fdt, t);
}
