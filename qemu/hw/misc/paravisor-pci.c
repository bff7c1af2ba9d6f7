/*
 * Paravisor feature enumeration PCI function
 *
 * Presents a paravisor-features object in BAR0 of a PCI or PCI Express
 * function. The BAR is a ROM device: reads are served from RAM without an exit,
 * and writes have no effect. See docs/specs/paravisor-pci.rst.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-common.h"
#include "qom/object_interfaces.h"
#include "hw/misc/paravisor-pci.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "migration/cpr.h"
#include "migration/vmstate.h"
#include "system/runstate.h"
#include "trace.h"

QEMU_BUILD_BUG_ON(PVFEAT_TABLE_MAX_BYTES > PVFEAT_PCI_BAR_BYTES);
QEMU_BUILD_BUG_ON(PVFEAT_PCI_VENDOR_ID != PCI_VENDOR_ID_REDHAT_QUMRANET);

/* Offset of the table in BAR0 */
#define TABLE_OFFSET 0

static uint8_t *bar_bytes(ParavisorPCIState *s)
{
    return memory_region_get_ram_ptr(&s->bar);
}

/*
 * Not called where reads are served from RAM. zPCI dispatches reads here, and
 * the guest can choose an offset past the end of the BAR.
 */
static uint64_t paravisor_pci_read(void *opaque, hwaddr addr, unsigned size)
{
    ParavisorPCIState *s = opaque;
    uint64_t value = 0;

    if (addr < PVFEAT_PCI_BAR_BYTES && size <= PVFEAT_PCI_BAR_BYTES - addr) {
        value = ldn_le_p(bar_bytes(s) + addr, size);
    }
    trace_paravisor_pci_read(addr, size, value);
    return value;
}

static void paravisor_pci_write(void *opaque, hwaddr addr, uint64_t value,
                                unsigned size)
{
    trace_paravisor_pci_write(addr, size, value);
    qemu_log_mask(LOG_GUEST_ERROR, TYPE_PARAVISOR_PCI ": write of 0x%" PRIx64
                  " to read-only offset 0x%" HWADDR_PRIx "\n", value, addr);
}

static const MemoryRegionOps paravisor_pci_ops = {
    .read = paravisor_pci_read,
    .write = paravisor_pci_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
    .impl = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
};

/*
 * Access to the words of BAR0. A vCPU may read them concurrently, so each word
 * is loaded and stored as a whole.
 */
static uint32_t bar_load(ParavisorPCIState *s, unsigned word)
{
    uint32_t *table = (uint32_t *)(bar_bytes(s) + TABLE_OFFSET);

    return le32_to_cpu(qatomic_read(&table[word]));
}

static void bar_store(ParavisorPCIState *s, unsigned word, uint32_t value)
{
    uint32_t *table = (uint32_t *)(bar_bytes(s) + TABLE_OFFSET);

    qatomic_set(&table[word], cpu_to_le32(value));
}

/* Load the table that the guest reads from BAR0 */
static bool bar_load_table(ParavisorPCIState *s, ParavisorTable *t,
                           Error **errp)
{
    uint32_t leaves;

    if (!s->source) {
        error_setg(errp, "there is no table before the device is realized");
        return false;
    }
    leaves = bar_load(s, PVFEAT_W_MAX_LEAF) - PVFEAT_BASE + 1;
    if (!leaves || leaves > PARAVISOR_TABLE_WORDS / PVFEAT_WORDS_PER_LEAF) {
        error_setg(errp, "BAR0 has no valid MAX_LEAF");
        return false;
    }
    memset(t, 0, sizeof(*t));
    t->nr = leaves * PVFEAT_WORDS_PER_LEAF;
    for (unsigned i = 0; i < t->nr; i++) {
        t->words[i] = bar_load(s, i);
    }
    return true;
}

/*
 * Copy the object's words into BAR0. GENERATION is odd from before the first
 * word changes until after the last one has changed.
 */
static void paravisor_pci_update_bar(ParavisorPCIState *s)
{
    const ParavisorTable *t = paravisor_features_table(s->source);

    bar_store(s, PVFEAT_W_GENERATION,
              bar_load(s, PVFEAT_W_GENERATION) | PVFEAT_GENERATION_ODD);
    /*
     * Make the odd GENERATION visible before any changed word; pairs with the
     * guest's read barrier after its reads of the words.
     */
    smp_wmb();
    for (unsigned i = 0; i < PVFEAT_TABLE_MAX_WORDS; i++) {
        if (i != PVFEAT_W_GENERATION) {
            bar_store(s, i, i < t->nr ? t->words[i] : 0);
        }
    }
    /*
     * Make all words visible before the even GENERATION; pairs with the guest's
     * read barrier before its reads of the words.
     */
    smp_wmb();
    bar_store(s, PVFEAT_W_GENERATION, s->window.generation);
    memory_region_flush_rom_device(&s->bar, TABLE_OFFSET,
                                   PVFEAT_TABLE_MAX_BYTES);
    trace_paravisor_pci_update_bar(s->window.generation, t->nr);
}

static void paravisor_pci_notify(ParavisorPCIState *s)
{
    PCIDevice *dev = PCI_DEVICE(s);

    s->notify_pending = false;
    if (msix_enabled(dev)) {
        trace_paravisor_pci_notify();
        msix_notify(dev, PVFEAT_PCI_MSIX_CHANGED);
    }
}

static void paravisor_pci_changed(ParavisorWindow *window)
{
    ParavisorPCIState *s = container_of(window, ParavisorPCIState, window);

    window->generation = paravisor_generation_next(window->generation);
    paravisor_pci_update_bar(s);
    /* While the VM is stopped, the interrupt controller may have been saved */
    if (runstate_is_live(runstate_get())) {
        paravisor_pci_notify(s);
    } else {
        s->notify_pending = true;
    }
}

/* Whether BAR0 and the object differ in words other than GENERATION */
static bool bar_differs(ParavisorPCIState *s)
{
    const ParavisorTable *t = paravisor_features_table(s->source);

    for (unsigned i = 0; i < t->nr; i++) {
        if (i != PVFEAT_W_GENERATION && bar_load(s, i) != t->words[i]) {
            return true;
        }
    }
    return false;
}

/*
 * The stream contains BAR0 as the guest read it on the source, a host that is
 * not necessarily trusted. From now on the guest reads the configuration of
 * this host. The interrupt is deferred until the vCPUs run, because the
 * interrupt controller may be loaded later than this device.
 */
static int paravisor_pci_post_load(void *opaque, int version_id)
{
    ParavisorPCIState *s = opaque;
    bool changed = bar_differs(s);
    uint32_t seen = bar_load(s, PVFEAT_W_GENERATION);

    if (s->window.generation != seen) {
        error_report(TYPE_PARAVISOR_PCI ": GENERATION is %u in the device's "
                     "state but %u in BAR0: the migration stream is corrupt",
                     s->window.generation, seen);
        return -EINVAL;
    }
    if (seen & PVFEAT_GENERATION_ODD || seen > PVFEAT_GENERATION_LAST) {
        error_report(TYPE_PARAVISOR_PCI ": GENERATION is 0x%x in the migration "
                     "stream, not an even number up to 0x%x", seen,
                     PVFEAT_GENERATION_LAST);
        return -EINVAL;
    }
    if (changed) {
        s->window.generation = paravisor_generation_next(seen);
    }
    QEMU_BUILD_BUG_ON(TABLE_OFFSET);
    memset(bar_bytes(s) + PVFEAT_TABLE_MAX_BYTES, 0,
           PVFEAT_PCI_BAR_BYTES - PVFEAT_TABLE_MAX_BYTES);
    memory_region_flush_rom_device(&s->bar, PVFEAT_TABLE_MAX_BYTES,
                                   PVFEAT_PCI_BAR_BYTES -
                                   PVFEAT_TABLE_MAX_BYTES);
    paravisor_pci_update_bar(s);
    s->notify_pending |= changed;
    trace_paravisor_pci_post_load(seen, changed);
    return 0;
}

static void paravisor_pci_vm_state(void *opaque, bool running, RunState state)
{
    ParavisorPCIState *s = opaque;

    if (running && s->notify_pending) {
        paravisor_pci_notify(s);
    }
}

static int paravisor_pci_pre_load(void *opaque)
{
    ParavisorPCIState *s = opaque;

    s->notify_pending = false;
    return 0;
}

static bool paravisor_pci_notify_needed(void *opaque)
{
    ParavisorPCIState *s = opaque;

    return s->notify_pending;
}

static const VMStateDescription vmstate_paravisor_pci_notify = {
    .name = TYPE_PARAVISOR_PCI "/notify",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = paravisor_pci_notify_needed,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(notify_pending, ParavisorPCIState),
        VMSTATE_END_OF_LIST()
    },
};

static bool paravisor_pci_has_msix(void *opaque, int version_id)
{
    return msix_present(opaque);
}

static int paravisor_pci_pre_save(void *opaque)
{
    ParavisorPCIState *s = opaque;

    s->stream_msix = msix_present(PCI_DEVICE(s));
    return 0;
}

/* Refuse it here: the error for different config space does not name msix */
static bool paravisor_pci_same_msix(void *opaque, int version_id)
{
    ParavisorPCIState *s = opaque;

    return s->stream_msix == !!msix_present(PCI_DEVICE(s));
}

static const VMStateDescription vmstate_paravisor_pci = {
    .name = TYPE_PARAVISOR_PCI,
    .version_id = 3,
    .minimum_version_id = 3,
    .pre_load = paravisor_pci_pre_load,
    .pre_save = paravisor_pci_pre_save,
    .post_load = paravisor_pci_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(window.generation, ParavisorPCIState),
        VMSTATE_BOOL(stream_msix, ParavisorPCIState),
        VMSTATE_VALIDATE("msix is the same at the source and here",
                         paravisor_pci_same_msix),
        VMSTATE_PCI_DEVICE(parent_obj, ParavisorPCIState),
        VMSTATE_MSIX_TEST(parent_obj, ParavisorPCIState,
                          paravisor_pci_has_msix),
        VMSTATE_END_OF_LIST()
    },
    .subsections = (const VMStateDescription * const []) {
        &vmstate_paravisor_pci_notify,
        NULL
    },
};

static bool find_source(ParavisorPCIState *s, Error **errp)
{
    ParavisorFeatures *other = s->table;

    if (other && !paravisor_features_is_user_created(other)) {
        error_setg(errp, "table is the id of a " TYPE_PARAVISOR_FEATURES
                   " object, not of another device's own");
        return false;
    }
    if (!other && !paravisor_features_find_default(&other, errp)) {
        return false;
    }
    if (other && paravisor_features_configured(s->own)) {
        error_setg(errp, "the table is that of object '%s'; set its "
                   "properties there, not on the device",
                   object_get_canonical_path_component(OBJECT(other)));
        return false;
    }
    /* Even if BAR0 presents another object, so that this one refuses changes */
    if (!user_creatable_complete(USER_CREATABLE(s->own), errp)) {
        return false;
    }
    s->source = other ?: s->own;
    return true;
}

static bool add_locator(ParavisorPCIState *s, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(s);
    uint8_t *body;

    if (pci_is_express(dev)) {
        uint8_t *cap = dev->config + PCI_CONFIG_SPACE_SIZE;

        pcie_add_capability(dev, PCI_EXT_CAP_ID_DVSEC, 1, PCI_CONFIG_SPACE_SIZE,
                            PVFEAT_DVSEC_BYTES);
        pci_set_long(cap + PVFEAT_DVSEC_HEADER1,
                     PVFEAT_DVSEC_BYTES << 20 | PVFEAT_DVSEC_REVISION << 16 |
                     PVFEAT_DVSEC_VENDOR);
        pci_set_word(cap + PVFEAT_DVSEC_HEADER2, PVFEAT_DVSEC_ID);
        body = cap + PVFEAT_DVSEC_BODY;
    } else {
        int pos = pci_add_capability(dev, PCI_CAP_ID_VNDR, 0,
                                     PVFEAT_VNDR_BYTES, errp);

        if (pos < 0) {
            return false;
        }
        pci_set_byte(dev->config + pos + PVFEAT_VNDR_LENGTH,
                     PVFEAT_VNDR_BYTES);
        body = dev->config + pos + PVFEAT_VNDR_BODY;
    }
    pci_set_long(body + PVFEAT_LOCATOR_SIGNATURE, PVFEAT_LOCATOR_MAGIC);
    pci_set_byte(body + PVFEAT_LOCATOR_REVISION, PVFEAT_LOCATOR_REVISION_1);
    pci_set_byte(body + PVFEAT_LOCATOR_BAR, PVFEAT_PCI_BAR);
    pci_set_word(body + PVFEAT_LOCATOR_RESERVED, 0);
    pci_set_long(body + PVFEAT_LOCATOR_OFFSET, TABLE_OFFSET);
    pci_set_long(body + PVFEAT_LOCATOR_LENGTH, PVFEAT_TABLE_MAX_BYTES);
    return true;
}

static bool add_msix(ParavisorPCIState *s, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(s);
    Error *err = NULL;
    int ret;

    if (s->msix == ON_OFF_AUTO_OFF) {
        return true;
    }
    ret = msix_init_exclusive_bar(dev, PVFEAT_PCI_MSIX_VECTORS,
                                  PVFEAT_PCI_MSIX_BAR, &err);
    if (ret == 0) {
        msix_vector_use(dev, PVFEAT_PCI_MSIX_CHANGED);
        return true;
    }
    /* The machine has no MSI-X: continue without it, unless msix=on */
    if (ret == -ENOTSUP && s->msix == ON_OFF_AUTO_AUTO) {
        error_free(err);
        return true;
    }
    error_propagate_prepend(errp, err, "msix: ");
    return false;
}

static void paravisor_pci_write_config(PCIDevice *dev, uint32_t addr,
                                       uint32_t value, int len)
{
    pci_default_write_config(dev, addr, value, len);
    if (pci_is_express(dev)) {
        pcie_cap_flr_write_config(dev, addr, value, len);
    }
}

static void paravisor_pci_exit(PCIDevice *dev)
{
    ParavisorPCIState *s = PARAVISOR_PCI(dev);

    if (msix_present(dev)) {
        msix_uninit_exclusive_bar(dev);
    }
    vmstate_unregister_ram(&s->bar, DEVICE(dev));
    qemu_del_vm_change_state_handler(s->vm_state);
    paravisor_features_detach(s->source, &s->window);
    s->source = NULL;
}

static void paravisor_pci_realize(PCIDevice *dev, Error **errp)
{
    ParavisorPCIState *s = PARAVISOR_PCI(dev);

    if (!find_source(s, errp)) {
        return;
    }
    if (pci_bus_is_express(pci_get_bus(dev))) {
        int pos = pcie_endpoint_cap_init(dev, 0);

        assert(pos > 0);
        pcie_cap_flr_init(dev);
    } else {
        dev->cap_present &= ~QEMU_PCI_CAP_EXPRESS;
    }
    if (!add_locator(s, errp) || !add_msix(s, errp)) {
        return;
    }
    if (!memory_region_init_rom_device(&s->bar, OBJECT(s), &paravisor_pci_ops,
                                       s, TYPE_PARAVISOR_PCI "-table",
                                       PVFEAT_PCI_BAR_BYTES, errp)) {
        if (msix_present(dev)) {
            msix_uninit_exclusive_bar(dev);
        }
        return;
    }
    pci_register_bar(dev, PVFEAT_PCI_BAR, PCI_BASE_ADDRESS_SPACE_MEMORY,
                     &s->bar);
    s->window.changed = paravisor_pci_changed;
    paravisor_features_attach(s->source, &s->window);
    s->vm_state = qdev_add_vm_change_state_handler(DEVICE(s),
                                                   paravisor_pci_vm_state,
                                                   NULL, s);
    /* With cpr-transfer it is the old QEMU's BAR, whose guest still runs */
    if (!cpr_is_incoming()) {
        paravisor_pci_update_bar(s);
    }
}

/*
 * Forward the properties of the device's own object, except "firmware": the
 * firmware windows are fixed before there are devices.
 */
static void forward_properties(ParavisorPCIState *s)
{
    ObjectClass *oc = object_get_class(OBJECT(s->own));
    ObjectPropertyIterator iter;
    ObjectProperty *prop;

    object_class_property_iter_init(&iter, oc);
    while ((prop = object_property_iter_next(&iter))) {
        if (prop->set && strcmp(prop->name, "firmware")) {
            object_property_add_alias(OBJECT(s), prop->name, OBJECT(s->own),
                                      prop->name);
        }
    }
}

static void get_current_table(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    ParavisorTable t;

    if (bar_load_table(PARAVISOR_PCI(obj), &t, errp)) {
        paravisor_table_visit(&t, v, name, errp);
    }
}

static char *get_digest(Object *obj, Error **errp)
{
    ParavisorTable t;

    return bar_load_table(PARAVISOR_PCI(obj), &t, errp) ?
           paravisor_table_digest(&t, errp) : NULL;
}

static void paravisor_pci_init(Object *obj)
{
    ParavisorPCIState *s = PARAVISOR_PCI(obj);

    PCI_DEVICE(obj)->cap_present |= QEMU_PCI_CAP_EXPRESS;
    s->own = PARAVISOR_FEATURES(object_new(TYPE_PARAVISOR_FEATURES));
    object_property_add_child(obj, "own-table", OBJECT(s->own));
    object_unref(s->own);
    forward_properties(s);
}

static const Property paravisor_pci_properties[] = {
    DEFINE_PROP_LINK("table", ParavisorPCIState, table, TYPE_PARAVISOR_FEATURES,
                     ParavisorFeatures *),
    DEFINE_PROP_ON_OFF_AUTO("msix", ParavisorPCIState, msix, ON_OFF_AUTO_AUTO),
};

static void paravisor_pci_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = paravisor_pci_realize;
    k->exit = paravisor_pci_exit;
    k->config_write = paravisor_pci_write_config;
    k->vendor_id = PVFEAT_PCI_VENDOR_ID;
    k->device_id = PVFEAT_PCI_DEVICE_ID;
    k->revision = PVFEAT_PCI_REVISION;
    k->class_id = PVFEAT_PCI_CLASS;

    dc->desc = "Paravisor feature enumeration (experimental IDs)";
    dc->vmsd = &vmstate_paravisor_pci;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, paravisor_pci_properties);
    object_class_property_add(klass, "current-table", "ParavisorFeatureTable",
                              get_current_table, NULL, NULL, NULL);
    object_class_property_set_description(klass, "current-table",
        "the words that the guest reads");
    object_class_property_add_str(klass, "digest", get_digest, NULL);
    object_class_property_set_description(klass, "digest",
        "SHA-256 of the words that the guest reads, with GENERATION taken as "
        "0");
    object_class_property_set_description(klass, "table",
        "paravisor-features object to present (default: the machine's only "
        "one, or else one of the device's own)");
    object_class_property_set_description(klass, "msix",
        "MSI-X vector that fires when the table changed: on, off, or auto "
        "(default), which is on where the machine has MSI-X");
}

static const TypeInfo paravisor_pci_info = {
    .name = TYPE_PARAVISOR_PCI,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(ParavisorPCIState),
    .instance_init = paravisor_pci_init,
    .class_init = paravisor_pci_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { INTERFACE_CONVENTIONAL_PCI_DEVICE },
        { }
    },
};

static void paravisor_pci_register_types(void)
{
    type_register_static(&paravisor_pci_info);
}

type_init(paravisor_pci_register_types)
