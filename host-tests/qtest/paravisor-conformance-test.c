/*
 * QTest: check the conformance of a paravisor feature function
 *
 * Runs the checks of "pvfeat conformance" on the host instead of in a guest. It
 * does not depend on the device's implementation, so it can test others than
 * paravisor-pci. Environment variables select the device:
 *
 *   PVFEAT_QEMU_ARGS  machine and devices (default: a paravisor-pci);
 *   PVFEAT_ADDR       device.function on bus 0, hexadecimal (default: the first
 *                     one that has a locator);
 *   PVFEAT_CHANGE     a QMP command, as JSON, that changes the table (default:
 *                     none; of the default device, one of its features).
 *
 * Supported machines are those whose PCI libqos supports: pc, q35, and virt of
 * arm.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include "libqos/fw_cfg.h"
#include "libqos/generic-pcihost.h"
#include "libqos/pci.h"
#include "libqos/pci-pc.h"
#include "hw/pci/pci_regs.h"
#include "qobject/qdict.h"
#include "conformance.h"

#define DEFAULT_ARGS "-object paravisor-features,id=pv0,features=vtpm " \
                     "-device paravisor-pci"
#define DEFAULT_CHANGE "{ 'execute': 'qom-set', 'arguments': {" \
                       "'path': '/objects/pv0', 'property': 'features'," \
                       "'value': 'vtpm+trusted-time' } }"

/* PCIEXBAR of the Q35 host bridge: base, and enable */
#define Q35_HOST 0x29c08086
#define Q35_PCIEXBAR 0x60
#define Q35_ECAM 0xb0000000

#define VIRT_RAM 0x40000000
#define VIRT_FW_CFG 0x09020000
#define VIRT_FW_CFG_SELECTOR 8

/* Target of MSI-X messages: RAM instead of an interrupt controller */
#define MESSAGE 0x8000
#define MESSAGE_DATA 0x76667631

typedef struct Function {
    struct pvfeat_function function;
    QTestState *qts;
    QPCIBus *bus;
    QGenericPCIBus generic_bus;
    QPCIDevice *dev;
    QFWCFG *fw_cfg;
    uint64_t ram;
    uint64_t ecam;
    /* The mapped BAR: its number and address */
    unsigned bar;
    uint64_t base;
} Function;

static Function *of(struct pvfeat_function *function)
{
    return container_of(function, Function, function);
}

static bool qtest_config(struct pvfeat_function *function, unsigned int pos,
                         void *buf, unsigned int n)
{
    Function *f = of(function);
    uint8_t *byte = buf;

    if (pos + n > (f->ecam ? PVFEAT_CONFIG_BYTES_EXTENDED :
                   PVFEAT_CONFIG_BYTES)) {
        return false;
    }
    for (; n; n--, pos++, byte++) {
        *byte = pos < PVFEAT_CONFIG_BYTES ? qpci_config_readb(f->dev, pos) :
                qtest_readb(f->qts, f->ecam + (f->dev->devfn << 12) + pos);
    }
    return true;
}

/* The bits of a BAR's register that the guest can write */
static uint32_t bar_mask(Function *f, unsigned bar)
{
    unsigned reg = PCI_BASE_ADDRESS_0 + bar * 4;
    uint32_t before = qpci_config_readl(f->dev, reg);
    uint32_t mask;

    qpci_config_writel(f->dev, reg, 0xffffffff);
    mask = qpci_config_readl(f->dev, reg);
    qpci_config_writel(f->dev, reg, before);
    return mask;
}

static __u64 qtest_bar_size(struct pvfeat_function *function, unsigned int bar)
{
    Function *f = of(function);

    for (unsigned i = 0; i < 6; i++) {
        uint32_t low = bar_mask(f, i);
        bool io = low & PCI_BASE_ADDRESS_SPACE_IO;
        bool wide = !io && (low & PCI_BASE_ADDRESS_MEM_TYPE_64);
        uint64_t high = wide && i < 5 ? bar_mask(f, i + 1) : 0xffffffff;

        if (i == bar) {
            uint64_t mask = high << 32 | (low & PCI_BASE_ADDRESS_MEM_MASK);

            return io || !low ? 0 : ~mask + 1;
        }
        /* Skip the upper half of a 64-bit BAR */
        i += wide;
    }
    return 0;
}

static bool qtest_map(struct pvfeat_function *function, unsigned int bar,
                      struct pvfeat_error *error)
{
    Function *f = of(function);

    qpci_device_enable(f->dev);
    f->bar = bar;
    f->base = qpci_iomap(f->dev, bar, NULL).addr;
    return true;
}

static __u64 qtest_read(struct pvfeat_function *function, __u64 offset,
                        unsigned int width)
{
    Function *f = of(function);
    uint64_t at = f->base + offset;

    switch (width) {
    case 1:
        return qtest_readb(f->qts, at);
    case 2:
        return qtest_readw(f->qts, at);
    case 4:
        return qtest_readl(f->qts, at);
    default:
        return qtest_readq(f->qts, at);
    }
}

static void qtest_write(struct pvfeat_function *function, __u64 offset,
                        unsigned int width, __u64 value)
{
    Function *f = of(function);
    uint64_t at = f->base + offset;

    switch (width) {
    case 1:
        qtest_writeb(f->qts, at, value);
        break;
    case 2:
        qtest_writew(f->qts, at, value);
        break;
    case 4:
        qtest_writel(f->qts, at, value);
        break;
    default:
        qtest_writeq(f->qts, at, value);
    }
}

static bool qtest_listen(struct pvfeat_function *function)
{
    Function *f = of(function);
    QPCIDevice *dev = f->dev;

    qpci_msix_enable(dev);
    qpci_io_writel(dev, dev->msix_table_bar, dev->msix_table_off +
                   PCI_MSIX_ENTRY_LOWER_ADDR, f->ram + MESSAGE);
    qpci_io_writel(dev, dev->msix_table_bar, dev->msix_table_off +
                   PCI_MSIX_ENTRY_UPPER_ADDR, 0);
    qpci_io_writel(dev, dev->msix_table_bar, dev->msix_table_off +
                   PCI_MSIX_ENTRY_DATA, MESSAGE_DATA);
    qpci_io_writel(dev, dev->msix_table_bar, dev->msix_table_off +
                   PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    qtest_writel(f->qts, f->ram + MESSAGE, 0);
    return true;
}

static int qtest_wait(struct pvfeat_function *function, int ms)
{
    Function *f = of(function);

    for (;; ms--) {
        if (qtest_readl(f->qts, f->ram + MESSAGE) == MESSAGE_DATA) {
            qtest_writel(f->qts, f->ram + MESSAGE, 0);
            return 1;
        }
        if (ms <= 0) {
            return 0;
        }
        g_usleep(1000);
    }
}

/* ECAM of the Q35 host bridge is disabled after a reset */
static void enable_ecam(Function *f)
{
    QPCIDevice *host = qpci_device_find(f->bus, QPCI_DEVFN(0, 0));

    if (host && qpci_config_readl(host, PCI_VENDOR_ID) == Q35_HOST) {
        f->ecam = Q35_ECAM;
        qpci_config_writel(host, Q35_PCIEXBAR, f->ecam | 1);
    }
    g_free(host);
}

/* Reset the function, if it supports FLR, and the machine */
static bool qtest_reset(struct pvfeat_function *function)
{
    Function *f = of(function);
    unsigned exp = pvfeat_capability(function, PCI_CAP_ID_EXP);

    if (exp && exp < PVFEAT_CONFIG_BYTES - PCI_EXP_DEVCTL &&
        qpci_config_readl(f->dev, exp + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR) {
        qpci_config_writew(f->dev, exp + PCI_EXP_DEVCTL,
                           PCI_EXP_DEVCTL_BCR_FLR);
    }
    qtest_system_reset(f->qts);
    enable_ecam(f);
    return qtest_map(function, f->bar, NULL);
}

static const struct pvfeat_function_ops qtest_ops = {
    .config = qtest_config,
    .bar_size = qtest_bar_size,
    .map = qtest_map,
    .read = qtest_read,
    .write = qtest_write,
    .listen = qtest_listen,
    .wait = qtest_wait,
    .reset = qtest_reset,
};

/* ---- the firmware window ------------------------------------------------- */

/* libqos does not support these registers; the selector is big-endian */
static void virt_fw_cfg_select(QFWCFG *fw_cfg, uint16_t key)
{
    qtest_writew(fw_cfg->qts, fw_cfg->base + VIRT_FW_CFG_SELECTOR,
                 bswap16(key));
}

static void virt_fw_cfg_read(QFWCFG *fw_cfg, void *data, size_t len)
{
    for (uint8_t *byte = data; len--; byte++) {
        *byte = qtest_readb(fw_cfg->qts, fw_cfg->base);
    }
}

/* Read an AML integer at *p, and advance *p past it */
static bool aml_integer(const uint8_t **p, const uint8_t *end, uint32_t *value)
{
    static const uint8_t bytes[] = { [0x0a] = 1, [0x0b] = 2, [0x0c] = 4 };
    uint8_t op;

    if (*p == end) {
        return false;
    }
    op = *(*p)++;
    if (op <= 1) {
        *value = op;
        return true;
    }
    if (op >= sizeof(bytes) || !bytes[op] || end - *p < bytes[op]) {
        return false;
    }
    *value = ldn_le_p(*p, bytes[op]);
    *p += bytes[op];
    return true;
}

/*
 * Read the machine's ACPI tables. The file is much longer than the tables, and
 * each byte requires a message to QEMU: stop if the last KiB is zero, because
 * no table follows.
 */
static size_t read_acpi_tables(Function *f, uint8_t *tables, size_t room)
{
    static const uint8_t zeros[1024];
    size_t size, part = 16 * 1024;

    do {
        part = MIN(part, room);
        size = qfw_cfg_get_file(f->fw_cfg, "etc/acpi/tables", tables, part);
        size = MIN(size, part);
        part *= 2;
    } while (size >= sizeof(zeros) && size < room && size == part / 2 &&
             memcmp(tables + size - sizeof(zeros), zeros, sizeof(zeros)));
    return size;
}

/*
 * The ACPI window: the property's name is followed by a package of integers,
 * which begins with its length in one to four bytes and its number of elements.
 */
static bool find_firmware(Function *f, struct pvfeat_table *table)
{
    static const char name[] = PVFEAT_ACPI_PROPERTY;
    size_t room = 64 * 1024;
    g_autofree uint8_t *tables = g_malloc(room);
    size_t size = read_acpi_tables(f, tables, room);
    const uint8_t *end = tables + size;
    const uint8_t *p = memmem(tables, size, name, sizeof(name));
    unsigned nr;

    if (!p || end - p < sizeof(name) + 6) {
        return false;
    }
    p += sizeof(name);
    if (*p++ != 0x12) {
        return false;
    }
    p += 1 + (*p >> 6);
    nr = *p++;
    for (table->nr = 0; table->nr < nr; table->nr++) {
        if (!aml_integer(&p, end, &table->words[table->nr])) {
            return false;
        }
    }
    return true;
}

/* ---- the run ------------------------------------------------------------- */

static bool change(struct conformance *c)
{
    Function *f = of(c->function);
    QDict *reply;
    bool ok;

    qtest_qmp_send_raw(f->qts, "%s", (const char *)c->context);
    reply = qtest_qmp_receive(f->qts);
    ok = qdict_haskey(reply, "return");
    qobject_unref(reply);
    return ok;
}

/* Select the function at devfn; returns whether it exists */
static bool select_function(Function *f, int devfn)
{
    g_free(f->dev);
    f->dev = qpci_device_find(f->bus, devfn);
    snprintf(f->function.name, sizeof(f->function.name), "0000:00:%02x.%x",
             devfn >> 3, devfn & 7);
    return f->dev;
}

static bool find_function(Function *f)
{
    const char *address = getenv("PVFEAT_ADDR");
    struct pvfeat_error error;
    unsigned dev, fn;

    if (address) {
        return sscanf(address, "%x.%x", &dev, &fn) == 2 && dev < 32 && fn < 8 &&
               select_function(f, QPCI_DEVFN(dev, fn));
    }
    for (int devfn = 0; devfn < 256; devfn++) {
        /* Also select a function with a broken locator */
        if (select_function(f, devfn) &&
            (pvfeat_locate(&f->function, &error) || error.code == EBADMSG)) {
            return true;
        }
    }
    return false;
}

static void start(Function *f, const char *args)
{
    const char *arch = qtest_get_arch();

    f->qts = qtest_init(args);
    if (!strcmp(arch, "aarch64")) {
        qpci_init_generic(&f->generic_bus, f->qts, NULL, false);
        f->bus = &f->generic_bus.bus;
        f->ecam = f->generic_bus.ecam_alloc_ptr;
        f->ram = VIRT_RAM;
        f->fw_cfg = mm_fw_cfg_init(f->qts, VIRT_FW_CFG);
        f->fw_cfg->select = virt_fw_cfg_select;
        f->fw_cfg->read = virt_fw_cfg_read;
    } else {
        f->bus = qpci_new_pc(f->qts, NULL);
        f->fw_cfg = pc_fw_cfg_init(f->qts);
        enable_ecam(f);
    }
}

static void stop(Function *f)
{
    g_free(f->dev);
    if (f->bus == &f->generic_bus.bus) {
        mm_fw_cfg_uninit(f->fw_cfg);
    } else {
        pc_fw_cfg_uninit(f->fw_cfg);
        qpci_free_pc(f->bus);
    }
    qtest_quit(f->qts);
}

/* Messages of libqtest are not part of the TAP */
static void log_to_stderr(const char *text)
{
    fputs(text, stderr);
}

int main(int argc, char **argv)
{
    const char *args = getenv("PVFEAT_QEMU_ARGS");
    const char *command = getenv("PVFEAT_CHANGE");
    g_autofree char *default_args = NULL;
    Function f = { .function.ops = &qtest_ops };
    struct pvfeat_table firmware;
    struct conformance c = {
        .function = &f.function,
        .firmware_name = "the ACPI window",
        .writes = true,
        .out = stdout,
    };
    unsigned int failed;

    if (!strstr("x86_64 i386 aarch64", qtest_get_arch())) {
        printf("1..0 # SKIP this test does not support PCI on %s\n",
               qtest_get_arch());
        return 0;
    }
    g_set_print_handler(log_to_stderr);
    if (!args) {
        default_args = g_strdup_printf("-machine %s -nodefaults " DEFAULT_ARGS,
                                       strcmp(qtest_get_arch(), "aarch64") ?
                                       "q35" : "virt");
        args = default_args;
        command = DEFAULT_CHANGE;
    }
    start(&f, args);
    if (!find_function(&f)) {
        printf("TAP version 13\n1..1\nnot ok 1 - find a function with a "
               "locator on bus 0, or a function at PVFEAT_ADDR\n");
        stop(&f);
        return 1;
    }
    if (find_firmware(&f, &firmware)) {
        c.firmware = &firmware;
    }
    if (command) {
        c.change = change;
        c.context = (void *)command;
    }
    failed = conformance_run(&c);
    stop(&f);
    return failed || c.error.code;
}
