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

/* A table: nr words in host byte order, whole leaves, followed by zeros */
typedef struct ParavisorTable {
    uint32_t words[PARAVISOR_TABLE_WORDS];
    unsigned nr;
} ParavisorTable;

/**
 * paravisor_table_visit: output a table as a ParavisorFeatureTable
 * @t: the table
 * @v: output visitor
 * @name: name of the property
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
 * paravisor_generation_next: get the GENERATION that follows another one
 * @generation: an even number up to PVFEAT_GENERATION_LAST
 *
 * Returns: the next such number; 0 follows the last.
 */
uint32_t paravisor_generation_next(uint32_t generation);

/* A PCI window that presents an object and follows its changes */
typedef struct ParavisorWindow ParavisorWindow;
struct ParavisorWindow {
    /* Called under the BQL when the object's table has changed */
    void (*changed)(ParavisorWindow *window);
    /*
     * The window's current GENERATION. After a migration it differs from the
     * object's, because the guest has read that of the source.
     */
    uint32_t generation;
    QTAILQ_ENTRY(ParavisorWindow) next;
};

/**
 * paravisor_features_attach: start to present an object in a window
 * @pf: a completed object; it cannot be deleted before
 *      paravisor_features_detach()
 * @window: the window; the caller sets its @changed, this function sets its
 *          @generation
 */
void paravisor_features_attach(ParavisorFeatures *pf, ParavisorWindow *window);
void paravisor_features_detach(ParavisorFeatures *pf, ParavisorWindow *window);

/**
 * paravisor_features_table: get the object's current table
 * @pf: a completed object
 *
 * Returns: the table, which the object owns. Its GENERATION counts the changes
 * of the object; windows start with this value.
 */
const ParavisorTable *paravisor_features_table(const ParavisorFeatures *pf);

/**
 * paravisor_features_find_default: find the object to present by default
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
 * paravisor_features_is_user_created: whether -object or object-add created it
 * @pf: the object; if user-created, it is complete
 */
bool paravisor_features_is_user_created(ParavisorFeatures *pf);

/*
 * The firmware windows present the one object that has firmware=on, as it was
 * at the last reset. Without such an object there are no firmware windows.
 */

/**
 * paravisor_firmware_table: get the table that the firmware windows present
 *
 * Returns: the table, which changes only in the enter phase of a reset, or
 * NULL.
 */
const ParavisorTable *paravisor_firmware_table(void);

/**
 * paravisor_firmware_table_at_creation: get the table as of machine creation
 *
 * For a window that cannot change later: KVM's CPUID leaves.
 *
 * Returns: the table, or NULL.
 */
const ParavisorTable *paravisor_firmware_table_at_creation(void);

/**
 * paravisor_firmware_cpuid: look up a CPUID leaf
 * @leaf: EAX of the CPUID instruction
 * @regs: set to EAX, EBX, ECX and EDX if the leaf is one of the table's
 *
 * Any thread may call this function.
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
 * This is a QEMUResetHandler.
 */
void paravisor_firmware_update_fdt(void *fdt);

/**
 * paravisor_firmware_add_acpi: add the ACPI window, an SSDT of its own
 * @offsets: offsets of the tables, for the RSDT or XSDT
 * @tables: the tables so far, to which the SSDT is appended
 * @linker: commands for the firmware's loader
 * @oem_id: OEM ID of the machine
 */
struct BIOSLinker;
void paravisor_firmware_add_acpi(GArray *offsets, GArray *tables,
                                 struct BIOSLinker *linker,
                                 const char *oem_id);

#endif
