/*
 * Paravisor feature table: the ACPI window
 *
 * An SSDT with one device, whose _DSD has the words as an array property. Like
 * all ACPI tables, it is rebuilt when firmware reads them after a reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/acpi/aml-build.h"
#include "hw/acpi/bios-linker-loader.h"
#include "hw/misc/paravisor-features.h"

/* "Device Properties", from ACPI's _DSD implementation guide */
#define DSD_PROPERTIES_UUID "DAFFD814-6EBA-4D8C-8A91-BC9BBF4AA301"

void paravisor_firmware_add_acpi(GArray *offsets, GArray *tables,
                                 BIOSLinker *linker, const char *oem_id)
{
    AcpiTable table = { .sig = "SSDT", .rev = 1, .oem_id = oem_id,
                        .oem_table_id = "PVFEAT" };
    const ParavisorTable *t = paravisor_firmware_table();
    Aml *ssdt, *scope, *dev, *array, *property, *properties, *dsd;

    if (!t) {
        return;
    }
    acpi_add_table(offsets, tables);
    acpi_table_begin(&table, tables);
    ssdt = init_aml_allocator();

    QEMU_BUILD_BUG_ON(PARAVISOR_TABLE_WORDS > UINT8_MAX);
    array = aml_package(t->nr);
    for (unsigned i = 0; i < t->nr; i++) {
        aml_append(array, aml_int(t->words[i]));
    }
    property = aml_package(2);
    aml_append(property, aml_string(PVFEAT_ACPI_PROPERTY));
    aml_append(property, array);
    properties = aml_package(1);
    aml_append(properties, property);
    dsd = aml_package(2);
    aml_append(dsd, aml_touuid(DSD_PROPERTIES_UUID));
    aml_append(dsd, properties);

    dev = aml_device("PVFT");
    aml_append(dev, aml_name_decl("_HID", aml_string(PVFEAT_ACPI_HID)));
    aml_append(dev, aml_name_decl("_CID", aml_string(PVFEAT_ACPI_CID)));
    aml_append(dev, aml_name_decl("_STA", aml_int(0xf)));
    aml_append(dev, aml_name_decl("_DSD", dsd));
    scope = aml_scope("\\_SB");
    aml_append(scope, dev);
    aml_append(ssdt, scope);

    g_array_append_vals(tables, ssdt->buf->data, ssdt->buf->len);
    acpi_table_end(linker, &table);
    free_aml_allocator();
}
