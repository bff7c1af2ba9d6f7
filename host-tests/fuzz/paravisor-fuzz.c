/*
 * Fuzzers for the properties of the paravisor feature table, and for its
 * migration
 *
 * The input format is compact, so that inputs can be read and written manually:
 *
 * paravisor-features: each line sets a property of the object that a function
 * presents: "PROPERTY JSON" as in QMP, "PROPERTY=TEXT" as in HMP.
 * "@OFFSET,SIZE" reads the BAR through its read callback.
 *
 * paravisor-migration: changes to a good migration stream of the function, to
 * its BAR on the source, and to the destination's configuration; see change().
 *
 * With any input, the guest must read a good table and be notified of each
 * change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/cutils.h"
#include "qemu/host-utils.h"
#include "qemu/main-loop.h"
#include "hw/misc/paravisor-pci.h"
#include "hw/pci/pci_regs.h"
#include "io/channel-buffer.h"
#include "migration/qemu-file.h"
#include "migration/vmstate.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qom/object_interfaces.h"
#include "qom/qom-qobject.h"
#include "system/runstate.h"
#include "tests/qtest/libqos/pci.h"
#include "tests/qtest/libqos/pci-pc.h"
#include "fuzz.h"
#include "pvfeat_table.h"

#define DEVFN QPCI_DEVFN(4, 0)

/* Target of MSI-X messages: RAM instead of an interrupt controller */
#define MESSAGE 0x8000
#define MESSAGE_DATA 0x76667631

static QTestState *qts;
static QPCIDevice *dev;
static uint32_t bar_address[2];
static ParavisorPCIState *function;
static ParavisorFeatures *object;

/* ---- the guest ----------------------------------------------------------- */

/* The contents of a stream may have moved or disabled the BARs */
static void map_bars(void)
{
    for (int i = 0; i < ARRAY_SIZE(bar_address); i++) {
        qpci_config_writel(dev, PCI_BASE_ADDRESS_0 + i * 4, bar_address[i]);
    }
    qpci_config_writew(dev, PCI_COMMAND, PCI_COMMAND_MEMORY |
                       PCI_COMMAND_MASTER);
}

static void read_bar(uint8_t bar[PVFEAT_PCI_BAR_BYTES])
{
    qtest_memread(qts, bar_address[PVFEAT_PCI_BAR], bar, PVFEAT_PCI_BAR_BYTES);
}

static void msix_arm(void)
{
    static const uint32_t entry[] = { MESSAGE, 0, MESSAGE_DATA, 0 };

    qpci_msix_enable(dev);
    for (int i = 0; i < ARRAY_SIZE(entry); i++) {
        qpci_io_writel(dev, dev->msix_table_bar, i * 4, entry[i]);
    }
}

/* Whether the vector fired since the last call */
static bool fired(void)
{
    uint32_t data = qtest_readl(qts, MESSAGE);

    qtest_writel(qts, MESSAGE, 0);
    return data == MESSAGE_DATA;
}

/* ---- what must hold ------------------------------------------------------ */

static uint32_t word_of(void *bar, unsigned word)
{
    return ldl_le_p((uint8_t *)bar + word * 4);
}

/* The table is good for drivers, and also in fields that drivers ignore */
static void check_table(uint8_t *bar)
{
    struct pvfeat_table table;
    struct pvfeat_verdict verdict;

    if (!pvfeat_table_read(&table, word_of, bar, PVFEAT_TABLE_MAX_WORDS,
                           &verdict)) {
        char text[PVFEAT_VERDICT_TEXT];

        pvfeat_describe_verdict(&verdict, text, sizeof(text));
        g_error("bad table: %s", text);
    }
    g_assert_cmphex(table.words[PVFEAT_W_MAX_LEAF], ==,
                    PVFEAT_MAX_LEAF(table.words[PVFEAT_W_NWORDS]));
    g_assert_cmphex(table.words[PVFEAT_W_GENERATION], <=,
                    PVFEAT_GENERATION_LAST);
    g_assert_nonnull(pvfeat_tee_name(table.words[PVFEAT_W_TEE]));
    g_assert_nonnull(pvfeat_access_name(table.words[PVFEAT_W_ACCESS] &
                                        PVFEAT_ACCESS_METHOD_MASK));
    g_assert_cmphex(table.words[PVFEAT_W_ACCESS] >>
                    PVFEAT_ACCESS_BOUNDARY_SHIFT, <=,
                    PVFEAT_ACCESS_BOUNDARY_MAX);
    g_assert_cmphex(table.words[PVFEAT_W_RESERVED], ==, 0);
}

/* The contents of BAR0 for an object: its words, then zeros */
static void image_of(ParavisorFeatures *pf, uint8_t bar[PVFEAT_PCI_BAR_BYTES])
{
    const ParavisorTable *t = paravisor_features_table(pf);

    memset(bar, 0, PVFEAT_PCI_BAR_BYTES);
    for (unsigned i = 0; i < t->nr; i++) {
        stl_le_p(bar + i * 4, t->words[i]);
    }
}

/* The guest reads a good table, equal to the object's except for GENERATION */
static void check_bar(uint8_t bar[PVFEAT_PCI_BAR_BYTES])
{
    static uint8_t shown[PVFEAT_PCI_BAR_BYTES];

    read_bar(bar);
    image_of(object, shown);
    stl_le_p(shown + PVFEAT_W_GENERATION * 4, function->window.generation);
    g_assert_cmpmem(bar, PVFEAT_PCI_BAR_BYTES, shown, PVFEAT_PCI_BAR_BYTES);
    check_table(bar);
}

/* ---- properties ---------------------------------------------------------- */

static bool set_property(Object *obj, const char *line)
{
    size_t length = strcspn(line, "= ");
    g_autofree char *name = g_strndup(line, length);
    const char *value = line + length + !!line[length];
    QObject *json;
    bool done;

    if (line[length] == '=') {
        return object_property_parse(obj, name, value, NULL);
    }
    json = qobject_from_json(value, NULL);
    done = json && object_property_set_qobject(obj, name, json, NULL);
    qobject_unref(json);
    return done;
}

/* Restore the initial state before each input */
static void set_defaults(uint32_t generation)
{
    g_assert_true(set_property(OBJECT(object), "update { 'features': '',"
        "'tee': 'none', 'access-method': 'native', 'shared-gpa-boundary': 0,"
        "'paravisor-id': 0, 'paravisor-version': 0, 'feature-words': '',"
        "'min-feature-words': 0 }"));
    function->window.generation = generation;
    g_assert_true(set_property(OBJECT(object), "features 'vtpm'"));
    fired();
}

/* Create another object, not completed yet, as for -object and -device */
static ParavisorFeatures *object_begin(const char *id)
{
    Object *obj = object_new(TYPE_PARAVISOR_FEATURES);

    object_property_set_bool(obj, "firmware", false, &error_abort);
    object_property_add_child(object_get_objects_root(), id, obj);
    object_unref(obj);
    return PARAVISOR_FEATURES(obj);
}

/*
 * Complete and delete the object; returns whether its properties are valid, and
 * in bar the contents of a BAR with its table
 */
static bool object_end(ParavisorFeatures *pf, uint8_t *bar)
{
    bool good = user_creatable_complete(USER_CREATABLE(pf), NULL);

    if (good) {
        image_of(pf, bar);
    }
    object_unparent(OBJECT(pf));
    return good;
}

/* A guest on zPCI may read past the end of the BAR */
static void check_read(const char *line)
{
    static uint8_t bar[PVFEAT_PCI_BAR_BYTES];
    uint64_t offset, size, value, expected = 0;
    const char *end;

    if (qemu_strtou64(line, &end, 0, &offset) < 0 || *end != ',' ||
        qemu_strtou64(end + 1, NULL, 0, &size) < 0 || size > 8 ||
        !is_power_of_2(size)) {
        return;
    }
    read_bar(bar);
    if (offset < sizeof(bar) && size <= sizeof(bar) - offset) {
        expected = ldn_le_p(bar + offset, size);
    }
    g_assert_cmpint(memory_region_dispatch_read(&function->bar, offset, &value,
                                                size_memop(size) | MO_LE,
                                                MEMTXATTRS_UNSPECIFIED), ==,
                    MEMTX_OK);
    g_assert_cmphex(value, ==, expected);
}

/* A line changes the whole table and notifies the guest, or it has no effect */
static void check_line(const char *line)
{
    static uint8_t before[PVFEAT_PCI_BAR_BYTES], after[PVFEAT_PCI_BAR_BYTES];
    uint32_t generation;
    bool same;

    read_bar(before);
    generation = word_of(before, PVFEAT_W_GENERATION);
    if (set_property(OBJECT(object), line)) {
        check_bar(after);
        stl_le_p(before + PVFEAT_W_GENERATION * 4,
                 word_of(after, PVFEAT_W_GENERATION));
        same = !memcmp(before, after, sizeof(after));
        g_assert_cmphex(word_of(after, PVFEAT_W_GENERATION), ==,
                        same ? generation :
                        generation == PVFEAT_GENERATION_LAST ? 0 :
                        generation + PVFEAT_GENERATION_STEP);
        g_assert_cmpint(fired(), ==, !same);
    } else {
        check_bar(after);
        g_assert_cmpmem(before, sizeof(before), after, sizeof(after));
        g_assert_false(fired());
    }
}

/* Object and device have the same digest, which does not cover GENERATION */
static void check_digests(void)
{
    g_autofree char *a = object_property_get_str(OBJECT(object), "digest",
                                                 &error_abort);
    g_autofree char *b = object_property_get_str(OBJECT(function), "digest",
                                                 &error_abort);

    g_assert_cmpstr(a, ==, b);
    g_assert_cmpuint(strlen(a), ==, 64);
}

/* An object with the same property values has the same table */
static void check_properties(void)
{
    static const char * const names[] = {
        "features", "tee", "access-method", "shared-gpa-boundary",
        "paravisor-id", "paravisor-version", "feature-words",
        "min-feature-words",
    };
    static uint8_t bar[PVFEAT_PCI_BAR_BYTES], again[PVFEAT_PCI_BAR_BYTES];
    ParavisorFeatures *other = object_begin("again");
    g_autoptr(QDict) all = qdict_new();

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        qdict_put_obj(all, names[i],
                      object_property_get_qobject(OBJECT(object), names[i],
                                                  &error_abort));
    }
    object_property_set_qobject(OBJECT(other), "update", QOBJECT(all),
                                &error_abort);
    g_assert_true(object_end(other, again));
    image_of(object, bar);
    stl_le_p(bar + PVFEAT_W_GENERATION * 4, 0);
    g_assert_cmpmem(bar, sizeof(bar), again, sizeof(again));
    check_digests();
}

static void features_fuzz(QTestState *s, const unsigned char *data, size_t size)
{
    static uint8_t bar[PVFEAT_PCI_BAR_BYTES];
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    ParavisorFeatures *other = object_begin("other");

    /* GENERATION wraps around after two changes */
    set_defaults(PVFEAT_GENERATION_LAST - 2 * PVFEAT_GENERATION_STEP);
    for (char **line = lines; *line; line++) {
        if (**line == '@') {
            check_read(*line + 1);
            continue;
        }
        check_line(*line);
        set_property(OBJECT(other), *line);
    }
    check_properties();
    if (object_end(other, bar)) {
        check_table(bar);
    }
    flush_events(s);
}

/* ---- migration ----------------------------------------------------------- */

/*
 * The stream of a source whose guest has not been notified of a change yet; it
 * begins with GENERATION.
 */
static GString *good_stream;
/* QEMU's PCIDevice refuses later versions than that of the last stream */
static int pci_version;

typedef struct Incoming {
    int version;
    GString *stream;
    /* BAR0 on the source, which is migrated with guest RAM */
    uint8_t bar[PVFEAT_PCI_BAR_BYTES];
    bool stream_is_good;
} Incoming;

static const VMStateDescription *vmsd(void)
{
    return DEVICE_GET_CLASS(function)->vmsd;
}

static GString *save(void)
{
    QIOChannelBuffer *channel = qio_channel_buffer_new(0);
    QEMUFile *f = qemu_file_new_output(QIO_CHANNEL(channel));
    GString *stream;

    g_assert_cmpint(vmstate_save_state(f, vmsd(), function, NULL), ==, 0);
    qemu_fflush(f);
    stream = g_string_new_len((char *)channel->data, channel->usage);
    qemu_fclose(f);
    object_unref(OBJECT(channel));
    return stream;
}

static bool load(const Incoming *in)
{
    QIOChannelBuffer *channel = qio_channel_buffer_new(in->stream->len + 1);
    QEMUFile *f;
    bool loaded;

    memcpy(channel->data, in->stream->str, in->stream->len);
    channel->usage = in->stream->len;
    f = qemu_file_new_input(QIO_CHANNEL(channel));
    memcpy(memory_region_get_ram_ptr(&function->bar), in->bar,
           PVFEAT_PCI_BAR_BYTES);
    loaded = !vmstate_load_state(f, vmsd(), function, in->version);
    qemu_fclose(f);
    object_unref(OBJECT(channel));
    return loaded;
}

static Incoming *good_incoming(void)
{
    Incoming *in = g_new0(Incoming, 1);

    in->version = vmsd()->version_id;
    in->stream = g_string_new_len(good_stream->str, good_stream->len);
    in->stream_is_good = true;
    image_of(object, in->bar);
    stl_le_p(in->bar + PVFEAT_W_GENERATION * 4, ldl_be_p(good_stream->str));
    return in;
}

static void incoming_free(Incoming *in)
{
    g_string_free(in->stream, true);
    g_free(in);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Incoming, incoming_free)

/* The rest of an input, padded with zeros */
typedef struct Rest {
    const unsigned char *data;
    size_t size;
} Rest;

static uint32_t take(Rest *rest, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && rest->size; i++, rest->size--) {
        value |= (uint32_t)*rest->data++ << i * 8;
    }
    return value;
}

/* Apply one change to the incoming state or to the destination */
static void change(Incoming *in, Rest *rest)
{
    GString *stream = in->stream;
    unsigned kind = take(rest, 1) % 7;
    uint32_t at, length, generation;

    switch (kind) {
    case 0: /* a word of the BAR */
        at = take(rest, 2) % (PVFEAT_PCI_BAR_BYTES / 4);
        stl_le_p(in->bar + at * 4, take(rest, 4));
        return;
    case 1: /* a property of the destination's object */
    {
        const unsigned char *end = memchr(rest->data, '\n', rest->size);
        g_autofree char *line = NULL;

        length = end ? end - rest->data : rest->size;
        line = g_strndup((const char *)rest->data, length);
        set_property(OBJECT(object), line);
        rest->data += length;
        rest->size -= length;
        take(rest, 1);
        return;
    }
    case 2: /* the version */
        in->version = (int32_t)take(rest, 4);
        break;
    case 3: /* a byte of the stream */
        at = take(rest, 2) % (stream->len + 1);
        stream->str[at] ^= at < stream->len ? take(rest, 1) : 0;
        break;
    case 4: /* additional bytes in the stream */
        at = take(rest, 2) % (stream->len + 1);
        length = MIN(take(rest, 1), rest->size);
        g_string_insert_len(stream, at, (const char *)rest->data, length);
        rest->data += length;
        rest->size -= length;
        break;
    case 6: /* GENERATION, in the stream and in the BAR */
        generation = take(rest, 4);
        stl_le_p(in->bar + PVFEAT_W_GENERATION * 4, generation);
        if (stream->len >= 4) {
            stl_be_p(stream->str, generation);
        }
        return;
    case 5: /* missing bytes */
        at = take(rest, 2) % (stream->len + 1);
        g_string_erase(stream, at, MIN(take(rest, 2), stream->len - at));
        break;
    }
    in->stream_is_good = false;
}

/* PVF-DEV-32, 33: this host's table; GENERATION differs if the table does */
static void check_loaded(Incoming *in)
{
    static uint8_t bar[PVFEAT_PCI_BAR_BYTES];
    uint32_t seen = word_of(in->bar, PVFEAT_W_GENERATION);
    uint32_t generation;

    /* GENERATION is the same in stream and BAR, and valid */
    g_assert_cmphex((uint32_t)ldl_be_p(in->stream->str), ==, seen);
    g_assert_cmphex(seen & PVFEAT_GENERATION_ODD, ==, 0);
    g_assert_cmphex(seen, <=, PVFEAT_GENERATION_LAST);
    map_bars();
    check_bar(bar);
    generation = word_of(bar, PVFEAT_W_GENERATION);
    stl_le_p(in->bar + PVFEAT_W_GENERATION * 4, generation);
    if (memcmp(bar, in->bar, (word_of(bar, PVFEAT_W_MAX_LEAF) - PVFEAT_BASE +
                              1) * PVFEAT_WORDS_PER_LEAF * 4)) {
        g_assert_cmphex(generation, !=, seen);
    } else {
        g_assert_cmphex(generation, ==, seen);
    }
    /* A notification that was pending on the source is delivered */
    g_assert_true(fired() || !in->stream_is_good);
}

static void migration_fuzz(QTestState *s, const unsigned char *data,
                           size_t size)
{
    static uint8_t locator[PVFEAT_DVSEC_BYTES];
    uint8_t *cap = PCI_DEVICE(function)->config + PCI_CONFIG_SPACE_SIZE;
    g_autoptr(Incoming) in = NULL;
    Rest rest = { data, size };
    bool loaded;

    /* Load a good stream to restore the state that the last input changed */
    vm_stop(RUN_STATE_RESTORE_VM);
    set_defaults(0);
    in = good_incoming();
    PCI_DEVICE(function)->version_id = pci_version;
    g_assert_true(load(in));
    memcpy(locator, cap, sizeof(locator));

    while (rest.size) {
        change(in, &rest);
    }
    loaded = load(in);
    vm_start();
    if (loaded) {
        check_loaded(in);
        g_assert_cmpmem(locator, sizeof(locator), cap, sizeof(locator));
    }
    flush_events(s);
}

/* ---- the machine --------------------------------------------------------- */

static GString *command_line(FuzzTarget *t)
{
    return g_string_new(TARGET_NAME " -display none -machine q35,accel=qtest "
                        "-nodefaults -object paravisor-features,id=pv0 "
                        "-device paravisor-pci,id=function,addr=04.0");
}

static void find_function(QTestState *s)
{
    qts = s;
    dev = qpci_device_find(qpci_new_pc(s, NULL), DEVFN);
    g_assert_nonnull(dev);
    qpci_device_enable(dev);
    bar_address[PVFEAT_PCI_BAR] = qpci_iomap(dev, PVFEAT_PCI_BAR, NULL).addr;
    msix_arm();
    bar_address[PVFEAT_PCI_MSIX_BAR] = dev->msix_table_bar.addr;
    function = PARAVISOR_PCI(object_resolve_path("/machine/peripheral/function",
                                                 NULL));
    object = PARAVISOR_FEATURES(object_resolve_path("/objects/pv0", NULL));
}

static void migration_start(QTestState *s)
{
    find_function(s);
    vm_stop(RUN_STATE_RESTORE_VM);
    set_defaults(0);
    good_stream = save();
    pci_version = PCI_DEVICE(function)->version_id;
    vm_start();
}

static void register_targets(void)
{
    fuzz_add_target(&(FuzzTarget){
        .name = "paravisor-features",
        .description = "Fuzz the properties of paravisor-features",
        .get_init_cmdline = command_line,
        .pre_fuzz = find_function,
        .fuzz = features_fuzz,
    });
    fuzz_add_target(&(FuzzTarget){
        .name = "paravisor-migration",
        .description = "Fuzz the migration stream of paravisor-pci",
        .get_init_cmdline = command_line,
        .pre_fuzz = migration_start,
        .fuzz = migration_fuzz,
    });
}

fuzz_target_init(register_targets);
