/*
 * Paravisor feature table: the object that owns it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_MISC_PARAVISOR_FEATURES_H
#define HW_MISC_PARAVISOR_FEATURES_H

#include "qemu/queue.h"
#include "qom/object.h"
#include "standard-headers/linux/pvfeat-abi.h"

#define TYPE_PARAVISOR_FEATURES "paravisor-features"
OBJECT_DECLARE_SIMPLE_TYPE(ParavisorFeatures, PARAVISOR_FEATURES)

/* Words of the longest table */
#define PARAVISOR_TABLE_WORDS \
    (PVFEAT_LEAVES(PVFEAT_NWORDS_MAX) * PVFEAT_WORDS_PER_LEAF)

/* A table: nr words in host byte order, whole leaves, and then zeros */
typedef struct ParavisorTable {
    uint32_t words[PARAVISOR_TABLE_WORDS];
    unsigned nr;
} ParavisorTable;

/**
 * paravisor_table_visit: output a table as a ParavisorFeatureTable
 * @t: the table
 * @v: output visitor
 * @name: of the property
 * @errp: error object
 */
void paravisor_table_visit(const ParavisorTable *t, Visitor *v,
                           const char *name, Error **errp);

/**
 * paravisor_table_digest: SHA-256 of a table's words as little-endian bytes
 * @t: the table; its GENERATION is taken as 0
 * @errp: error object
 *
 * Returns: lower-case hexadecimal digits, to be freed by the caller, or NULL
 * with @errp set.
 */
char *paravisor_table_digest(const ParavisorTable *t, Error **errp);

/**
 * paravisor_generation_next: the GENERATION of the change after this one
 * @generation: an even number up to PVFEAT_GENERATION_LAST
 *
 * Returns: such a number; 0 follows the last.
 */
uint32_t paravisor_generation_next(uint32_t generation);

/* A PCI window that presents an object and follows its changes */
typedef struct ParavisorWindow ParavisorWindow;
struct ParavisorWindow {
    /* Called under the BQL when the object has another table than before */
    void (*changed)(ParavisorWindow *window);
    /*
     * The window's current GENERATION. It differs from the object's after a
     * migration: the guest has read the source's.
     */
    uint32_t generation;
    QTAILQ_ENTRY(ParavisorWindow) next;
};

/**
 * paravisor_features_attach: begin to present an object in a window
 * @pf: a completed object; it cannot be deleted before
 *      paravisor_features_detach()
 * @window: the window, with changed set; its generation is set
 */
void paravisor_features_attach(ParavisorFeatures *pf, ParavisorWindow *window);
void paravisor_features_detach(ParavisorFeatures *pf, ParavisorWindow *window);

/**
 * paravisor_features_table: the object's current table
 * @pf: a completed object
 *
 * Returns: the table, which remains the object's own. Its GENERATION counts the
 * changes of the object; windows start with it.
 */
const ParavisorTable *paravisor_features_table(const ParavisorFeatures *pf);

/**
 * paravisor_features_find_default: the object to present if none was named
 * @found: set to the machine's only paravisor-features object, or to NULL if
 *         it has none
 * @errp: error object
 *
 * Returns: false with @errp set if there are several to choose from.
 */
bool paravisor_features_find_default(ParavisorFeatures **found, Error **errp);

/**
 * paravisor_features_configured: whether a property was ever set
 * @pf: the object
 */
bool paravisor_features_configured(const ParavisorFeatures *pf);

/**
 * paravisor_features_is_user_created: if it came from -object or object-add
 * @pf: the object; if so, it is complete
 */
bool paravisor_features_is_user_created(ParavisorFeatures *pf);

/*
 * The firmware windows present the one object that has firmware=on, as it was
 * at the last reset. Without such an object there are none.
 */

/**
 * paravisor_firmware_table: the table that the firmware windows present
 *
 * Returns: the table, which changes only in the enter phase of a reset, or
 * NULL.
 */
const ParavisorTable *paravisor_firmware_table(void);

/**
 * paravisor_firmware_table_at_creation: the same as of the machine's creation
 *
 * For a window that cannot change afterwards: KVM's CPUID leaves.
 *
 * Returns: the table, or NULL.
 */
const ParavisorTable *paravisor_firmware_table_at_creation(void);

/**
 * paravisor_firmware_cpuid: look a CPUID leaf up
 * @leaf: EAX of the CPUID instruction
 * @regs: set to EAX, EBX, ECX and EDX if the leaf is one of the table's
 *
 * Any thread may call it.
 *
 * Returns: whether the leaf is one of the table's.
 */
bool paravisor_firmware_cpuid(uint32_t leaf, uint32_t regs[4]);

/**
 * paravisor_firmware_add_fdt: add the DeviceTree window, a node /paravisor
 * @fdt: the machine's tree
 * @property: name of the array property
 */
void paravisor_firmware_add_fdt(void *fdt, const char *property);

/**
 * paravisor_firmware_update_fdt: write the current table into the node
 * @fdt: the tree that is copied to guest memory on reset
 *
 * A QEMUResetHandler.
 */
void paravisor_firmware_update_fdt(void *fdt);

/**
 * paravisor_firmware_add_acpi: add the ACPI window, an SSDT of its own
 * @offsets: offsets of the tables, for the RSDT or XSDT
 * @tables: the tables so far, to which it is appended
 * @linker: commands to the firmware's loader
 * @oem_id: the machine's
 */
struct BIOSLinker;
void paravisor_firmware_add_acpi(GArray *offsets, GArray *tables,
                                 struct BIOSLinker *linker,
                                 const char *oem_id);

#endif
