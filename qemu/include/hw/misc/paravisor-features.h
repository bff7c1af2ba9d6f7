/*
 * Paravisor feature table: the object that owns it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_MISC_PARAVISOR_FEATURES_H
#define HW_MISC_PARAVISOR_FEATURES_H

#include "qemu/notify.h"
#include "qom/object.h"
#include "standard-headers/linux/pvfeat-abi.h"

#define TYPE_PARAVISOR_FEATURES "paravisor-features"
OBJECT_DECLARE_SIMPLE_TYPE(ParavisorFeatures, PARAVISOR_FEATURES)

/**
 * paravisor_features_find_default: the object to show where none was named
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

/**
 * paravisor_features_attach: begin to show an object in a window
 * @pf: a completed object; it cannot be deleted before
 *      paravisor_features_detach()
 * @changed: called, under the BQL, whenever the words are others than before
 */
void paravisor_features_attach(ParavisorFeatures *pf, Notifier *changed);
void paravisor_features_detach(Notifier *changed);

/**
 * paravisor_features_visit_words: output a table as a ParavisorFeatureTable
 * @v: output visitor
 * @name: of the property
 * @words: the words in host byte order, whole leaves
 * @nr: how many
 * @errp: error object
 */
void paravisor_features_visit_words(Visitor *v, const char *name,
                                    const uint32_t *words, unsigned nr,
                                    Error **errp);

/**
 * paravisor_features_words: the table
 * @pf: a completed object
 * @nr: set to the number of words, a multiple of PVFEAT_WORDS_PER_LEAF
 *
 * Returns: the words in host byte order; they stay the object's own.
 */
const uint32_t *paravisor_features_words(const ParavisorFeatures *pf,
                                         unsigned *nr);

/**
 * paravisor_features_next: the generation after one that a guest has seen
 * @generation: what the guest saw last; may come from an untrusted stream
 * @changed: whether the guest saw another table than it will see
 *
 * Returns: an even number; the same one if nothing changed.
 */
uint32_t paravisor_features_next(uint32_t generation, bool changed);

/**
 * paravisor_features_continue: go on from the generation of a loaded window
 * @pf: a completed object
 * @generation: from paravisor_features_next()
 */
void paravisor_features_continue(ParavisorFeatures *pf, uint32_t generation);

/*
 * The firmware windows: snapshots, from before the machine starts, of the one
 * object that has firmware=on. Without such an object they show nothing.
 */

/**
 * paravisor_features_firmware_words: the table for a firmware window
 * @nr: set to the number of words, a multiple of PVFEAT_WORDS_PER_LEAF
 *
 * Returns: the words in host byte order, or NULL without such an object.
 */
const uint32_t *paravisor_features_firmware_words(unsigned *nr);

/**
 * paravisor_features_cpuid: the CPUID window
 * @leaf: as the guest put it into EAX
 * @regs: set to EAX, EBX, ECX and EDX if the leaf is the table's
 *
 * Returns: whether the leaf is the table's. Any thread may call it.
 */
bool paravisor_features_cpuid(uint32_t leaf, uint32_t regs[4]);

/**
 * paravisor_features_add_fdt: the DeviceTree window, a node /paravisor
 * @fdt: the tree
 * @property: name of the array property
 */
void paravisor_features_add_fdt(void *fdt, const char *property);

/**
 * paravisor_features_add_acpi: the ACPI window, an SSDT of its own
 * @offsets: of the tables, for the RSDT or XSDT
 * @tables: where the table goes
 * @linker: the loader's script
 * @oem_id: the machine's
 */
struct BIOSLinker;
void paravisor_features_add_acpi(GArray *offsets, GArray *tables,
                                 struct BIOSLinker *linker,
                                 const char *oem_id);

#endif
