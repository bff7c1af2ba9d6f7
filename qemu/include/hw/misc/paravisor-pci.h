/*
 * Paravisor feature enumeration PCI function
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_MISC_PARAVISOR_PCI_H
#define HW_MISC_PARAVISOR_PCI_H

#include "hw/pci/pci_device.h"
#include "hw/misc/paravisor-features.h"
#include "qapi/qapi-types-common.h"

#define TYPE_PARAVISOR_PCI "paravisor-pci"
OBJECT_DECLARE_SIMPLE_TYPE(ParavisorPCIState, PARAVISOR_PCI)

struct ParavisorPCIState {
    PCIDevice parent_obj;

    /* ROM device: the table, little-endian, then zeros */
    MemoryRegion bar;
    /* "table": the object that the user named, if any */
    ParavisorFeatures *table;
    /* The device's own object, which its forwarded properties configure */
    ParavisorFeatures *own;
    /* The one of them, or the machine's only one, that is shown */
    ParavisorFeatures *shown;
    /* Of this window; others of the same object may have been loaded since */
    uint32_t generation;
    Notifier changed;
    VMChangeStateEntry *vm_state;
    OnOffAuto msix;
    /* The guest is to be interrupted as soon as it runs again */
    bool notify_pending;
};

#endif
