/*
 * QTest of the paravisor feature enumeration PCI function
 *
 * Requirement numbers (PVF-DEV-nn) are those of the device's specification.
 * Offsets and values of the ABI on which other implementations rely are
 * literals here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "libqtest.h"
#include "libqos/fw_cfg.h"
#include "libqos/generic-pcihost.h"
#include "libqos/pci.h"
#include "libqos/pci-pc.h"
#include "hw/pci/pci_ids.h"
#include "hw/pci/pci_regs.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "standard-headers/linux/pvfeat-abi.h"

#define DEVFN QPCI_DEVFN(4, 0)
#define DEVFN_TEXT "addr=04.0"
#define BAR_SIZE 0x10000
#define EXTENDED_CONFIG 0x100

#define OBJ "-object paravisor-features,id=pv0,"
#define DEV "-device paravisor-pci,"

typedef struct Machine {
    const char *arch;
    const char *name;
    bool express;
} Machine;

static const Machine machines[] = {
    { "x86_64", "pc", false },
    { "x86_64", "q35", true },
    { "i386", "pc", false },
    { "i386", "q35", true },
    { "aarch64", "virt", true },
};

typedef struct Function {
    const Machine *machine;
    QTestState *qts;
    QPCIBus *pc_bus;
    QGenericPCIBus generic_bus;
    QPCIDevice *dev;
    uint64_t bar0;
    uint64_t bar0_size;
    uint64_t ecam;
} Function;

static void map_bar(Function *f)
{
    qpci_device_enable(f->dev);
    f->bar0 = qpci_iomap(f->dev, 0, &f->bar0_size).addr;
}

/* Start QEMU and find the function that the options place at DEVFN */
static Function *function_new(const Machine *machine, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static Function *function_new(const Machine *machine, const char *format, ...)
{
    Function *f = g_new0(Function, 1);
    g_autofree char *options = NULL;
    va_list args;
    QPCIBus *bus;

    va_start(args, format);
    options = g_strdup_vprintf(format, args);
    va_end(args);

    f->machine = machine;
    f->qts = qtest_initf("-machine %s -nodefaults %s", machine->name, options);
    if (!strcmp(machine->name, "virt")) {
        qpci_init_generic(&f->generic_bus, f->qts, NULL, false);
        bus = &f->generic_bus.bus;
        f->ecam = f->generic_bus.ecam_alloc_ptr;
    } else {
        bus = f->pc_bus = qpci_new_pc(f->qts, NULL);
        if (machine->express) {
            /* PCIEXBAR of the Q35 host bridge: base, and enable */
            QPCIDevice *host = qpci_device_find(bus, QPCI_DEVFN(0, 0));

            f->ecam = 0xb0000000;
            qpci_config_writel(host, 0x60, f->ecam | 1);
            g_free(host);
        }
    }
    f->dev = qpci_device_find(bus, DEVFN);
    g_assert_nonnull(f->dev);
    map_bar(f);
    return f;
}

static void function_free(Function *f)
{
    g_free(f->dev);
    if (f->pc_bus) {
        qpci_free_pc(f->pc_bus);
    }
    qtest_quit(f->qts);
    g_free(f);
}

static uint32_t word(Function *f, unsigned w)
{
    uint32_t value;

    qtest_memread(f->qts, f->bar0 + w * 4, &value, sizeof(value));
    return le32_to_cpu(value);
}

static uint8_t config_byte(Function *f, unsigned offset)
{
    if (offset < EXTENDED_CONFIG) {
        return qpci_config_readb(f->dev, offset);
    }
    return qtest_readb(f->qts, f->ecam + ((uint64_t)DEVFN << 12) + offset);
}

static uint32_t config_le(Function *f, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    while (size--) {
        value = value << 8 | config_byte(f, offset + size);
    }
    return value;
}

/* Offset of the first extended capability with this ID, or 0 */
static unsigned find_extended(Function *f, uint16_t id)
{
    unsigned offset = EXTENDED_CONFIG;

    for (int limit = 0; offset && limit < 64; limit++) {
        uint32_t header = config_le(f, offset, 4);

        if (PCI_EXT_CAP_ID(header) == id) {
            return offset;
        }
        offset = PCI_EXT_CAP_NEXT(header);
    }
    return 0;
}

static void test_identity(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT);

    g_assert_cmphex(config_le(f, PCI_VENDOR_ID, 2), ==, 0x1af4);
    g_assert_cmphex(config_le(f, PCI_DEVICE_ID, 2), ==, 0x10f5);
    g_assert_cmphex(config_le(f, PCI_CLASS_REVISION, 4), ==, 0x08800001);
    g_assert_cmphex(config_byte(f, PCI_HEADER_TYPE), ==, 0);
    /* PVF-DEV-20: memory, 64 KiB */
    g_assert_cmphex(config_byte(f, PCI_BASE_ADDRESS_0) & 0xf, ==,
                    PCI_BASE_ADDRESS_SPACE_MEMORY);
    g_assert_cmphex(f->bar0_size, ==, BAR_SIZE);
    function_free(f);
}

/* PVF-DEV-15, 18, 19: one locator, byte by byte, of the kind for the bus */
static void test_locator(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT);
    unsigned vndr = qpci_find_capability(f->dev, PCI_CAP_ID_VNDR, 0);
    unsigned exp = qpci_find_capability(f->dev, PCI_CAP_ID_EXP, 0);
    unsigned body;

    if (f->machine->express) {
        unsigned dvsec = find_extended(f, PCI_EXT_CAP_ID_DVSEC);

        g_assert_cmphex(vndr, ==, 0);
        g_assert_cmphex(exp, !=, 0);
        g_assert_cmphex(dvsec, >=, EXTENDED_CONFIG);
        g_assert_cmphex(config_le(f, dvsec, 4) & 0xfffff, ==, 0x10023);
        g_assert_cmphex(config_le(f, dvsec + 4, 4), ==, 0x01c11af4);
        g_assert_cmphex(config_le(f, dvsec + 8, 4), ==, 0x10f5);
        body = dvsec + 0xc;
    } else {
        g_assert_cmphex(exp, ==, 0);
        g_assert_cmphex(vndr, !=, 0);
        g_assert_cmphex(config_byte(f, vndr + 2), ==, 0x14);
        g_assert_cmphex(config_byte(f, vndr + 3), ==, 0);
        g_assert_cmphex(qpci_find_capability(f->dev, PCI_CAP_ID_VNDR, vndr),
                        ==, 0);
        body = vndr + 4;
    }
    g_assert_cmphex(config_le(f, body, 4), ==, 0x4c547650);
    g_assert_cmphex(config_byte(f, body + 4), ==, 1);
    g_assert_cmphex(config_byte(f, body + 5), ==, 0);
    g_assert_cmphex(config_le(f, body + 6, 2), ==, 0);
    g_assert_cmphex(config_le(f, body + 8, 4), ==, 0);
    g_assert_cmphex(config_le(f, body + 12, 4), ==, 4096);
    function_free(f);
}

/* PVF-DEV-25 */
static void test_msix(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT);
    unsigned msix = qpci_find_capability(f->dev, PCI_CAP_ID_MSIX, 0);

    g_assert_cmphex(msix, !=, 0);
    /* One vector, table and PBA in BAR1 */
    g_assert_cmphex(config_le(f, msix + 2, 2) & 0x7ff, ==, 0);
    g_assert_cmphex(config_le(f, msix + 4, 4), ==, 1);
    g_assert_cmphex(config_le(f, msix + 8, 4) & 7, ==, 1);
    function_free(f);

    f = function_new(data, "-device paravisor-pci,msix=off," DEVFN_TEXT);
    g_assert_cmphex(qpci_find_capability(f->dev, PCI_CAP_ID_MSIX, 0), ==, 0);
    g_assert_cmphex(word(f, 1), ==, 0x65467650);
    function_free(f);
}

/* Without an APIC a PC has no MSI-X, but still the table */
static void test_no_msix(const void *data)
{
    Function *f = function_new(data, "-cpu 486,apic=off "
                               "-device paravisor-pci," DEVFN_TEXT);

    g_assert_cmphex(qpci_find_capability(f->dev, PCI_CAP_ID_MSIX, 0), ==, 0);
    g_assert_cmphex(word(f, 1), ==, 0x65467650);
    function_free(f);
}

/* The header of every table: PVF-DEV-01, 02, 03, 04, 27 */
static void check_header(Function *f, uint32_t nwords)
{
    g_assert_cmphex(word(f, 0), ==, 0x40008000 + (12 + nwords + 3) / 4 - 1);
    g_assert_cmphex(word(f, 1), ==, 0x65467650);
    g_assert_cmphex(word(f, 2), ==, 0x76507461);
    g_assert_cmphex(word(f, 3), ==, 0x74616546);
    g_assert_cmphex(word(f, 4), ==, 0x00010000);
    g_assert_cmphex(word(f, 5), ==, 0);
    g_assert_cmphex(word(f, 7), ==, nwords);
    g_assert_cmphex(word(f, 11), ==, 0);
}

/* PVF-DEV-05, 20: the last word is followed by zeros only */
static void check_zeros(Function *f, uint32_t from_word)
{
    g_autofree uint8_t *bar = g_malloc(BAR_SIZE);

    qtest_memread(f->qts, f->bar0, bar, BAR_SIZE);
    for (unsigned i = from_word * 4; i < BAR_SIZE; i++) {
        g_assert_cmphex(bar[i], ==, 0);
    }
}

/* PVF-DEV-10: by default no feature is on */
static void test_default_table(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT);

    check_header(f, 1);
    g_assert_cmphex(word(f, 6), ==, 0);
    g_assert_cmphex(word(f, 8), ==, 0);
    g_assert_cmphex(word(f, 9), ==, 0);
    g_assert_cmphex(word(f, 10), ==, 0);
    check_zeros(f, 12);
    function_free(f);
}

/* PVF-DEV-06, 08: each option is in its word, set on object or device */
static void test_every_word(const void *data)
{
    static const char options[] =
        "features=confidential+attestation-report+shared-gpa-boundary+"
        "feature-40+feature-159,feature-words=0x800000:0x0:0xdeadbeef,"
        "tee=sev-snp,"
        "access-method=svsm,shared-gpa-boundary=47,paravisor-id=0x00021414,"
        "paravisor-version=0x01020304";
    Function *f[] = {
        function_new(data, "-device paravisor-pci,%s," DEVFN_TEXT, options),
        function_new(data, "-object paravisor-features,id=pv0,%s "
                     "-device paravisor-pci," DEVFN_TEXT, options),
        function_new(data, "-object paravisor-features,id=pv0 "
                     "-object paravisor-features,id=pv1,firmware=off,%s "
                     "-device paravisor-pci,table=pv1," DEVFN_TEXT, options),
    };

    for (unsigned i = 0; i < ARRAY_SIZE(f); i++) {
        check_header(f[i], 5);
        g_assert_cmphex(word(f[i], 6), ==, 2);
        g_assert_cmphex(word(f[i], 8), ==, 0x00021414);
        g_assert_cmphex(word(f[i], 9), ==, 0x01020304);
        g_assert_cmphex(word(f[i], 10), ==, 47 << 8 | 1);
        g_assert_cmphex(word(f[i], 12), ==, 0x00802041);
        g_assert_cmphex(word(f[i], 13), ==, 0x00000100);
        g_assert_cmphex(word(f[i], 14), ==, 0xdeadbeef);
        g_assert_cmphex(word(f[i], 15), ==, 0);
        g_assert_cmphex(word(f[i], 16), ==, 0x80000000);
        check_zeros(f[i], 17);
        function_free(f[i]);
    }
}

/* PVF-DEV-12: each registered feature by its name, with those it requires */
static void test_every_name(const void *data)
{
#define FEATURE(n, id, name, ...) { n, name },
    static const struct {
        unsigned nr;
        const char *name;
    } features[] = { PVFEAT_REGISTRY(FEATURE) };
#undef FEATURE

    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        uint32_t want = 1u << features[i].nr;
        uint32_t with = 0;
        Function *f;

#define NEEDS(a, b) \
        with |= (features[i].nr == PVFEAT_##a) ? 1u << PVFEAT_##b : 0;
#define EXCLUDES(a, b)
        PVFEAT_RULES(NEEDS, EXCLUDES)
        f = function_new(data, "-device paravisor-pci," DEVFN_TEXT
                         ",features=%s,feature-words=0x%x,"
                         "shared-gpa-boundary=%d", features[i].name, with,
                         features[i].nr == PVFEAT_SHARED_GPA_BOUNDARY ? 63 : 0);
        g_assert_cmphex(word(f, 12), ==, want | with);
        function_free(f);
    }
}

/* The largest table has 1024 features */
static void test_largest_table(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT
                               ",features=feature-1023");

    check_header(f, 32);
    g_assert_cmphex(word(f, 0), ==, 0x4000800a);
    for (unsigned w = 12; w < 43; w++) {
        g_assert_cmphex(word(f, w), ==, 0);
    }
    g_assert_cmphex(word(f, 43), ==, 0x80000000);
    check_zeros(f, 44);
    function_free(f);

    f = function_new(data, "-device paravisor-pci,min-feature-words=32,"
                     DEVFN_TEXT);
    check_header(f, 32);
    check_zeros(f, 12);
    function_free(f);

    f = function_new(data, "-device paravisor-pci,feature-words=0x0:0x0,"
                     DEVFN_TEXT);
    check_header(f, 2);
    function_free(f);
}

/* PVF-DEV-22: reads of any size at any offset */
static void test_reads(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT
                               ",feature-words=0x01233985:0x9abcdef0");
    uint8_t bar[96];

    qtest_memread(f->qts, f->bar0, bar, sizeof(bar));
    for (unsigned at = 0; at < 80; at++) {
        g_assert_cmphex(qtest_readb(f->qts, f->bar0 + at), ==, bar[at]);
        for (unsigned size = 1; size <= 8; size *= 2) {
            uint8_t part[8];

            qtest_memread(f->qts, f->bar0 + at, part, size);
            g_assert_cmpmem(part, size, bar + at, size);
        }
    }
    for (unsigned at = 0; at < 80; at += 8) {
        g_assert_cmphex(qtest_readw(f->qts, f->bar0 + at), ==,
                        lduw_le_p(bar + at));
        g_assert_cmphex(qtest_readl(f->qts, f->bar0 + at), ==,
                        (uint32_t)ldl_le_p(bar + at));
        g_assert_cmphex(qtest_readq(f->qts, f->bar0 + at), ==,
                        ldq_le_p(bar + at));
    }
    function_free(f);
}

/* PVF-DEV-23: writes of any size have no effect */
static void test_writes(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT
                               ",features=vtpm+attestation-report");
    g_autofree uint8_t *before = g_malloc(BAR_SIZE);
    g_autofree uint8_t *after = g_malloc(BAR_SIZE);
    static const uint64_t places[] = { 0, 4, 20, 48, 51, 63, 64, 4095, 0xfff8 };

    qtest_memread(f->qts, f->bar0, before, BAR_SIZE);
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t at = f->bar0 + places[i];

        qtest_writeb(f->qts, at, 0xff);
        qtest_writew(f->qts, at, 0xffff);
        qtest_writel(f->qts, at, 0xffffffff);
        qtest_writeq(f->qts, at, UINT64_MAX);
    }
    qtest_memset(f->qts, f->bar0, 0xa5, BAR_SIZE);
    qtest_memread(f->qts, f->bar0, after, BAR_SIZE);
    g_assert_cmpmem(before, BAR_SIZE, after, BAR_SIZE);
    function_free(f);
}

/* PVF-DEV-26 */
static void test_reset(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT
                               ",features=vtpm+attestation-report");
    uint8_t before[4096], after[4096];

    qtest_memread(f->qts, f->bar0, before, sizeof(before));
    qtest_system_reset(f->qts);
    map_bar(f);
    qtest_memread(f->qts, f->bar0, after, sizeof(after));
    g_assert_cmpmem(before, sizeof(before), after, sizeof(after));
    g_assert_cmphex(ldl_le_p(after + 20), ==, 0);

    if (f->machine->express) {
        /* A function-level reset clears the BAR's address, not its content */
        unsigned exp = qpci_find_capability(f->dev, PCI_CAP_ID_EXP, 0);

        qpci_config_writew(f->dev, exp + PCI_EXP_DEVCTL,
                           PCI_EXP_DEVCTL_BCR_FLR);
        g_assert_cmphex(config_le(f, PCI_BASE_ADDRESS_0, 4), ==, 0);
        map_bar(f);
        qtest_memread(f->qts, f->bar0, after, sizeof(after));
        g_assert_cmpmem(before, sizeof(before), after, sizeof(after));
    }
    function_free(f);
}

/* PVF-DEV-17: functions are independent of each other */
static void test_two_functions(const void *data)
{
    Function *f = function_new(data,
        "-object paravisor-features,id=a,features=vtpm "
        "-object paravisor-features,id=b,firmware=off,features=trusted-time "
        "-device paravisor-pci,table=a," DEVFN_TEXT " "
        "-device paravisor-pci,table=b,addr=05.0");
    QPCIDevice *first = f->dev;

    g_assert_cmphex(word(f, 12), ==, 1 << 16);
    f->dev = qpci_device_find(first->bus, QPCI_DEVFN(5, 0));
    map_bar(f);
    g_assert_cmphex(word(f, 12), ==, 1 << 22);
    g_free(first);
    function_free(f);
}

/* ---- change at run time -------------------------------------------------- */

#define OBJECT "/objects/pv0"

/* The address in RAM that MSI-X messages are written to */
#define MESSAGE 0x8000
#define MESSAGE_DATA 0x76667631

static uint64_t ram_base(Function *f)
{
    return strcmp(f->machine->name, "virt") ? 0 : 0x40000000;
}

/* The vector's entry in BAR1: address, data, and control (1: masked) */
static void msix_write(Function *f, unsigned offset, uint32_t value)
{
    qpci_io_writel(f->dev, f->dev->msix_table_bar, offset, value);
}

static void msix_arm(Function *f)
{
    qpci_msix_enable(f->dev);
    msix_write(f, PCI_MSIX_ENTRY_LOWER_ADDR, ram_base(f) + MESSAGE);
    msix_write(f, PCI_MSIX_ENTRY_UPPER_ADDR, 0);
    msix_write(f, PCI_MSIX_ENTRY_DATA, MESSAGE_DATA);
    msix_write(f, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
}

/* Whether the vector fired since the last call */
static bool fired(Function *f)
{
    uint32_t data = qtest_readl(f->qts, ram_base(f) + MESSAGE);

    g_assert_true(data == 0 || data == MESSAGE_DATA);
    qtest_writel(f->qts, ram_base(f) + MESSAGE, 0);
    return data;
}

/* value is JSON with single quotes */
static QDict *qom_set(Function *f, const char *path, const char *property,
                      const char *value)
{
    g_autofree char *command =
        g_strdup_printf("{ 'execute': 'qom-set', 'arguments': { 'path': '%s',"
                        "'property': '%s', 'value': %s } }", path, property,
                        value);

    qtest_qmp_send_raw(f->qts, "%s", command);
    return qtest_qmp_receive(f->qts);
}

static void set(Function *f, const char *property, const char *value)
{
    QDict *reply = qom_set(f, OBJECT, property, value);

    g_assert_true(qdict_haskey(reply, "return"));
    qobject_unref(reply);
}

static void set_refused(Function *f, const char *path, const char *property,
                        const char *value, const char *message)
{
    QDict *reply = qom_set(f, path, property, value);
    const char *said;

    g_assert_true(qdict_haskey(reply, "error"));
    said = qdict_get_str(qdict_get_qdict(reply, "error"), "desc");
    g_test_message("%s", said);
    g_assert_nonnull(strstr(said, message));
    qobject_unref(reply);
}

/* The property current-table has the same words as the guest's table */
static void check_current_table(Function *f, const char *path)
{
    QDict *reply = qtest_qmp_assert_success_ref(f->qts,
        "{ 'execute': 'qom-get', 'arguments': { 'path': %s,"
        "'property': 'current-table' } }", path);
    QListEntry *entry;
    unsigned i = 0;

    g_assert_cmpint(qdict_get_int(reply, "generation"), ==, word(f, 5));
    QLIST_FOREACH_ENTRY(qdict_get_qlist(reply, "words"), entry) {
        uint64_t value;

        g_assert_true(qnum_get_try_uint(qobject_to(QNum,
                                                   qlist_entry_obj(entry)),
                                        &value));
        g_assert_cmphex(value, ==, word(f, i++));
    }
    g_assert_cmpint(i, ==, (word(f, 0) - 0x40008000 + 1) * 4);
    qobject_unref(reply);
}

/* PVF-DEV-28, PVF-DEV-30 */
static void test_change(const void *data)
{
    Function *f = function_new(data, OBJ "features=confidential -device "
                               "paravisor-pci,id=d," DEVFN_TEXT);
    g_autofree char *answer = NULL;

    msix_arm(f);
    g_assert_false(fired(f));
    set(f, "features", "'confidential+vtpm'");
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_cmphex(word(f, 12), ==, 1 | 1 << 16);
    g_assert_true(fired(f));
    check_current_table(f, OBJECT);
    check_current_table(f, "/machine/peripheral/d");

    /* Writing identical values is not a change */
    set(f, "features", "'vtpm+confidential'");
    set(f, "update", "{ 'tee': 'none', 'features': 'confidential+vtpm' }");
    set(f, "update", "{}");
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_false(fired(f));

    /* PVF-DEV-31: one change; each property alone would be invalid */
    set_refused(f, OBJECT, "shared-gpa-boundary", "47",
                "needs feature 'shared-gpa-boundary'");
    set(f, "update", "{ 'features': 'confidential+shared-gpa-boundary+"
        "feature-600', 'shared-gpa-boundary': 47, 'tee': 'tdx',"
        "'access-method': 'svsm', 'paravisor-id': 7, 'paravisor-version': 8,"
        "'min-feature-words': 30 }");
    g_assert_cmphex(word(f, 5), ==, 4);
    g_assert_cmphex(word(f, 6), ==, 1);
    g_assert_cmphex(word(f, 7), ==, 30);
    g_assert_cmphex(word(f, 8), ==, 7);
    g_assert_cmphex(word(f, 9), ==, 8);
    g_assert_cmphex(word(f, 10), ==, 1 | 47 << 8);
    g_assert_cmphex(word(f, 12 + 600 / 32), ==, 1 << 600 % 32);
    g_assert_true(fired(f));
    check_current_table(f, OBJECT);

    /* An invalid update has no effect */
    set_refused(f, OBJECT, "update", "{ 'paravisor-id': 9, 'tee': 'sgx' }",
                "does not accept value 'sgx'; it accepts none, tdx, sev-snp, cca, "
                "vbs");
    set_refused(f, OBJECT, "update",
                "{ 'paravisor-id': 9, 'features': 'vtpm' }",
                "shared-gpa-boundary=47 needs feature");
    set_refused(f, OBJECT, "update", "{ 'paravisor-id': 9, 'words': 1 }",
                "words' is unexpected");
    set_refused(f, OBJECT, "update",
                "{ 'min-feature-words': 5, 'min-feature-words': 6 }",
                "duplicate key");
    set_refused(f, OBJECT, "update", "{ 'firmware': false }", "firmware");
    set_refused(f, OBJECT, "firmware", "false", "firmware cannot be set");
    set_refused(f, OBJECT, "min-feature-words", "33", "up to 32 feature words");
    set_refused(f, OBJECT, "features", "'feature-1024'",
                "'feature-1024' is out of range: features go up to "
                "feature-1023");
    set_refused(f, "/machine/peripheral/d", "features", "'vtpm'",
                "set the properties there");
    g_assert_cmphex(word(f, 5), ==, 4);
    g_assert_cmphex(word(f, 8), ==, 7);
    g_assert_false(fired(f));

    /* A shorter table leaves no words of the longer one */
    set(f, "update", "{ 'features': '', 'shared-gpa-boundary': 0,"
        "'tee': 'none', 'min-feature-words': 0 }");
    g_assert_cmphex(word(f, 0), ==, 0x40008003);
    check_zeros(f, 12);
    g_assert_true(fired(f));

    /* HMP accepts a struct only as JSON */
    answer = qtest_hmp(f->qts, "qom-set " OBJECT " update 1");
    g_assert_nonnull(strstr(answer, "JSON"));

    /* A masked vector stays pending */
    msix_write(f, PCI_MSIX_ENTRY_VECTOR_CTRL, 1);
    set(f, "features", "'vtpm'");
    set(f, "features", "'vcpu-lifecycle'");
    g_assert_false(fired(f));
    g_assert_true(qpci_msix_pending(f->dev, 0));
    msix_write(f, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    g_assert_true(fired(f));
    g_assert_cmphex(word(f, 5), ==, 10);
    function_free(f);
}

/* Writing the values read from the properties results in the same table */
static void test_read_back(const void *data)
{
    static const char * const names[] = {
        "features", "tee", "access-method", "shared-gpa-boundary",
        "paravisor-id", "paravisor-version", "feature-words",
        "min-feature-words",
    };
    static const char * const updates[] = {
        "{ 'feature-words': '0x0:0x0' }",
        "{ 'features': 'confidential', 'feature-words': '0x1:0x0:0x0' }",
        "{ 'features': 'feature-600', 'feature-words': [ 0, 65536 ] }",
        "{ 'features': 'confidential+shared-gpa-boundary', 'tee': 'sev-snp',"
        "'access-method': 'svsm', 'shared-gpa-boundary': 47,"
        "'paravisor-id': 4294967294, 'paravisor-version': 8,"
        "'feature-words': '', 'min-feature-words': 30 }",
        "{ 'features': '', 'tee': 'none', 'access-method': 'native',"
        "'shared-gpa-boundary': 0, 'paravisor-id': 0, 'paravisor-version': 0,"
        "'min-feature-words': 0 }",
    };
    Function *f = function_new(data, OBJ "features=vtpm -device "
                               "paravisor-pci," DEVFN_TEXT);
    uint8_t first[4096], again[4096];

    for (unsigned i = 0; i < ARRAY_SIZE(updates); i++) {
        QDict *all = qdict_new();

        set(f, "update", updates[i]);
        qtest_memread(f->qts, f->bar0, first, sizeof(first));
        for (unsigned p = 0; p < ARRAY_SIZE(names); p++) {
            QDict *reply = qtest_qmp(f->qts, "{ 'execute': 'qom-get',"
                "'arguments': { 'path': '" OBJECT "', 'property': %s } }",
                names[p]);

            g_assert_true(qdict_haskey(reply, "return"));
            qdict_put_obj(all, names[p],
                          qobject_ref(qdict_get(reply, "return")));
            qobject_unref(reply);
        }
        set(f, "update", "{ 'features': 'confidential+trusted-time',"
            "'tee': 'cca', 'access-method': 'firmware-call',"
            "'shared-gpa-boundary': 0, 'paravisor-id': 5,"
            "'paravisor-version': 6, 'feature-words': '0x80000000',"
            "'min-feature-words': 31 }");
        qtest_qmp_assert_success(f->qts, "{ 'execute': 'qom-set',"
            "'arguments': { 'path': '" OBJECT "', 'property': 'update',"
            "'value': %p } }", all);
        qtest_memread(f->qts, f->bar0, again, sizeof(again));
        /* GENERATION differs */
        memcpy(again + 20, first + 20, 4);
        g_assert_cmpmem(first, sizeof(first), again, sizeof(again));
    }
    function_free(f);
}

/* SHA-256 of the words in the BAR, with GENERATION 0 */
static void check_digest(Function *f, const char *path)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    size_t size = (word(f, 0) - 0x40008000 + 1) * 16;
    QDict *reply = qtest_qmp(f->qts, "{ 'execute': 'qom-get', 'arguments': {"
        "'path': %s, 'property': 'digest' } }", path);
    uint8_t bytes[4096];

    qtest_memread(f->qts, f->bar0, bytes, sizeof(bytes));
    memset(bytes + 20, 0, 4);
    g_checksum_update(sum, bytes, size);
    g_assert_cmpstr(qdict_get_str(reply, "return"), ==,
                    g_checksum_get_string(sum));
    qobject_unref(reply);
}

static void test_digest(const void *data)
{
    static const char * const features[] = {
        "'vtpm'", "'trusted-time+feature-32'", "'feature-1023'", "''",
    };
    Function *f = function_new(data, OBJ "features=confidential,tee=sev-snp "
                               "-device paravisor-pci,id=d," DEVFN_TEXT);

    check_digest(f, OBJECT);
    check_digest(f, "/machine/peripheral/d");
    set(f, "tee", "'none'");
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        set(f, "features", features[i]);
        g_assert_cmphex(word(f, 5), ==, 4 + i * 2);
        check_digest(f, OBJECT);
        check_digest(f, "/machine/peripheral/d");
    }
    set_refused(f, OBJECT, "digest", "''", "digest");
    function_free(f);
}

/* Each way to set the properties, as text and as JSON */
static void test_ways(const void *data)
{
    static const char * const options[] = {
        OBJ "features=vtpm+confidential,feature-words=0x0:0x100,tee=tdx "
            "-device paravisor-pci,",
        "-object '{\"qom-type\":\"paravisor-features\",\"id\":\"pv0\","
            "\"features\":[\"vtpm\",\"confidential\"],"
            "\"feature-words\":[0,256],\"tee\":\"tdx\"}' "
            "-device paravisor-pci,",
        "-device paravisor-pci,features=vtpm+confidential,"
            "feature-words=0x0:0x100,tee=tdx,",
        "-device '{\"driver\":\"paravisor-pci\","
            "\"features\":[\"vtpm\",\"confidential\"],"
            "\"feature-words\":[0,256],\"tee\":\"tdx\","
            "\"addr\":\"04.0\"}' -device paravisor-pci,",
        "-global paravisor-pci.features=vtpm+confidential "
            "-global paravisor-pci.feature-words=0x0:0x100 "
            "-global paravisor-pci.tee=tdx -device paravisor-pci,",
    };
    static const char * const monitor[] = {
        "features vtpm+confidential",
        "-j " OBJECT " features [\"confidential\",\"vtpm\"]",
        "-j " OBJECT " features \"confidential+vtpm\"",
    };
    Function *f;

    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        f = function_new(data, "%s%s", options[i], i == 3 ? "addr=05.0" :
                         DEVFN_TEXT);
        g_assert_cmphex(word(f, 6), ==, 1);
        g_assert_cmphex(word(f, 7), ==, 2);
        g_assert_cmphex(word(f, 12), ==, 1 | 1 << 16);
        g_assert_cmphex(word(f, 13), ==, 0x100);
        function_free(f);
    }

    f = function_new(data, OBJ "tee=none -device paravisor-pci," DEVFN_TEXT);
    for (unsigned i = 0; i < ARRAY_SIZE(monitor); i++) {
        g_autofree char *command =
            g_strdup_printf("qom-set %s%s", i ? "" : OBJECT " ", monitor[i]);
        g_autofree char *answer = NULL;

        set(f, "features", "[]");
        g_assert_cmphex(word(f, 12), ==, 0);
        answer = qtest_hmp(f->qts, "%s", command);
        g_assert_cmpstr(answer, ==, "");
        g_assert_cmphex(word(f, 12), ==, 1 | 1 << 16);
    }
    /* The table has the union of both; setting one does not change the other */
    set(f, "feature-words", "[ 8, 0, 4294967295 ]");
    g_assert_cmphex(word(f, 12), ==, 1 | 8 | 1 << 16);
    g_assert_cmphex(word(f, 14), ==, 0xffffffff);
    set(f, "features", "[ 'confidential' ]");
    g_assert_cmphex(word(f, 12), ==, 1 | 8);
    set(f, "feature-words", "''");
    g_assert_cmphex(word(f, 7), ==, 1);
    g_assert_cmphex(word(f, 12), ==, 1);

    set_refused(f, OBJECT, "features", "[ 'vtmp' ]",
                "does not accept value 'vtmp'; it accepts confidential, ");
    set_refused(f, OBJECT, "features", "[ 16 ]", "expected: string");
    set_refused(f, OBJECT, "features", "{ 'vtpm': true }",
                "expected: ParavisorFeatureSet");
    set_refused(f, OBJECT, "features", "null", "expected: ParavisorFeatureSet");
    set_refused(f, OBJECT, "feature-words", "[ 4294967296 ]", "uint32");
    set_refused(f, OBJECT, "feature-words", "[ -1 ]", "uint");
    set_refused(f, OBJECT, "feature-words", "1",
                "expected: ParavisorFeatureWords");
    set_refused(f, OBJECT, "feature-words",
                "[ 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
                "24,25,26,27,28,29,30,31,32,33 ]", "up to 32 feature words");
    set_refused(f, OBJECT, "tee", "[]", "expected: string");
    set_refused(f, OBJECT, "access-method", "'mmio'",
                "it accepts native, svsm, hypercall-page, firmware-call");

    qtest_qmp_assert_success(f->qts, "{ 'execute': 'object-add', 'arguments':"
        "{ 'qom-type': 'paravisor-features', 'id': 'late', 'firmware': false,"
        "'features': [ 'vtpm', 'debug', 'confidential' ] } }");
    {
        g_autofree char *answer = qtest_hmp(f->qts,
                                            "qom-get /objects/late features");

        g_assert_nonnull(strstr(answer, "\"confidential+debug+vtpm\""));
    }
    function_free(f);
}

/* Two functions of one object change together; a device can have its own */
static void test_change_windows(const void *data)
{
    Function *f = function_new(data, OBJ "features=vtpm -device paravisor-pci,"
                               DEVFN_TEXT " -device paravisor-pci,addr=05.0");
    QPCIDevice *first = f->dev;

    set(f, "features", "'trusted-time'");
    g_assert_cmphex(word(f, 5), ==, 2);
    f->dev = qpci_device_find(first->bus, QPCI_DEVFN(5, 0));
    map_bar(f);
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_cmphex(word(f, 12), ==, 1 << 22);
    g_free(first);
    function_free(f);

    f = function_new(data, "-device paravisor-pci,id=d,features=vtpm,"
                     DEVFN_TEXT);
    qobject_unref(qom_set(f, "/machine/peripheral/d", "features",
                          "'trusted-time'"));
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_cmphex(word(f, 12), ==, 1 << 22);
    check_current_table(f, "/machine/peripheral/d");
    function_free(f);
}

/* ---- migration ----------------------------------------------------------- */

static void wait_for_migration(QTestState *qts, const char *status)
{
    for (;;) {
        QDict *event = qtest_qmp_eventwait_ref(qts, "MIGRATION");
        g_autofree char *now =
            g_strdup(qdict_get_str(qdict_get_qdict(event, "data"), "status"));

        qobject_unref(event);
        if (!strcmp(now, status)) {
            return;
        }
        g_assert_cmpstr(now, !=, "failed");
        g_assert_cmpstr(now, !=, "completed");
    }
}

static void migration_events(QTestState *qts)
{
    qtest_qmp_assert_success(qts, "{ 'execute': 'migrate-set-capabilities',"
        "'arguments': { 'capabilities': [ { 'capability': 'events',"
        "'state': true } ] } }");
}

/*
 * Save the function of f to a new file; f's QEMU keeps running, with the VM
 * stopped. If late_features is not NULL, it is set before the last pass.
 */
static char *save_and_stay(Function *f, const char *late_features)
{
    g_autofree char *uri = NULL;
    char *file = NULL;
    int fd = g_file_open_tmp("paravisor-pci-test-XXXXXX", &file, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    uri = g_strdup_printf("file:%s", file);
    migration_events(f->qts);
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'migrate-set-capabilities',"
        "'arguments': { 'capabilities': [ {"
        "'capability': 'pause-before-switchover', 'state': true } ] } }");
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'migrate',"
                             "'arguments': { 'uri': %s } }", uri);
    wait_for_migration(f->qts, "pre-switchover");
    if (late_features) {
        set(f, "features", late_features);
    }
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'migrate-continue',"
                             "'arguments': { 'state': 'pre-switchover' } }");
    wait_for_migration(f->qts, "completed");
    return file;
}

/* The same, but quit f's QEMU */
static char *save(Function *f, const char *late_features)
{
    char *file = save_and_stay(f, late_features);

    qtest_quit(f->qts);
    f->qts = NULL;
    return file;
}

/* Start a QEMU that loads the file; status is "completed" or "failed" */
static QTestState *restore(Function *f, const char *file, const char *options,
                           const char *status)
{
    g_autofree char *uri = g_strdup_printf("file:%s", file);
    QTestState *to = qtest_initf("-machine %s -nodefaults %s -incoming defer",
                                 f->machine->name, options);

    migration_events(to);
    qtest_qmp_assert_success(to, "{ 'execute': 'migrate-incoming',"
                             "'arguments': { 'uri': %s,"
                             "'exit-on-error': false } }", uri);
    wait_for_migration(to, status);
    return to;
}

/* Migrate the function of f to a QEMU with other options */
static void migrate_to(Function *f, const char *options)
{
    g_autofree char *file = save(f, NULL);

    f->qts = restore(f, file, options, "completed");
    f->dev->bus->qts = f->qts;
    unlink(file);
}

/* PVF-DEV-32: the destination's words, and the source's GENERATION continues */
static void test_migration(const void *data)
{
    static const char vtpm[] = "-device paravisor-pci," DEVFN_TEXT
                               ",features=vtpm";
    static const char more[] = "-device paravisor-pci," DEVFN_TEXT
                               ",features=trusted-time+feature-100";
    Function *f = function_new(data, "%s", vtpm);

    msix_arm(f);
    migrate_to(f, vtpm);
    g_assert_cmphex(word(f, 12), ==, 1 << 16);
    g_assert_cmphex(word(f, 5), ==, 0);
    g_assert_false(fired(f));
    migrate_to(f, more);
    g_assert_cmphex(word(f, 12), ==, 1 << 22);
    g_assert_cmphex(word(f, 15), ==, 1 << 4);
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_true(fired(f));
    /* A shorter table again: no words of the longer one are left */
    migrate_to(f, vtpm);
    g_assert_cmphex(word(f, 12), ==, 1 << 16);
    g_assert_cmphex(word(f, 5), ==, 4);
    check_zeros(f, 13);
    g_assert_true(fired(f));
    function_free(f);
}

/* A change before the last pass of the migration is delivered, too */
static void test_migration_late(const void *data)
{
    static const char target[] = OBJ "features=vcpu-lifecycle -device "
                                 "paravisor-pci," DEVFN_TEXT;
    Function *f = function_new(data, OBJ "features=vtpm -device paravisor-pci,"
                               DEVFN_TEXT);
    g_autofree char *file = NULL;

    msix_arm(f);
    set(f, "features", "'trusted-time'");
    g_assert_true(fired(f));
    file = save(f, "'vcpu-lifecycle'");
    f->qts = qtest_initf("-machine %s -nodefaults %s -incoming defer",
                         f->machine->name, target);
    set_refused(f, OBJECT, "features", "'vtpm'",
                "during an incoming migration");
    qtest_quit(f->qts);
    f->qts = restore(f, file, target, "completed");
    f->dev->bus->qts = f->qts;
    unlink(file);
    g_assert_cmphex(word(f, 12), ==, 1 << PVFEAT_VCPU_LIFECYCLE);
    /* The words are the same, but the vector has not fired at the source */
    g_assert_cmphex(word(f, 5), ==, 4);
    g_assert_true(fired(f));
    function_free(f);
}

/* The vector fires when the guest runs, even after further migrations */
static void test_migration_stopped(const void *data)
{
    Function *f = function_new(data, "-device paravisor-pci," DEVFN_TEXT);

    msix_arm(f);
    migrate_to(f, "-S -device paravisor-pci,features=vtpm," DEVFN_TEXT);
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_false(fired(f));
    migrate_to(f, "-S -device paravisor-pci,features=vtpm," DEVFN_TEXT);
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_false(fired(f));
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'cont' }");
    qtest_qmp_eventwait(f->qts, "RESUME");
    g_assert_true(fired(f));
    function_free(f);
}

/*
 * The section of the function in a stream: type, number, name, instance,
 * version (the last two big-endian 32 bits), then content, then a footer with
 * the section's number.
 */
typedef struct Section {
    uint8_t *version;
    uint8_t *end;
} Section;

static Section find_section(char *stream, size_t size)
{
    static const char name[] = "/paravisor-pci";
    /* Match the first byte of the instance: a RAM block is named ...-table */
    uint8_t *p = memmem(stream, size, name, sizeof(name));
    uint8_t *start, footer[5] = { 0x7e };
    Section s;

    g_assert_nonnull(p);
    s.version = p + strlen(name) + 4;
    /* Search back to the length before the name; the number precedes it */
    for (start = p; start[-1] != p + strlen(name) - start; start--) {
        g_assert_true((char *)start > stream + 5);
    }
    memcpy(footer + 1, start - 5, 4);
    s.end = memmem(s.version, (uint8_t *)stream + size - s.version, footer,
                   sizeof(footer));
    g_assert_nonnull(s.end);
    return s;
}

/* Find BAR0 in the stream by the table's signature */
static uint8_t *find_table(char *stream, size_t size)
{
    static const uint32_t signature[] = {
        PVFEAT_SIGNATURE_B, PVFEAT_SIGNATURE_C, PVFEAT_SIGNATURE_D
    };
    uint8_t bytes[12];
    uint8_t *p;

    for (unsigned i = 0; i < 3; i++) {
        stl_le_p(bytes + i * 4, signature[i]);
    }
    p = memmem(stream, size, bytes, sizeof(bytes));
    g_assert_nonnull(p);
    return p - 4;
}

/* PVF-DEV-33: hostile streams */
static void test_bad_streams(const void *data)
{
    static const char same[] = "-device paravisor-pci," DEVFN_TEXT
                               ",features=vtpm";
    static const struct {
        uint32_t generation;
        bool good;
    } generations[] = {
        { 4, true }, { 0xfffffffc, true }, { 1, false }, { 0xfffffffd, false },
        { 0xfffffffe, false }, { 0xffffffff, false },
    };
    Function *f = function_new(data, "%s", same);
    g_autofree char *file = NULL;
    g_autofree char *good = NULL;
    g_autofree char *bad = NULL;
    size_t size;
    Section s;

    msix_arm(f);
    file = save(f, NULL);
    g_assert_true(g_file_get_contents(file, &good, &size, NULL));
    bad = g_memdup2(good, size);

    /* Unsupported versions, and truncated content */
    for (unsigned i = 0; i < 3; i++) {
        memcpy(bad, good, size);
        s = find_section(bad, size);
        g_assert_cmphex(ldl_be_p(s.version), ==, 3);
        if (i < 2) {
            stl_be_p(s.version, 1 + i * 3);
        }
        g_assert_true(g_file_set_contents(file, bad, i < 2 ? size :
                                          (char *)s.end - bad - 20, NULL));
        qtest_quit(restore(f, file, same, "failed"));
    }

    /*
     * A malformed table: the guest reads this host's table, as a change. If
     * GENERATION is invalid, the stream is refused.
     */
    for (unsigned i = 0; i < ARRAY_SIZE(generations); i++) {
        uint8_t *table;

        memcpy(bad, good, size);
        table = find_table(bad, size);
        memset(table, 0xff, 128);
        stl_le_p(table + PVFEAT_W_GENERATION * 4, generations[i].generation);
        stl_be_p(find_section(bad, size).version + 4,
                 generations[i].generation);
        g_assert_true(g_file_set_contents(file, bad, size, NULL));
        if (!generations[i].good) {
            qtest_quit(restore(f, file, same, "failed"));
            continue;
        }
        f->qts = restore(f, file, same, "completed");
        f->dev->bus->qts = f->qts;
        g_assert_cmphex(word(f, 0), ==, 0x40008003);
        g_assert_cmphex(word(f, 12), ==, 1 << 16);
        check_zeros(f, 13);
        g_assert_cmphex(word(f, 5), ==, i == 0 ? 6 : 0);
        g_assert_true(fired(f));
        qtest_quit(f->qts);
    }

    /* The destination's function is incompatible */
    g_assert_true(g_file_set_contents(file, good, size, NULL));
    qtest_quit(restore(f, file, "-device paravisor-pci,msix=off," DEVFN_TEXT,
                       "failed"));

    unlink(file);
    f->qts = NULL;
    g_free(f->dev);
    if (f->pc_bus) {
        qpci_free_pc(f->pc_bus);
    }
    g_free(f);
}

/*
 * GENERATION occurs twice, in the device's state and in BAR0. If they differ,
 * the stream is refused, and the source can continue.
 */
static void test_refused_stream(const void *data)
{
    static const char options[] = OBJ "features=vtpm -device paravisor-pci,"
                                  DEVFN_TEXT;
    Function *f = function_new(data, "%s", options);
    g_autofree char *file = NULL;
    g_autofree char *log = NULL;
    g_autofree char *redirect = NULL;
    g_autofree char *stream = NULL;
    g_autofree char *said = NULL;
    const char *line;
    uint8_t *field;
    size_t size;

    msix_arm(f);
    set(f, "features", "'trusted-time'");
    g_assert_true(fired(f));
    file = save_and_stay(f, NULL);
    g_assert_true(g_file_get_contents(file, &stream, &size, NULL));
    field = find_section(stream, size).version + 4;
    g_assert_cmphex(ldl_be_p(field), ==, 2);
    stl_be_p(field, 4);
    g_assert_true(g_file_set_contents(file, stream, size, NULL));
    log = g_strdup_printf("%s.log", file);
    redirect = g_strdup_printf("%s 2>%s", options, log);
    qtest_quit(restore(f, file, redirect, "failed"));
    g_assert_true(g_file_get_contents(log, &said, NULL, NULL));
    line = strstr(said, "paravisor-pci: GENERATION is 4 in the device's state "
                  "but 2 in BAR0");
    g_assert_nonnull(line);
    g_assert_null(strstr(line + 20, "GENERATION"));
    unlink(log);
    unlink(file);

    qtest_qmp_assert_success(f->qts, "{ 'execute': 'cont' }");
    set(f, "features", "'vtpm'");
    g_assert_cmphex(word(f, 5), ==, 4);
    g_assert_true(fired(f));
    function_free(f);
}

/* ---- firmware windows ---------------------------------------------------- */

/* Read an AML integer at *p, and advance *p past it */
static uint32_t aml_integer(const uint8_t **p)
{
    uint8_t op = *(*p)++;
    unsigned bytes = op == 0x0a ? 1 : op == 0x0b ? 2 : op == 0x0c ? 4 : 0;
    uint32_t value = op;

    g_assert_true(bytes || op <= 1);
    if (bytes) {
        value = ldn_le_p(*p, bytes);
    }
    *p += bytes;
    return value;
}

/* The ACPI window: a package after the property's name */
static unsigned acpi_words(Function *f, uint32_t *words)
{
    static const char name[] = "paravisor-features";
    size_t room = 128 * KiB;
    g_autofree uint8_t *tables = g_malloc(room);
    QFWCFG *fw_cfg = pc_fw_cfg_init(f->qts);
    size_t size = qfw_cfg_get_file(fw_cfg, "etc/acpi/tables", tables, room);
    const uint8_t *p = memmem(tables, MIN(size, room), name, sizeof(name));
    unsigned nr;

    pc_fw_cfg_uninit(fw_cfg);
    g_assert_nonnull(memmem(tables, MIN(size, room), "QEMU10F5", 9));
    g_assert_nonnull(memmem(tables, MIN(size, room), "PVFEATURES", 11));
    g_assert_nonnull(p);
    p += sizeof(name);
    g_assert_cmphex(*p++, ==, 0x12);
    p += 1 + (*p >> 6);
    nr = *p++;
    for (unsigned i = 0; i < nr; i++) {
        words[i] = aml_integer(&p);
    }
    return nr;
}

/* The DeviceTree window, in the guest's tree at the start of RAM */
static unsigned fdt_words(Function *f, uint32_t *words)
{
    g_autofree uint8_t *fdt = NULL;
    uint8_t header[8], signature[4];
    const uint8_t *p;
    uint32_t size;
    unsigned nr;

    qtest_memread(f->qts, ram_base(f), header, sizeof(header));
    g_assert_cmphex((uint32_t)ldl_be_p(header), ==, 0xd00dfeed);
    size = ldl_be_p(header + 4);
    fdt = g_malloc(size);
    qtest_memread(f->qts, ram_base(f), fdt, size);
    stl_be_p(signature, PVFEAT_SIGNATURE_B);
    p = memmem(fdt, size, signature, sizeof(signature));
    g_assert_nonnull(p);
    /* Before it: FDT_PROP, length, offset of the name, MAX_LEAF */
    p -= 16;
    g_assert_cmphex(ldl_be_p(p), ==, 3);
    nr = ldl_be_p(p + 4) / 4;
    for (unsigned i = 0; i < nr; i++) {
        words[i] = ldl_be_p(p + 12 + i * 4);
    }
    /* FDT_NOP in the reserved space, then FDT_END_NODE or FDT_PROP */
    for (unsigned i = nr; i < 44; i++) {
        g_assert_cmphex(ldl_be_p(p + 12 + i * 4), ==, 4);
    }
    g_assert_cmphex(ldl_be_p(p + 12 + 44 * 4) & ~1, ==, 2);
    return nr;
}

static unsigned firmware_words(Function *f, uint32_t *words)
{
    return strcmp(f->machine->name, "virt") ? acpi_words(f, words) :
           fdt_words(f, words);
}

static void check_firmware(Function *f)
{
    uint32_t words[256];
    unsigned nr = firmware_words(f, words);

    g_assert_cmpuint(nr, ==, (word(f, 0) - 0x40008000 + 1) * 4);
    for (unsigned i = 0; i < nr; i++) {
        g_assert_cmphex(words[i], ==, word(f, i));
    }
}

static void reset(Function *f)
{
    qtest_system_reset(f->qts);
    map_bar(f);
}

/* Plug a function in, and check its GENERATION */
static void check_plugged(Function *f, const char *addr, uint32_t generation)
{
    g_autofree char *id = g_strdup_printf("at-%.2s", addr);
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", id);
    QDict *table;

    qtest_qmp_assert_success(f->qts, "{ 'execute': 'device_add', 'arguments':"
        "{ 'driver': 'paravisor-pci', 'id': %s, 'addr': %s } }", id, addr);
    table = qtest_qmp_assert_success_ref(f->qts,
        "{ 'execute': 'qom-get', 'arguments': { 'path': %s,"
        "'property': 'current-table' } }", path);
    g_assert_cmpint(qdict_get_int(table, "generation"), ==, generation);
    qobject_unref(table);
}

/*
 * PVF-DEV-36, PVF-DEV-37: the firmware windows have the table of the last
 * reset, with the GENERATION of PCI
 */
static void test_firmware_reset(const void *data)
{
    Function *f = function_new(data, OBJ "features=vtpm -device paravisor-pci,"
                               DEVFN_TEXT);
    uint32_t words[256];

    check_firmware(f);
    set(f, "features", "'trusted-time+feature-1023'");
    g_assert_cmpuint(firmware_words(f, words), ==, 16);
    g_assert_cmphex(words[PVFEAT_W_GENERATION], ==, 0);
    g_assert_cmphex(words[PVFEAT_W_FEATURES], ==, 1 << 16);
    reset(f);
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_cmphex(word(f, 7), ==, 32);
    check_firmware(f);
    /* A shorter table leaves no words of the longer one, also when repeated */
    set(f, "features", "'vtpm'");
    reset(f);
    g_assert_cmphex(word(f, 5), ==, 4);
    check_firmware(f);
    set(f, "features", "'feature-40'");
    reset(f);
    check_firmware(f);

    /* GENERATION continues from the source, not from the new object */
    migrate_to(f, OBJ "features=device-relay+feature-100 "
               "-device paravisor-pci," DEVFN_TEXT);
    g_assert_cmphex(word(f, 5), ==, 8);
    reset(f);
    g_assert_cmphex(word(f, 5), ==, 8);
    check_firmware(f);
    /* The GENERATION of a plugged function is not lower than theirs */
    if (!strcmp(f->machine->name, "pc")) {
        check_plugged(f, "05.0", 8);
        set(f, "features", "'device-relay'");
        check_plugged(f, "06.0", 10);
    }
    function_free(f);

    /* Without a PCI window of the object, GENERATION is the object's own */
    f = function_new(data, OBJ "features=vtpm "
                     "-object paravisor-features,id=pv1,firmware=off "
                     "-device paravisor-pci,table=pv1," DEVFN_TEXT);
    set(f, "features", "'debug+confidential'");
    reset(f);
    firmware_words(f, words);
    g_assert_cmphex(words[PVFEAT_W_GENERATION], ==, 2);
    g_assert_cmphex(words[PVFEAT_W_FEATURES], ==, 1 << 12 | 1);
    g_assert_cmphex(word(f, 5), ==, 0);
    function_free(f);
}

/* savevm and loadvm follow the same rule */
static void test_snapshot(const void *data)
{
    g_autofree char *file = NULL;
    g_autofree char *answer = NULL;
    int fd = g_file_open_tmp("paravisor-pci-test-XXXXXX", &file, NULL);
    Function *f;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    f = function_new(data, "-blockdev driver=file,node-name=file,filename=%s "
                     OBJ "features=vtpm -device paravisor-pci," DEVFN_TEXT,
                     file);
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'blockdev-create',"
        "'arguments': { 'job-id': 'j', 'options': { 'driver': 'qcow2',"
        "'file': 'file', 'size': 65536 } } }");
    for (;;) {
        QDict *event = qtest_qmp_eventwait_ref(f->qts, "JOB_STATUS_CHANGE");
        bool done = !strcmp(qdict_get_str(qdict_get_qdict(event, "data"),
                                          "status"), "concluded");

        qobject_unref(event);
        if (done) {
            break;
        }
    }
    qtest_qmp_assert_success(f->qts, "{ 'execute': 'blockdev-add',"
        "'arguments': { 'driver': 'qcow2', 'node-name': 'd',"
        "'file': 'file' } }");

    msix_arm(f);
    set(f, "features", "'trusted-time'");
    g_assert_true(fired(f));
    answer = qtest_hmp(f->qts, "savevm s");
    g_assert_cmpstr(answer, ==, "");
    g_free(answer);
    answer = qtest_hmp(f->qts, "loadvm s");
    g_assert_cmpstr(answer, ==, "");
    g_assert_cmphex(word(f, 5), ==, 2);
    g_assert_false(fired(f));

    /* The snapshot's guest has read another table */
    set(f, "features", "'vtpm'");
    set(f, "features", "'trusted-time+vtpm'");
    g_assert_cmphex(word(f, 5), ==, 6);
    g_assert_true(fired(f));
    g_free(answer);
    answer = qtest_hmp(f->qts, "loadvm s");
    g_assert_cmpstr(answer, ==, "");
    g_assert_cmphex(word(f, 12), ==, 1 << 22 | 1 << 16);
    g_assert_cmphex(word(f, 5), ==, 4);
    g_assert_true(fired(f));
    function_free(f);
    unlink(file);
}

/* ---- documentation of the options ---------------------------------------- */

/* The type with this name in the result of query-qmp-schema */
static QDict *schema_type(QList *schema, const char *name)
{
    QListEntry *entry;

    QLIST_FOREACH_ENTRY(schema, entry) {
        QDict *type = qobject_to(QDict, qlist_entry_obj(entry));

        if (!strcmp(qdict_get_str(type, "name"), name)) {
            return type;
        }
    }
    g_assert_not_reached();
}

/* The type of a member, or of a variant, of a type */
static QDict *schema_member(QList *schema, QDict *type, const char *list,
                            const char *key, const char *name)
{
    QListEntry *entry;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(type, list), entry) {
        QDict *member = qobject_to(QDict, qlist_entry_obj(entry));

        if (!strcmp(qdict_get_str(member, key), name)) {
            return schema_type(schema, qdict_get_str(member, "type"));
        }
    }
    g_assert_not_reached();
}

typedef struct Name {
    unsigned nr;
    const char *name;
} Name;

#define NAME(n, id, name, ...) { n, name },
static const Name feature_names[] = { PVFEAT_REGISTRY(NAME) };
static const Name tee_names[] = { PVFEAT_TEE_TYPES(NAME) };
static const Name access_names[] = { PVFEAT_ACCESS_METHODS(NAME) };
#undef NAME

static void check_enum(QDict *type, const Name *names, size_t count)
{
    QList *values = qdict_get_qlist(type, "values");
    QListEntry *entry;
    size_t i = 0;

    g_assert_cmpstr(qdict_get_str(type, "meta-type"), ==, "enum");
    QLIST_FOREACH_ENTRY(values, entry) {
        g_assert_cmpuint(i, <, count);
        g_assert_cmpuint(i, ==, names[i].nr);
        g_assert_cmpstr(qstring_get_str(qobject_to(QString,
                                                   qlist_entry_obj(entry))),
                        ==, names[i++].name);
    }
    g_assert_cmpuint(i, ==, count);
}

/* query-qmp-schema lists the names of the registry, in its order */
static void test_schema(void)
{
    QTestState *qts = qtest_init("-machine none");
    QDict *reply = qtest_qmp(qts, "{ 'execute': 'query-qmp-schema' }");
    QList *schema = qdict_get_qlist(reply, "return");
    QDict *add = schema_type(schema, "object-add");
    QDict *object = schema_member(schema,
        schema_type(schema, qdict_get_str(add, "arg-type")),
        "variants", "case", "paravisor-features");
    QDict *set = schema_member(schema, object, "members", "name", "features");
    QListEntry *entry;
    bool found = false;

    check_enum(schema_member(schema, object, "members", "name", "tee"),
               tee_names, ARRAY_SIZE(tee_names));
    check_enum(schema_member(schema, object, "members", "name",
                             "access-method"),
               access_names, ARRAY_SIZE(access_names));
    g_assert_cmpstr(qdict_get_str(set, "meta-type"), ==, "alternate");
    QLIST_FOREACH_ENTRY(qdict_get_qlist(set, "members"), entry) {
        QDict *member = qobject_to(QDict, qlist_entry_obj(entry));
        QDict *type = schema_type(schema, qdict_get_str(member, "type"));

        if (!strcmp(qdict_get_str(type, "meta-type"), "array")) {
            check_enum(schema_type(schema, qdict_get_str(type, "element-type")),
                       feature_names, ARRAY_SIZE(feature_names));
            found = true;
        }
    }
    g_assert_true(found);
    qobject_unref(reply);
    qtest_quit(qts);
}

/* The line of a property in the output of "help" */
static char *help_line(const char *help, const char *property)
{
    g_autofree char *start = g_strdup_printf("\n  %s=", property);
    const char *line = strstr(help, start);

    g_assert_nonnull(line);
    line++;
    return g_strndup(line, strcspn(line, "\n"));
}

static void check_help(const char *help, const char *property,
                       const Name *names, size_t count)
{
    g_autofree char *line = help_line(help, property);
    g_autoptr(GString) list = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(list, "%s%s", i ? ", " : " ", names[i].name);
    }
    g_assert_true(g_str_has_suffix(line, list->str));
}

/* "help" of object and device lists the names and limits of the registry */
static void test_help(void)
{
    static const char * const options[] = {
        "-object paravisor-features,help", "-device paravisor-pci,help",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        g_autofree char *command =
            g_strdup_printf("%s %s", getenv("QTEST_QEMU_BINARY"), options[i]);
        g_autofree char *out = NULL;
        g_autofree char *words = NULL;
        g_autofree char *features = NULL;

        g_assert_true(g_spawn_command_line_sync(command, &out, NULL, NULL,
                                                NULL));
        check_help(out, "features", feature_names, ARRAY_SIZE(feature_names));
        check_help(out, "tee", tee_names, ARRAY_SIZE(tee_names));
        check_help(out, "access-method", access_names,
                   ARRAY_SIZE(access_names));
        words = help_line(out, "feature-words");
        g_assert_nonnull(strstr(words, "up to 32 "));
        features = help_line(out, "features");
        g_assert_nonnull(strstr(features, "feature-0 to feature-1023"));
    }
}

typedef struct Refused {
    const char *name;
    const char *options;
    const char *message;
} Refused;

/* PVF-DEV-11: one line with the invalid value and the valid ones */
static const Refused refused[] = {
    { "unknown-feature", DEV "features=vtmp",
      "unknown feature 'vtmp'; known are confidential, paravisor-managed, " },
    { "empty-feature", DEV "features=vtpm+", "unknown feature ''; known are " },
    { "feature-number", DEV "features=feature-12x", "unknown feature" },
    { "feature-hex", DEV "features=0x1", "unknown feature '0x1'" },
    { "feature-1024", DEV "features=feature-1024",
      "'feature-1024' is out of range: features go up to feature-1023" },
    { "feature-huge", OBJ "features=feature-18446744073709551615",
      "features go up to feature-1023" },
    { "feature-list", "-device '{\"driver\":\"paravisor-pci\","
      "\"features\":[\"vtmp\"]}'",
      "does not accept value 'vtmp'; it accepts confidential, paravisor-m" },
    { "feature-object-list", "-object '{\"qom-type\":\"paravisor-features\","
      "\"id\":\"pv0\",\"features\":[\"vtmp\"]}'",
      "does not accept value 'vtmp'; it accepts confidential, paravisor-m" },
    { "feature-type", "-device '{\"driver\":\"paravisor-pci\","
      "\"features\":16}'", "'features', expected: ParavisorFeatureSet" },
    { "hex-digits", DEV "feature-words=0x12g4", "bad feature word '0x12g4'" },
    { "hex-empty", DEV "feature-words=0x", "bad feature word '0x'" },
    { "hex-sign", DEV "feature-words=0x-1", "bad feature word '0x-1'" },
    { "hex-33-bits", DEV "feature-words=0x100000000",
      "bad feature word '0x100000000'" },
    { "hex-second", DEV "feature-words=0x1:2", "bad feature word '2'" },
    { "too-many-words", OBJ "min-feature-words=33", "up to 32 feature words" },
    { "too-many-hex-words", OBJ "feature-words="
      "0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:"
      "0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1:0x1",
      "feature-words has too many words: a table has up to 32" },
    { "global-feature", "-global paravisor-pci.features=vtmp " DEV "addr=4",
      "unknown feature 'vtmp'; known are confidential, paravisor-managed, " },
    { "global-tee", "-global paravisor-pci.tee=sgx " DEV "addr=4",
      "'sgx'; it accepts none, tdx, sev-snp, cca, vbs" },
    { "global-update", "-global paravisor-pci.update=x " DEV "addr=4",
      "needs JSON" },
    { "tdisp", DEV "features=confidential+tdisp-os+tdisp-paravisor",
      "'tdisp-os' excludes feature 'tdisp-paravisor'" },
    { "vtpm-persistent", OBJ "features=vtpm-persistent",
      "'vtpm-persistent' needs feature 'vtpm'" },
    { "boundary-missing", DEV "features=confidential+shared-gpa-boundary",
      "needs shared-gpa-boundary=1 to 63" },
    { "boundary-alone", DEV "shared-gpa-boundary=47",
      "shared-gpa-boundary=47 needs feature 'shared-gpa-boundary'" },
    { "boundary-64", DEV "shared-gpa-boundary=64", "1 to 63, or 0 for none" },
    { "tee-name", DEV "tee=sgx",
      "does not accept value 'sgx'; it accepts none, tdx, sev-snp, cca, vbs" },
    { "tee-object-name", OBJ "tee=sgx",
      "does not accept value 'sgx'; it accepts none, tdx, sev-snp, cca, vbs" },
    { "tee-alone", DEV "tee=tdx", "tee=tdx needs feature 'confidential'" },
    { "access-name", OBJ "access-method=mmio",
      "it accepts native, svsm, hypercall-page, firmware-call" },
    { "two-firmware", "-object paravisor-features,id=a "
      "-object paravisor-features,id=b",
      "'a' has firmware=on already, and one object at most can have it; "
      "set firmware=off for 'b'" },
    { "firmware-device", DEV "firmware=off", "firmware" },
    { "two-objects", "-object paravisor-features,id=a "
      "-object paravisor-features,id=b,firmware=off -device paravisor-pci",
      "choose one with table=ID: a, b" },
    { "object-and-device", OBJ "features=vtpm " DEV "features=vtpm",
      "the table is that of object 'pv0'; set its properties there" },
    { "no-such-object", DEV "table=pv1", "pv1" },
    { "no-such-option", OBJ "feature=vtpm", "feature" },
};

/* Without an APIC a PC has no MSI-X */
static const Refused refused_without_apic = {
    "without-apic", "-cpu 486,apic=off " DEV "msix=on",
    "msix: MSI-X is not supported"
};

/* zPCI has no function without MSI-X */
static const Refused refused_by_zpci = {
    "zpci-without-msix", DEV "msix=off", "MSI-X support is mandatory"
};

static void test_refused(const void *data)
{
    const Refused *r = data;
    const char *arch = qtest_get_arch();
    const char *machine = !strcmp(arch, "s390x") ? "s390-ccw-virtio" :
                          !strcmp(arch, "x86_64") ? "q35" : "virt";
    g_autofree char *command =
        g_strdup_printf("timeout 60 %s -machine %s -accel qtest -nodefaults "
                        "-display none -S %s", getenv("QTEST_QEMU_BINARY"),
                        machine, r->options);
    g_autofree char *err = NULL;
    g_autoptr(GError) error = NULL;
    const char *said;
    int status;

    g_assert_true(g_spawn_command_line_sync(command, NULL, &err, &status,
                                            &error));
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 1);
    /* A sanitizer may print a line before that of QEMU */
    said = strstr(err, "qemu-system-");
    g_assert_nonnull(said);
    g_assert_nonnull(strstr(said, r->message));
    g_assert_true(strchr(said, '\n') == said + strlen(said) - 1);
}

static void qmp_refused(QTestState *qts, const char *command)
{
    QDict *reply;

    qtest_qmp_send_raw(qts, "%s", command);
    reply = qtest_qmp_receive(qts);

    if (!qdict_haskey(reply, "error")) {
        g_test_message("not refused: %s", command);
        g_test_fail();
    }
    qobject_unref(reply);
}

/* A device that is refused or unplugged does not break the next one */
static void test_plug(void)
{
    QTestState *qts = qtest_init("-machine pc -nodefaults "
                                 OBJ "firmware=off,features=vtpm");

    g_assert_false(qtest_qom_get_bool(qts, "/objects/pv0", "firmware"));
    /* The object of the firmware windows cannot be added at run time */
    qmp_refused(qts, "{ 'execute': 'object-add', 'arguments':"
                "{ 'qom-type': 'paravisor-features', 'id': 'late' } }");
    for (int i = 0; i < 3; i++) {
        qmp_refused(qts, "{ 'execute': 'device_add', 'arguments':"
            "{ 'driver': 'paravisor-pci', 'id': 'd', 'features': 'vtpm' } }");
        /* This one fails late, because the expansion ROM does not exist */
        qmp_refused(qts, "{ 'execute': 'device_add', 'arguments':"
            "{ 'driver': 'paravisor-pci', 'id': 'd', 'romfile': '/none' } }");
        qtest_qmp_assert_success(qts, "{ 'execute': 'device_add', 'arguments':"
                                 "{ 'driver': 'paravisor-pci', 'id': 'd' } }");
        /* An object that a device presents cannot be deleted */
        qmp_refused(qts, "{ 'execute': 'object-del',"
                    "'arguments': { 'id': 'pv0' } }");
        /* A device cannot present the own table of another device */
        qmp_refused(qts, "{ 'execute': 'device_add', 'arguments':"
            "{ 'driver': 'paravisor-pci', 'id': 'e',"
            "'table': '/machine/peripheral/d/own-table' } }");
        /* A reset completes the unplug in place of the guest */
        qtest_qmp_assert_success(qts, "{ 'execute': 'device_del',"
                                 "'arguments': { 'id': 'd' } }");
        qtest_system_reset_nowait(qts);
        qtest_qmp_eventwait(qts, "DEVICE_DELETED");
    }
    qtest_qmp_assert_success(qts, "{ 'execute': 'object-del',"
                             "'arguments': { 'id': 'pv0' } }");
    qtest_quit(qts);
}

static void add(const char *name, const Machine *m, GTestDataFunc test)
{
    g_autofree char *path = g_strdup_printf("paravisor-pci/%s/%s", m->name,
                                            name);

    qtest_add_data_func(path, m, test);
}

static void add_refused(const Refused *r)
{
    g_autofree char *path = g_strdup_printf("paravisor-pci/refused/%s",
                                            r->name);

    qtest_add_data_func(path, r, test_refused);
}

int main(int argc, char **argv)
{
    const char *arch;

    g_test_init(&argc, &argv, NULL);
    arch = qtest_get_arch();

    for (unsigned i = 0; i < ARRAY_SIZE(machines); i++) {
        const Machine *m = &machines[i];

        if (strcmp(m->arch, arch)) {
            continue;
        }
        add("identity", m, test_identity);
        add("locator", m, test_locator);
        add("msix", m, test_msix);
        add("default-table", m, test_default_table);
        add("every-word", m, test_every_word);
        add("every-name", m, test_every_name);
        add("largest-table", m, test_largest_table);
        add("reads", m, test_reads);
        add("writes", m, test_writes);
        add("reset", m, test_reset);
        add("two-functions", m, test_two_functions);
        add("ways", m, test_ways);
        add("change", m, test_change);
        add("digest", m, test_digest);
        add("read-back", m, test_read_back);
        add("change-windows", m, test_change_windows);
        add("migration", m, test_migration);
        add("migration-late", m, test_migration_late);
        add("migration-stopped", m, test_migration_stopped);
        add("bad-streams", m, test_bad_streams);
        add("refused-stream", m, test_refused_stream);
        add("firmware-reset", m, test_firmware_reset);
        add("snapshot", m, test_snapshot);
    }
    qtest_add_func("paravisor-pci/schema", test_schema);
    qtest_add_func("paravisor-pci/help", test_help);
    for (unsigned i = 0; i < ARRAY_SIZE(refused); i++) {
        add_refused(&refused[i]);
    }
    if (!strcmp(arch, "s390x")) {
        /* A qtest cannot execute the PCI instructions of s390x */
        add_refused(&refused_by_zpci);
    }
    if (!strcmp(arch, "x86_64")) {
        qtest_add_func("paravisor-pci/plug", test_plug);
        add("no-msix", &machines[0], test_no_msix);
        add_refused(&refused_without_apic);
    }
    return g_test_run();
}
