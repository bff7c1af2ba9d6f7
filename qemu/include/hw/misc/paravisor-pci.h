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
    /* The object that BAR0 presents: one of these, or the machine's only one */
    ParavisorFeatures *source;
    /* The link to that object, and the GENERATION that the guest reads */
    ParavisorWindow window;
    VMChangeStateEntry *vm_state;
    OnOffAuto msix;
    /* Fire the vector as soon as the vCPUs run again */
    bool notify_pending;
    /* Whether the source of a migration has MSI-X */
    bool stream_msix;
};

#endif
