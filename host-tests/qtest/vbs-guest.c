/*
 * A guest that its kernel detects as confidential, for tests only
 *
 * The device presents the interface of a Hyper-V paravisor with VBS isolation:
 * CPUID leaves, a few MSRs, a hypercall page, and an alias of all addresses
 * above the shared GPA boundary. Linux then maps MMIO shared, above the
 * boundary, except the page of the vTPM. Nothing is actually isolated: the
 * device is for tests of the kernel's mapping decision and of the driver's
 * verdict.
 *
 * "function" is a PCI function whose BAR0 is moved to "address", if that is not
 * 0, when the kernel writes GUEST_OS_ID: after the firmware has placed the BARs,
 * before the kernel enumerates functions. "host" is another function, hidden
 * from the guest. Its BAR0 covers that of "function" in shared addresses, which
 * models a host that cannot write private memory.
 *
 * "boundary", "paravisor", "active" and "stack" set values of the leaves. With
 * "sev" the processor's leaf also indicates SEV, as in an SEV guest whose host
 * forges the other leaves; "sev-status" is the value of the MSR SEV_STATUS,
 * which such a host cannot change. With "odd-cpu" the leaves of the first
 * processor differ from those of the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "system/address-spaces.h"
#include "system/reset.h"
#include "system/tcg.h"
#include "hw/core/cpu.h"
#include "hw/pci/pci_device.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "vbs-guest.h"

#define TYPE_VBS_GUEST "vbs-guest"
OBJECT_DECLARE_SIMPLE_TYPE(VbsGuest, VBS_GUEST)

struct VbsGuest {
    DeviceState parent_obj;

    PCIDevice *function;
    PCIDevice *host;
    uint64_t address;
    uint8_t boundary;
    /* Deviations from such a guest, for tests of the leaves */
    bool paravisor, active, sev, odd_cpu;
    uint32_t stack;
    uint64_t sev_status;
    /* Above the boundary: an alias of all addresses, under the host's BAR */
    MemoryRegion shared, all, face;
    Error *unplug_blocker;
    uint64_t guest_os_id;
    uint64_t hypercall;
};

/* The machine has at most one */
static VbsGuest *vbs_guest;

/* ---- the guest's view ---------------------------------------------------- */

#define LEAF_FIRST          0x40000000
#define LEAF_LAST           0x400000ff
/* Isolation configuration, the highest leaf that Linux reads */
#define LEAF_ISOLATION      0x4000000c

/* The virtualization stack's interface and properties */
#define LEAF_STACK          0x40000081
#define LEAF_PROPERTIES     0x40000082
/* The processor's memory encryption; bit 1 is SEV */
#define LEAF_ENCRYPTION     0x8000001f

#define MSR_GUEST_OS_ID     0x40000000
#define MSR_HYPERCALL       0x40000001
#define MSR_VP_INDEX        0x40000002

#define HYPERCALL_ENABLE    1
#define ISOLATION_VBS       1
#define BOUNDARY_ACTIVE     (1u << 5)
#define BOUNDARY_SHIFT      6

bool vbs_guest_cpuid(uint32_t leaf, uint32_t regs[4])
{
    if (!vbs_guest) {
        return false;
    }
    if (leaf == LEAF_ENCRYPTION && vbs_guest->sev) {
        memset(regs, 0, 4 * sizeof(*regs));
        regs[0] = 1 << 1;
        return true;
    }
    if (leaf < LEAF_FIRST || leaf > LEAF_LAST) {
        return false;
    }
    memset(regs, 0, 4 * sizeof(*regs));
    switch (leaf) {
    case 0x40000000:
        regs[0] = LEAF_ISOLATION;
        memcpy(regs + 1, "Microsoft Hv", 12);
        break;
    case 0x40000001:
        memcpy(regs, "Hv#1", 4);
        break;
    case 0x40000002:
        regs[1] = 0x000a0000;
        break;
    case 0x40000003:
        /* Hypercalls, VP index, invariant TSC; isolated partition */
        regs[0] = 0x8060;
        regs[1] = 0x00400000;
        break;
    case 0x40000005:
        /* Virtual and logical processors */
        regs[0] = 64;
        regs[1] = 64;
        break;
    case LEAF_ISOLATION:
        /* A paravisor is present */
        regs[0] = vbs_guest->paravisor;
        regs[1] = ISOLATION_VBS | (vbs_guest->active ? BOUNDARY_ACTIVE : 0) |
                  vbs_guest->boundary << BOUNDARY_SHIFT;
        if (vbs_guest->odd_cpu && current_cpu && current_cpu->cpu_index) {
            regs[1] ^= BOUNDARY_ACTIVE;
        }
        break;
    case LEAF_STACK:
        if (vbs_guest->stack) {
            memcpy(regs, "VS#1", 4);
        }
        break;
    case LEAF_PROPERTIES:
        regs[0] = vbs_guest->stack;
        break;
    }
    return true;
}

/*
 * The only hypercall is a rep hypercall that makes pages visible to the host.
 * All pages are visible, so report success and the requested number of pages
 * (bits 43:32 of RCX, and of RAX).
 */
static void write_hypercall_page(uint64_t gpa)
{
    static const uint8_t code[] = {
        0xf3, 0x0f, 0x1e, 0xfa,             /* endbr64 */
        0x48, 0x89, 0xc8,                   /* mov  rax, rcx */
        0x48, 0xc1, 0xe8, 0x20,             /* shr  rax, 32 */
        0x25, 0xff, 0x0f, 0x00, 0x00,       /* and  eax, 0xfff */
        0x48, 0xc1, 0xe0, 0x20,             /* shl  rax, 32 */
        0xc3,                               /* ret */
    };

    address_space_write(&address_space_memory, gpa, MEMTXATTRS_UNSPECIFIED,
                        code, sizeof(code));
}

/* Place the BAR, and the host's BAR over it in shared addresses */
static void place_bars(VbsGuest *v)
{
    hwaddr address;

    if (!v->function) {
        return;
    }
    if (v->address) {
        v->function->config_write(v->function, PCI_BASE_ADDRESS_0, v->address,
                                  4);
    }
    address = v->function->io_regions[0].addr;
    if (v->host && address != PCI_BAR_UNMAPPED) {
        memory_region_set_address(&v->face, address);
        memory_region_set_enabled(&v->face, true);
    }
}

uint64_t vbs_guest_rdmsr(int cpu_index, uint32_t msr)
{
    VbsGuest *v = vbs_guest;
    uint64_t value = 0;

    if (!v) {
        return 0;
    }
    bql_lock();
    switch (msr) {
    case MSR_GUEST_OS_ID:
        value = v->guest_os_id;
        break;
    case MSR_HYPERCALL:
        value = v->hypercall;
        break;
    case VBS_MSR_SEV_STATUS:
        value = v->sev_status;
        break;
    case MSR_VP_INDEX:
        value = cpu_index;
        break;
    }
    bql_unlock();
    return value;
}

void vbs_guest_wrmsr(uint32_t msr, uint64_t value)
{
    VbsGuest *v = vbs_guest;

    if (!v) {
        return;
    }
    bql_lock();
    switch (msr) {
    case MSR_GUEST_OS_ID:
        if (value && !v->guest_os_id) {
            place_bars(v);
        }
        v->guest_os_id = value;
        break;
    case MSR_HYPERCALL:
        if (value & ~v->hypercall & HYPERCALL_ENABLE) {
            write_hypercall_page(value & ~0xfffull);
        }
        v->hypercall = value;
        break;
    }
    bql_unlock();
}

/* ---- the device ----------------------------------------------------------- */

static uint32_t absent(PCIDevice *dev, uint32_t address, int len)
{
    return UINT32_MAX;
}

static void vbs_guest_reset(void *opaque)
{
    VbsGuest *v = opaque;

    v->guest_os_id = 0;
    v->hypercall = 0;
    memory_region_set_enabled(&v->face, false);
}

static bool has_memory_bar(PCIDevice *dev)
{
    const PCIIORegion *bar = &dev->io_regions[0];

    return bar->memory && !(bar->type & PCI_BASE_ADDRESS_SPACE_IO);
}

static void vbs_guest_realize(DeviceState *dev, Error **errp)
{
    VbsGuest *v = VBS_GUEST(dev);
    uint64_t bytes;

    if (!tcg_enabled()) {
        error_setg(errp, "vbs-guest requires TCG, with -accel tcg");
        return;
    }
    if (vbs_guest) {
        error_setg(errp, "the machine has a vbs-guest already");
        return;
    }
    if (v->boundary < 32 || v->boundary > 51) {
        error_setg(errp, "boundary=%u is out of range; it is a bit from 32 to 51",
                   v->boundary);
        return;
    }
    if (v->function && !has_memory_bar(v->function)) {
        error_setg(errp, "function= requires a BAR0 of memory");
        return;
    }
    if (v->host && (!v->function || v->host == v->function ||
                    !has_memory_bar(v->host))) {
        error_setg(errp, "host= requires function=, another function with a "
                   "BAR0 of memory");
        return;
    }
    if (v->address > UINT32_MAX || (v->address && !v->function)) {
        error_setg(errp, "address= requires function=, and is below 4 GiB");
        return;
    }
    error_setg(&v->unplug_blocker, "vbs-guest uses the function");
    if (v->function) {
        qdev_add_unplug_blocker(DEVICE(v->function), v->unplug_blocker);
    }
    if (v->host) {
        qdev_add_unplug_blocker(DEVICE(v->host), v->unplug_blocker);
    }
    bytes = 1ull << v->boundary;
    memory_region_init(&v->shared, OBJECT(v), "vbs-shared", bytes);
    memory_region_init_alias(&v->all, OBJECT(v), "vbs-shared-all",
                             get_system_memory(), 0, bytes);
    memory_region_add_subregion(&v->shared, 0, &v->all);
    if (v->host) {
        PCIIORegion *bar = &v->host->io_regions[0];

        v->host->config_read = absent;
        memory_region_init_alias(&v->face, OBJECT(v), "vbs-shared-host",
                                 bar->memory, 0, bar->size);
    } else {
        memory_region_init(&v->face, OBJECT(v), "vbs-shared-host", 1);
    }
    memory_region_add_subregion_overlap(&v->shared, 0, &v->face, 1);
    memory_region_set_enabled(&v->face, false);
    memory_region_add_subregion(get_system_memory(), bytes, &v->shared);
    qemu_register_reset(vbs_guest_reset, v);
    vbs_guest = v;
}

static const VMStateDescription vbs_guest_vmstate = {
    .name = TYPE_VBS_GUEST,
    .unmigratable = 1,
};

static const Property vbs_guest_properties[] = {
    DEFINE_PROP_LINK("function", VbsGuest, function, TYPE_PCI_DEVICE, PCIDevice *),
    DEFINE_PROP_LINK("host", VbsGuest, host, TYPE_PCI_DEVICE, PCIDevice *),
    DEFINE_PROP_UINT64("address", VbsGuest, address, 0),
    DEFINE_PROP_UINT8("boundary", VbsGuest, boundary, 39),
    DEFINE_PROP_BOOL("paravisor", VbsGuest, paravisor, true),
    DEFINE_PROP_BOOL("active", VbsGuest, active, true),
    DEFINE_PROP_UINT32("stack", VbsGuest, stack, 0),
    DEFINE_PROP_BOOL("sev", VbsGuest, sev, false),
    DEFINE_PROP_UINT64("sev-status", VbsGuest, sev_status, 0),
    DEFINE_PROP_BOOL("odd-cpu", VbsGuest, odd_cpu, false),
};

static void vbs_guest_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->desc = "Guest in VBS isolation (tests only)";
    dc->realize = vbs_guest_realize;
    dc->vmsd = &vbs_guest_vmstate;
    dc->hotpluggable = false;
    device_class_set_props(dc, vbs_guest_properties);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo vbs_guest_info = {
    .name = TYPE_VBS_GUEST,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(VbsGuest),
    .class_init = vbs_guest_class_init,
};

static void vbs_guest_register_types(void)
{
    type_register_static(&vbs_guest_info);
}

type_init(vbs_guest_register_types)
