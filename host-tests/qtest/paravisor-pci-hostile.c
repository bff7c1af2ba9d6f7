/*
 * A hostile paravisor-pci function, for tests only
 *
 * It is a good function with some words of its table or of the firmware
 * windows, or some bytes of its config space, replaced by values of the test;
 * "poke-now" replaces words while the guest runs, and fires the vector unless
 * "silent" is on.
 *
 * It can also misbehave in other ways. Reads of "lie-width" bytes return the
 * complement of the value, and every second read of a word in "flip-words"
 * returns the value given there. While "restless" is on, each read of
 * GENERATION returns another even number; while "storm" is on, each such read
 * fires the vector; after "vanish-after" such reads, the function no longer
 * responds to accesses, including config space. "generation-reads" is the
 * number of these reads while any of these options is on. "writable" makes the
 * BAR writable, "bar-bytes" reduces its size, "io-bar" makes it a BAR of I/O
 * ports, and each reset adds 2 to word "count-resets".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/bswap.h"
#include "qemu/cutils.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/misc/paravisor-pci.h"
#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"

#define TYPE_PARAVISOR_PCI_HOSTILE "paravisor-pci-hostile"
OBJECT_DECLARE_TYPE(ParavisorPCIHostile, ParavisorPCIHostileClass,
                    PARAVISOR_PCI_HOSTILE)

struct ParavisorPCIHostile {
    ParavisorPCIState parent_obj;
    char *poke_words;
    char *poke_firmware;
    char *poke_config;
    /* Covers the BAR if an option requires callbacks on each access */
    MemoryRegion front;
    uint8_t config[PCIE_CONFIG_SPACE_SIZE];
    bool poked[PCIE_CONFIG_SPACE_SIZE];
    uint32_t lie_width;
    char *flip_words;
    uint32_t flips[PVFEAT_TABLE_MAX_WORDS];
    /* Whether each word flips, and whether its next read is flipped */
    bool flipping[PVFEAT_TABLE_MAX_WORDS], lies[PVFEAT_TABLE_MAX_WORDS];
    bool restless;
    bool storm;
    uint32_t vanish_after;
    uint32_t generation_reads;
    bool writable;
    bool silent;
    /* The part of the BAR that the guest can access */
    MemoryRegion part;
    uint32_t bar_bytes;
    bool io_bar;
    uint32_t count_resets;
};

struct ParavisorPCIHostileClass {
    PCIDeviceClass parent_class;
    void (*parent_realize)(PCIDevice *dev, Error **errp);
    ResettablePhases parent_phases;
};

/* Parse "WHERE=VALUE+WHERE=VALUE", with numbers as in C; call poke for each */
static bool poke_all(const char *list, const char *what, uint64_t limit,
                     void (*poke)(PCIDevice *dev, uint64_t at, uint32_t value),
                     PCIDevice *dev, Error **errp)
{
    g_auto(GStrv) items = g_strsplit(list ?: "", "+", 0);

    for (char **item = items; *item; item++) {
        const char *end;
        uint64_t at, value;

        if (qemu_strtou64(*item, &end, 0, &at) < 0 || *end != '=' ||
            qemu_strtou64(end + 1, NULL, 0, &value) < 0 || at >= limit) {
            error_setg(errp, "%s: bad '%s', expected WHERE=VALUE with WHERE "
                       "below %" PRIu64, what, *item, limit);
            return false;
        }
        poke(dev, at, value);
    }
    return true;
}

static void poke_word(PCIDevice *dev, uint64_t at, uint32_t value)
{
    uint8_t *bar = memory_region_get_ram_ptr(&PARAVISOR_PCI(dev)->bar);

    stl_le_p(bar + at * 4, value);
}

static void poke_firmware_word(PCIDevice *dev, uint64_t at, uint32_t value)
{
    ParavisorTable *t = (ParavisorTable *)paravisor_firmware_table();

    if (t && at < t->nr) {
        t->words[at] = value;
    }
}

/*
 * A reset copies the object's words before this is called, and afterwards
 * regenerates the tables of DeviceTree and ACPI from that copy.
 */
static bool poke_firmware(ParavisorPCIHostile *h, Error **errp)
{
    return poke_all(h->poke_firmware, "poke-firmware", PVFEAT_TABLE_MAX_WORDS,
                    poke_firmware_word, PCI_DEVICE(h), errp);
}

/* Affects only reads by the guest; QEMU itself uses the original value */
static void poke_config_byte(PCIDevice *dev, uint64_t at, uint32_t value)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(dev);

    h->config[at] = value;
    h->poked[at] = true;
}

static void flip_word(PCIDevice *dev, uint64_t at, uint32_t value)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(dev);

    h->flips[at] = value;
    h->flipping[at] = true;
}

/* Fire the vector, if it is enabled */
static void fire(ParavisorPCIHostile *h)
{
    if (msix_enabled(PCI_DEVICE(h))) {
        msix_notify(PCI_DEVICE(h), PVFEAT_PCI_MSIX_CHANGED);
    }
}

static bool is_gone(const ParavisorPCIHostile *h)
{
    return h->vanish_after && h->generation_reads >= h->vanish_after;
}

static uint64_t front_read(void *opaque, hwaddr addr, unsigned size)
{
    ParavisorPCIHostile *h = opaque;
    uint8_t *bar = memory_region_get_ram_ptr(&PARAVISOR_PCI(h)->bar);
    uint64_t value = ldn_le_p(bar + addr, size);
    unsigned word = addr / 4;

    if (is_gone(h)) {
        return UINT64_MAX;
    }
    if (word < PVFEAT_TABLE_MAX_WORDS && h->flipping[word]) {
        value = h->lies[word] ? h->flips[word] : value;
        h->lies[word] = !h->lies[word];
    }
    if (word == PVFEAT_W_GENERATION) {
        if (h->restless) {
            value = h->generation_reads * PVFEAT_GENERATION_STEP;
        }
        h->generation_reads++;
        if (h->storm) {
            fire(h);
        }
    }
    return size == h->lie_width ? ~value : value;
}

static void front_write(void *opaque, hwaddr addr, uint64_t value,
                        unsigned size)
{
    ParavisorPCIHostile *h = opaque;
    uint8_t *bar = memory_region_get_ram_ptr(&PARAVISOR_PCI(h)->bar);

    if (h->writable) {
        stn_le_p(bar + addr, size, value);
    }
}

static const MemoryRegionOps front_ops = {
    .read = front_read,
    .write = front_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {
        .min_access_size = 1,
        .max_access_size = 8,
    },
    .impl = {
        .min_access_size = 1,
        .max_access_size = 8,
    },
};

/*
 * Reads of a ROM device do not invoke callbacks: cover it if an option requires
 * them
 */
static void update_front(ParavisorPCIHostile *h)
{
    memory_region_set_enabled(&h->front, h->lie_width || h->writable ||
                              h->flip_words || h->restless || h->storm ||
                              h->vanish_after);
}

static bool get_restless(Object *obj, Error **errp)
{
    return PARAVISOR_PCI_HOSTILE(obj)->restless;
}

static void set_restless(Object *obj, bool value, Error **errp)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(obj);

    h->restless = value;
    if (qdev_is_realized(DEVICE(h))) {
        update_front(h);
    }
}

static bool get_storm(Object *obj, Error **errp)
{
    return PARAVISOR_PCI_HOSTILE(obj)->storm;
}

static void set_storm(Object *obj, bool value, Error **errp)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(obj);

    h->storm = value;
    if (qdev_is_realized(DEVICE(h))) {
        update_front(h);
        fire(h);
    }
}

static void get_generation_reads(Object *obj, Visitor *v, const char *name,
                                 void *opaque, Error **errp)
{
    visit_type_uint32(v, name, &PARAVISOR_PCI_HOSTILE(obj)->generation_reads,
                      errp);
}

static uint32_t paravisor_pci_hostile_config_read(PCIDevice *dev, uint32_t at,
                                                  int len)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(dev);
    uint32_t value = pci_default_read_config(dev, at, len);

    if (is_gone(h)) {
        return UINT32_MAX;
    }
    for (int i = 0; i < len; i++) {
        if (h->poked[at + i]) {
            value = deposit32(value, i * 8, 8, h->config[at + i]);
        }
    }
    return value;
}

static void set_poke_now(Object *obj, const char *value, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(obj);

    if (poke_all(value, "poke-now", PVFEAT_PCI_BAR_BYTES / 4, poke_word, dev,
                 errp)) {
        memory_region_flush_rom_device(&PARAVISOR_PCI(obj)->bar, 0,
                                       PVFEAT_PCI_BAR_BYTES);
        if (!PARAVISOR_PCI_HOSTILE(obj)->silent) {
            fire(PARAVISOR_PCI_HOSTILE(obj));
        }
    }
}

static void paravisor_pci_hostile_reset_hold(Object *obj, ResetType type)
{
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(obj);
    ParavisorPCIHostileClass *c = PARAVISOR_PCI_HOSTILE_GET_CLASS(h);

    if (c->parent_phases.hold) {
        c->parent_phases.hold(obj, type);
    }
    poke_firmware(h, &error_abort);
    if (h->count_resets) {
        uint8_t *word = memory_region_get_ram_ptr(&PARAVISOR_PCI(h)->bar);

        word += h->count_resets * 4;
        stl_le_p(word, ldl_le_p(word) + PVFEAT_GENERATION_STEP);
    }
}

/* Present the first bytes of the BAR as a shorter BAR, or as I/O ports */
static void replace_bar(ParavisorPCIHostile *h)
{
    PCIDevice *dev = PCI_DEVICE(h);

    memory_region_init_alias(&h->part, OBJECT(h),
                             TYPE_PARAVISOR_PCI_HOSTILE "-part",
                             &PARAVISOR_PCI(h)->bar, 0,
                             h->bar_bytes ?: PVFEAT_TABLE_MIN_BYTES);
    dev->io_regions[PVFEAT_PCI_BAR].size = 0;
    pci_register_bar(dev, PVFEAT_PCI_BAR,
                     h->io_bar ? PCI_BASE_ADDRESS_SPACE_IO :
                     PCI_BASE_ADDRESS_SPACE_MEMORY, &h->part);
}

static void paravisor_pci_hostile_realize(PCIDevice *dev, Error **errp)
{
    ERRP_GUARD();
    ParavisorPCIHostile *h = PARAVISOR_PCI_HOSTILE(dev);

    if (h->count_resets >= PVFEAT_TABLE_MAX_WORDS ||
        h->bar_bytes > PVFEAT_PCI_BAR_BYTES ||
        (h->bar_bytes && !is_power_of_2(h->bar_bytes))) {
        error_setg(errp, "count-resets or bar-bytes is out of range");
        return;
    }
    PARAVISOR_PCI_HOSTILE_GET_CLASS(h)->parent_realize(dev, errp);
    if (*errp) {
        return;
    }
    if (!poke_all(h->poke_words, "poke-words", PVFEAT_PCI_BAR_BYTES / 4,
                  poke_word, dev, errp) ||
        !poke_firmware(h, errp) ||
        !poke_all(h->flip_words, "flip-words", PVFEAT_TABLE_MAX_WORDS,
                  flip_word, dev, errp) ||
        !poke_all(h->poke_config, "poke-config", pci_config_size(dev),
                  poke_config_byte, dev, errp)) {
        PCI_DEVICE_GET_CLASS(dev)->exit(dev);
        return;
    }
    memory_region_init_io(&h->front, OBJECT(h), &front_ops, h,
                          TYPE_PARAVISOR_PCI_HOSTILE "-front",
                          PVFEAT_PCI_BAR_BYTES);
    update_front(h);
    memory_region_add_subregion_overlap(&PARAVISOR_PCI(h)->bar, 0, &h->front,
                                        1);
    if (h->bar_bytes || h->io_bar) {
        replace_bar(h);
    }
}

static const Property paravisor_pci_hostile_properties[] = {
    DEFINE_PROP_STRING("poke-words", ParavisorPCIHostile, poke_words),
    DEFINE_PROP_STRING("poke-firmware", ParavisorPCIHostile, poke_firmware),
    DEFINE_PROP_STRING("poke-config", ParavisorPCIHostile, poke_config),
    DEFINE_PROP_UINT32("lie-width", ParavisorPCIHostile, lie_width, 0),
    DEFINE_PROP_STRING("flip-words", ParavisorPCIHostile, flip_words),
    DEFINE_PROP_UINT32("vanish-after", ParavisorPCIHostile, vanish_after, 0),
    DEFINE_PROP_BOOL("io-bar", ParavisorPCIHostile, io_bar, false),
    DEFINE_PROP_BOOL("writable", ParavisorPCIHostile, writable, false),
    DEFINE_PROP_BOOL("silent", ParavisorPCIHostile, silent, false),
    DEFINE_PROP_UINT32("bar-bytes", ParavisorPCIHostile, bar_bytes, 0),
    DEFINE_PROP_UINT32("count-resets", ParavisorPCIHostile, count_resets, 0),
};

static void paravisor_pci_hostile_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    ParavisorPCIHostileClass *c = PARAVISOR_PCI_HOSTILE_CLASS(klass);

    c->parent_realize = k->realize;
    k->realize = paravisor_pci_hostile_realize;
    k->config_read = paravisor_pci_hostile_config_read;
    resettable_class_set_parent_phases(RESETTABLE_CLASS(klass), NULL,
                                       paravisor_pci_hostile_reset_hold, NULL,
                                       &c->parent_phases);
    dc->desc = "Hostile paravisor feature enumeration (tests only)";
    device_class_set_props(dc, paravisor_pci_hostile_properties);
    object_class_property_add_str(klass, "poke-now", NULL, set_poke_now);
    object_class_property_add_bool(klass, "restless", get_restless,
                                   set_restless);
    object_class_property_add_bool(klass, "storm", get_storm, set_storm);
    object_class_property_add(klass, "generation-reads", "uint32",
                              get_generation_reads, NULL, NULL, NULL);
}

static const TypeInfo paravisor_pci_hostile_info = {
    .name = TYPE_PARAVISOR_PCI_HOSTILE,
    .parent = TYPE_PARAVISOR_PCI,
    .instance_size = sizeof(ParavisorPCIHostile),
    .class_size = sizeof(ParavisorPCIHostileClass),
    .class_init = paravisor_pci_hostile_class_init,
};

static void paravisor_pci_hostile_register_types(void)
{
    type_register_static(&paravisor_pci_hostile_info);
}

type_init(paravisor_pci_hostile_register_types)
