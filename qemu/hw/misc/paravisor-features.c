/*
 * Paravisor feature table: the object that owns it
 *
 * The one place where options become words. Windows (the PCI function and
 * others) copy the words that are here and add nothing to them.
 * See docs/specs/paravisor-pci.rst.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/ctype.h"
#include "qemu/cutils.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-qom.h"
#include "qapi/visitor.h"
#include "qom/object_interfaces.h"
#include "hw/misc/paravisor-features.h"
#include "hw/qdev-core.h"
#include "system/runstate.h"
#include "trace.h"

/* What the properties say */
typedef struct Config {
    uint32_t features[PVFEAT_NWORDS_MAX];
    uint32_t feature_words;     /* those that were named, at least 1 */
    uint32_t min_words;         /* property "words" */
    uint32_t tee;
    uint32_t paravisor_id;
    uint32_t paravisor_version;
    uint32_t access_method;
    uint8_t boundary;
} Config;

struct ParavisorFeatures {
    Object parent_obj;

    Config config;

    /* What the windows show, once complete */
    uint32_t words[PVFEAT_TABLE_MAX_WORDS];
    unsigned nr_words;

    /* "firmware", and what its windows show for as long as QEMU runs */
    bool firmware;
    uint32_t *firmware_words;
    unsigned firmware_nr;

    bool configured;
    bool complete;

    /* Windows that follow changes */
    NotifierList windows;
};

QEMU_BUILD_BUG_ON(PVFEAT_W_FEATURES % PVFEAT_WORDS_PER_LEAF);
QEMU_BUILD_BUG_ON(PVFEAT_LEAVES(PVFEAT_NWORDS_MAX) != PVFEAT_TABLE_MAX_LEAVES);
QEMU_BUILD_BUG_ON(PVFEAT_LEAVES(PVFEAT_NWORDS_MIN) * PVFEAT_WORDS_PER_LEAF * 4
                  != PVFEAT_TABLE_MIN_BYTES);

/*
 * The object that the firmware windows show. Set before the machine has vCPUs
 * and not changed or freed after, so that they read it without a lock.
 */
static ParavisorFeatures *firmware_object;

/* A name that users type for a number in the table */
typedef struct Name {
    uint32_t value;
    const char *name;
} Name;

#define NAME(n, id, name, ...) { n, name },
static const Name feature_names[] = { PVFEAT_REGISTRY(NAME) };
static const Name tee_names[] = { PVFEAT_TEE_TYPES(NAME) };
static const Name access_names[] = { PVFEAT_ACCESS_METHODS(NAME) };
#undef NAME

#define FEATURE_N "feature-"

static const Name *name_find(const Name *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(names[i].name, name)) {
            return &names[i];
        }
    }
    return NULL;
}

/* NULL if the number has no name */
static const char *name_of(const Name *names, size_t count, uint32_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].value == value) {
            return names[i].name;
        }
    }
    return NULL;
}

/* The names that a user may type, for messages */
static char *name_list(const Name *names, size_t count)
{
    GString *s = g_string_new(names[0].name);

    for (size_t i = 1; i < count; i++) {
        g_string_append_printf(s, ", %s", names[i].name);
    }
    return g_string_free(s, false);
}

static const char *feature_name(uint32_t nr)
{
    return name_of(feature_names, ARRAY_SIZE(feature_names), nr);
}

static const char *tee_name(uint32_t type)
{
    return name_of(tee_names, ARRAY_SIZE(tee_names), type);
}

static bool feature_test(const uint32_t *features, unsigned nr)
{
    return features[nr / PVFEAT_BITS_PER_WORD] >> (nr % PVFEAT_BITS_PER_WORD) &
           1;
}

static bool table_has_room(const char *item, uint64_t words, Error **errp)
{
    if (words > PVFEAT_NWORDS_MAX) {
        error_setg(errp, "'%s' makes the table longer than %d bytes: features "
                   "go up to %s%d, in %d words", item, PVFEAT_TABLE_MAX_BYTES,
                   FEATURE_N, PVFEAT_FEATURES_MAX - 1, PVFEAT_NWORDS_MAX);
        return false;
    }
    return true;
}

/* "0x2001" or "0x2001:0x0:0x1": feature words from the first one on */
static bool parse_hex_words(const char *item, uint32_t *features,
                            uint32_t *nwords, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(item, ":", 0);
    unsigned count = g_strv_length(parts);

    if (!table_has_room(item, count, errp)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned value;

        if (!g_str_has_prefix(parts[i], "0x") || !parts[i][2] ||
            strspn(parts[i] + 2, "0123456789abcdefABCDEF") !=
            strlen(parts[i] + 2) ||
            qemu_strtoui(parts[i], NULL, 16, &value) < 0) {
            error_setg(errp, "bad hex word '%s' in features: expected 32 bits "
                       "like 0x2001, several of them as 0x2001:0x0:0x1",
                       parts[i]);
            return false;
        }
        features[i] |= value;
    }
    *nwords = MAX(*nwords, count);
    return true;
}

static bool parse_feature(const char *item, uint32_t *features,
                          uint32_t *nwords, Error **errp)
{
    const Name *named = name_find(feature_names, ARRAY_SIZE(feature_names),
                                  item);
    const char *digits = NULL;
    g_autofree char *known = NULL;
    uint64_t nr;

    if (g_str_has_prefix(item, "0x")) {
        return parse_hex_words(item, features, nwords, errp);
    }
    if (g_str_has_prefix(item, FEATURE_N)) {
        digits = item + strlen(FEATURE_N);
    }
    if (named) {
        nr = named->value;
    } else if (!digits || !qemu_isdigit(*digits) ||
               qemu_strtou64(digits, NULL, 10, &nr) < 0) {
        known = name_list(feature_names, ARRAY_SIZE(feature_names));
        error_setg(errp, "unknown feature '%s'; known are %s, " FEATURE_N
                   "0 to " FEATURE_N "%d, and hex words like 0x2001",
                   item, known, PVFEAT_FEATURES_MAX - 1);
        return false;
    }
    if (!table_has_room(item, nr / PVFEAT_BITS_PER_WORD + 1, errp)) {
        return false;
    }
    features[nr / PVFEAT_BITS_PER_WORD] |= 1u << (nr % PVFEAT_BITS_PER_WORD);
    *nwords = MAX(*nwords, nr / PVFEAT_BITS_PER_WORD + 1);
    return true;
}

static bool config_features(Config *c, const char *value, Error **errp)
{
    g_auto(GStrv) items = g_strsplit(value, "+", 0);

    memset(c->features, 0, sizeof(c->features));
    c->feature_words = PVFEAT_NWORDS_MIN;
    for (char **item = items; *item; item++) {
        if (!parse_feature(*item, c->features, &c->feature_words, errp)) {
            return false;
        }
    }
    return true;
}

static bool config_name(const char *property, const Name *names, size_t count,
                        const char *value, uint32_t *field, Error **errp)
{
    const Name *named = name_find(names, count, value);

    if (!named) {
        g_autofree char *known = name_list(names, count);

        error_setg(errp, "unknown %s '%s'; known are %s", property, value,
                   known);
        return false;
    }
    *field = named->value;
    return true;
}

static bool config_tee(Config *c, const char *value, Error **errp)
{
    return config_name("tee", tee_names, ARRAY_SIZE(tee_names), value, &c->tee,
                       errp);
}

static bool config_access_method(Config *c, const char *value, Error **errp)
{
    return config_name("access-method", access_names, ARRAY_SIZE(access_names),
                       value, &c->access_method, errp);
}

static bool config_boundary(Config *c, uint8_t value, Error **errp)
{
    if (value > PVFEAT_ACCESS_BOUNDARY_MAX) {
        error_setg(errp, "shared-gpa-boundary is the number of an address bit, "
                   "1 to %d, or 0 for none; not %u",
                   PVFEAT_ACCESS_BOUNDARY_MAX, value);
        return false;
    }
    c->boundary = value;
    return true;
}

/* The rules of the registry and of the header; spec/pci-device.md, section 4 */
static bool check_rules(const Config *c, Error **errp)
{
#define NEEDS(x, y) { PVFEAT_##x, PVFEAT_##y, false },
#define EXCLUDES(x, y) { PVFEAT_##x, PVFEAT_##y, true },
    static const struct {
        uint16_t a, b;
        bool excludes;
    } rules[] = { PVFEAT_RULES(NEEDS, EXCLUDES) };
#undef NEEDS
#undef EXCLUDES
    bool has_boundary = feature_test(c->features, PVFEAT_SHARED_GPA_BOUNDARY);

    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (feature_test(c->features, rules[i].a) &&
            feature_test(c->features, rules[i].b) == rules[i].excludes) {
            error_setg(errp, "feature '%s' %s feature '%s'",
                       feature_name(rules[i].a),
                       rules[i].excludes ? "excludes" : "needs",
                       feature_name(rules[i].b));
            return false;
        }
    }
    if (has_boundary && !c->boundary) {
        error_setg(errp, "feature '%s' needs shared-gpa-boundary=1 to %d, the "
                   "number of the address bit",
                   feature_name(PVFEAT_SHARED_GPA_BOUNDARY),
                   PVFEAT_ACCESS_BOUNDARY_MAX);
        return false;
    }
    if (!has_boundary && c->boundary) {
        error_setg(errp, "shared-gpa-boundary=%u needs feature '%s'",
                   c->boundary, feature_name(PVFEAT_SHARED_GPA_BOUNDARY));
        return false;
    }
    if (c->tee && !feature_test(c->features, PVFEAT_CONFIDENTIAL)) {
        error_setg(errp, "tee=%s needs feature '%s'", tee_name(c->tee),
                   feature_name(PVFEAT_CONFIDENTIAL));
        return false;
    }
    return table_has_room("words", c->min_words, errp);
}

/* Words of a table with this configuration; GENERATION is 0 */
static void build_words(const Config *c, uint32_t w[PVFEAT_TABLE_MAX_WORDS])
{
    uint32_t nwords = MAX(c->feature_words, c->min_words);

    memset(w, 0, PVFEAT_TABLE_MAX_BYTES);
    w[PVFEAT_W_MAX_LEAF] = PVFEAT_MAX_LEAF(nwords);
    w[PVFEAT_W_SIGNATURE_B] = PVFEAT_SIGNATURE_B;
    w[PVFEAT_W_SIGNATURE_C] = PVFEAT_SIGNATURE_C;
    w[PVFEAT_W_SIGNATURE_D] = PVFEAT_SIGNATURE_D;
    w[PVFEAT_W_VERSION] = PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT |
                          PVFEAT_VERSION_MINOR;
    w[PVFEAT_W_TEE] = c->tee;
    w[PVFEAT_W_NWORDS] = nwords;
    w[PVFEAT_W_PARAVISOR_ID] = c->paravisor_id;
    w[PVFEAT_W_PARAVISOR_VERSION] = c->paravisor_version;
    w[PVFEAT_W_ACCESS] = c->access_method |
                         c->boundary << PVFEAT_ACCESS_BOUNDARY_SHIFT;
    memcpy(&w[PVFEAT_W_FEATURES], c->features, nwords * sizeof(*w));
}

/* Take over words that were built, with the GENERATION that there is */
static void set_words(ParavisorFeatures *pf, const uint32_t *words)
{
    uint32_t generation = pf->words[PVFEAT_W_GENERATION];

    memcpy(pf->words, words, sizeof(pf->words));
    pf->words[PVFEAT_W_GENERATION] = generation;
    pf->nr_words = PVFEAT_LEAVES(pf->words[PVFEAT_W_NWORDS]) *
                   PVFEAT_WORDS_PER_LEAF;
}

/* Firmware shows the table that there is when the machine is made */
static void show_by_firmware(ParavisorFeatures *pf)
{
    memcpy(pf->firmware_words, pf->words, sizeof(pf->words));
    pf->firmware_nr = pf->nr_words;
}

/*
 * The one way in which a configuration changes, whole or not at all. Once the
 * table is shown, the windows are told if its words are others than before.
 */
static void commit(ParavisorFeatures *pf, const Config *next, Error **errp)
{
    g_autofree uint32_t *words = NULL;

    if (!pf->complete) {
        pf->config = *next;
        pf->configured = true;
        return;
    }
    if (!paravisor_features_is_user_created(pf) &&
        QLIST_EMPTY(&pf->windows.notifiers)) {
        error_setg(errp, "the device shows another object's table; set the "
                   "properties there");
        return;
    }
    /* A window may have been loaded, and not yet have been looked at */
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        error_setg(errp, "the table cannot change while a migration comes in");
        return;
    }
    if (!check_rules(next, errp)) {
        return;
    }
    words = g_new(uint32_t, PVFEAT_TABLE_MAX_WORDS);
    build_words(next, words);
    words[PVFEAT_W_GENERATION] = pf->words[PVFEAT_W_GENERATION];
    pf->config = *next;
    pf->configured = true;
    if (!memcmp(words, pf->words, sizeof(pf->words))) {
        return;
    }
    set_words(pf, words);
    pf->words[PVFEAT_W_GENERATION] =
        paravisor_features_next(pf->words[PVFEAT_W_GENERATION], true);
    trace_paravisor_features_change(pf->words[PVFEAT_W_GENERATION]);
    /* With -preconfig, QMP comes before the machine */
    if (pf == firmware_object && !phase_check(PHASE_MACHINE_INITIALIZED)) {
        show_by_firmware(pf);
    }
    notifier_list_notify(&pf->windows, pf);
}

static void set_string(Object *obj, const char *value,
                       bool (*config)(Config *c, const char *value,
                                      Error **errp),
                       Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autofree Config *next = g_memdup2(&pf->config, sizeof(*next));

    if (config(next, value, errp)) {
        commit(pf, next, errp);
    }
}

static void set_features(Object *obj, const char *value, Error **errp)
{
    set_string(obj, value, config_features, errp);
}

static char *get_features(Object *obj, Error **errp)
{
    const Config *c = &PARAVISOR_FEATURES(obj)->config;
    GString *s = g_string_new(NULL);
    uint32_t words = PVFEAT_NWORDS_MIN;

    for (unsigned nr = 0; nr < PVFEAT_FEATURES_MAX; nr++) {
        const char *name;

        if (!feature_test(c->features, nr)) {
            continue;
        }
        words = nr / PVFEAT_BITS_PER_WORD + 1;
        name = feature_name(nr);
        if (s->len) {
            g_string_append_c(s, '+');
        }
        if (name) {
            g_string_append(s, name);
        } else {
            g_string_append_printf(s, FEATURE_N "%u", nr);
        }
    }
    /* Hex words that are 0 make the table longer, too */
    if (c->feature_words > words) {
        g_string_append(s, s->len ? "+0x0" : "0x0");
        for (uint32_t i = 1; i < c->feature_words; i++) {
            g_string_append(s, ":0x0");
        }
    }
    return g_string_free(s, false);
}

static void set_tee(Object *obj, const char *value, Error **errp)
{
    set_string(obj, value, config_tee, errp);
}

static char *get_tee(Object *obj, Error **errp)
{
    return g_strdup(tee_name(PARAVISOR_FEATURES(obj)->config.tee));
}

static void set_access_method(Object *obj, const char *value, Error **errp)
{
    set_string(obj, value, config_access_method, errp);
}

static char *get_access_method(Object *obj, Error **errp)
{
    return g_strdup(name_of(access_names, ARRAY_SIZE(access_names),
                            PARAVISOR_FEATURES(obj)->config.access_method));
}

/* A number; opaque is the offset of its field in Config */
static void get_uint32(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    Config *c = &PARAVISOR_FEATURES(obj)->config;

    visit_type_uint32(v, name, (uint32_t *)((char *)c + (uintptr_t)opaque),
                      errp);
}

static void set_uint32(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autofree Config *next = g_memdup2(&pf->config, sizeof(*next));

    if (visit_type_uint32(v, name,
                          (uint32_t *)((char *)next + (uintptr_t)opaque),
                          errp)) {
        commit(pf, next, errp);
    }
}

static void get_boundary(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    visit_type_uint8(v, name, &PARAVISOR_FEATURES(obj)->config.boundary, errp);
}

static void set_boundary(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autofree Config *next = g_memdup2(&pf->config, sizeof(*next));
    uint8_t value;

    if (visit_type_uint8(v, name, &value, errp) &&
        config_boundary(next, value, errp)) {
        commit(pf, next, errp);
    }
}

/* Several properties as one change; those that are not named stay */
static void set_update(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autofree Config *next = g_memdup2(&pf->config, sizeof(*next));
    g_autoptr(ParavisorFeaturesProperties) p = NULL;

    if (!visit_type_ParavisorFeaturesProperties(v, name, &p, errp)) {
        return;
    }
    if (p->has_firmware) {
        error_setg(errp, "firmware cannot change with the others");
        return;
    }
    if ((p->features && !config_features(next, p->features, errp)) ||
        (p->tee && !config_tee(next, p->tee, errp)) ||
        (p->access_method &&
         !config_access_method(next, p->access_method, errp)) ||
        (p->has_shared_gpa_boundary &&
         !config_boundary(next, p->shared_gpa_boundary, errp))) {
        return;
    }
    if (p->has_paravisor_id) {
        next->paravisor_id = p->paravisor_id;
    }
    if (p->has_paravisor_version) {
        next->paravisor_version = p->paravisor_version;
    }
    if (p->has_words) {
        next->min_words = p->words;
    }
    commit(pf, next, errp);
}

static void get_current_table(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    if (!pf->complete) {
        error_setg(errp, "there is no table before the object is complete");
        return;
    }
    paravisor_features_visit_words(v, name, pf->words, pf->nr_words, errp);
}

static bool take_firmware_role(ParavisorFeatures *pf, Error **errp)
{
    const char *id = object_get_canonical_path_component(OBJECT(pf));

    if (firmware_object) {
        error_setg(errp, "'%s' has firmware=on already, and one object at most "
                   "can have it; set firmware=off for '%s'",
                   object_get_canonical_path_component(OBJECT(firmware_object)),
                   id);
        return false;
    }
    if (phase_check(PHASE_MACHINE_INITIALIZED)) {
        error_setg(errp, "the firmware windows are fixed once there is a "
                   "machine; set firmware=off for '%s'", id);
        return false;
    }
    pf->firmware_words = g_new(uint32_t, PVFEAT_TABLE_MAX_WORDS);
    show_by_firmware(pf);
    firmware_object = pf;
    return true;
}

static void paravisor_features_complete(UserCreatable *uc, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(uc);

    g_autofree uint32_t *words = g_new(uint32_t, PVFEAT_TABLE_MAX_WORDS);

    if (!check_rules(&pf->config, errp)) {
        return;
    }
    build_words(&pf->config, words);
    set_words(pf, words);
    if (pf->firmware && paravisor_features_is_user_created(pf) &&
        !take_firmware_role(pf, errp)) {
        return;
    }
    pf->complete = true;
    trace_paravisor_features_complete(pf->words[PVFEAT_W_NWORDS],
                                      pf->words[PVFEAT_W_FEATURES]);
}

static bool paravisor_features_can_be_deleted(UserCreatable *uc)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(uc);

    return QLIST_EMPTY(&pf->windows.notifiers) && pf != firmware_object;
}

static int collect_ids(Object *obj, void *opaque)
{
    GPtrArray *ids = opaque;

    if (object_dynamic_cast(obj, TYPE_PARAVISOR_FEATURES)) {
        g_ptr_array_add(ids, (void *)object_get_canonical_path_component(obj));
    }
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool paravisor_features_find_default(ParavisorFeatures **found, Error **errp)
{
    Object *objects = object_get_objects_root();
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    object_child_foreach(objects, collect_ids, ids);
    if (ids->len > 1) {
        unsigned count = ids->len;
        g_autofree char *known = NULL;

        g_ptr_array_sort(ids, compare_ids);
        g_ptr_array_add(ids, NULL);
        known = g_strjoinv(", ", (char **)ids->pdata);
        error_setg(errp, "there are %u " TYPE_PARAVISOR_FEATURES " objects; "
                   "say which one to show with table=ID: %s", count, known);
        return false;
    }
    *found = NULL;
    if (ids->len) {
        *found = PARAVISOR_FEATURES(
            object_resolve_path_component(objects, ids->pdata[0]));
    }
    return true;
}

bool paravisor_features_configured(const ParavisorFeatures *pf)
{
    return pf->configured;
}

bool paravisor_features_is_user_created(ParavisorFeatures *pf)
{
    return OBJECT(pf)->parent == object_get_objects_root();
}

void paravisor_features_attach(ParavisorFeatures *pf, Notifier *changed)
{
    assert(pf->complete);
    notifier_list_add(&pf->windows, changed);
}

void paravisor_features_detach(Notifier *changed)
{
    notifier_remove(changed);
}

void paravisor_features_visit_words(Visitor *v, const char *name,
                                    const uint32_t *words, unsigned nr,
                                    Error **errp)
{
    ParavisorFeatureTable table = {
        .generation = words[PVFEAT_W_GENERATION],
    };
    ParavisorFeatureTable *t = &table;
    uint32List **tail = &table.words;

    for (unsigned i = 0; i < nr; i++) {
        QAPI_LIST_APPEND(tail, words[i]);
    }
    visit_type_ParavisorFeatureTable(v, name, &t, errp);
    qapi_free_uint32List(table.words);
}

const uint32_t *paravisor_features_words(const ParavisorFeatures *pf,
                                         unsigned *nr)
{
    assert(pf->complete);
    *nr = pf->nr_words;
    return pf->words;
}

uint32_t paravisor_features_next(uint32_t generation, bool changed)
{
    uint64_t next = QEMU_ALIGN_UP((uint64_t)generation, PVFEAT_GENERATION_STEP);

    if (changed && next == generation) {
        next += PVFEAT_GENERATION_STEP;
    }
    /* All ones is how a missing device reads, so the last pair is left out */
    return next > PVFEAT_GENERATION_LAST ? 0 : next;
}

void paravisor_features_continue(ParavisorFeatures *pf, uint32_t generation)
{
    pf->words[PVFEAT_W_GENERATION] = generation;
}

const uint32_t *paravisor_features_firmware_words(unsigned *nr)
{
    if (!firmware_object) {
        return NULL;
    }
    *nr = firmware_object->firmware_nr;
    return firmware_object->firmware_words;
}

bool paravisor_features_cpuid(uint32_t leaf, uint32_t regs[4])
{
    unsigned nr;
    const uint32_t *words = paravisor_features_firmware_words(&nr);

    if (!words || leaf < PVFEAT_BASE ||
        leaf - PVFEAT_BASE >= nr / PVFEAT_WORDS_PER_LEAF) {
        return false;
    }
    trace_paravisor_features_cpuid(leaf);
    memcpy(regs, words + (leaf - PVFEAT_BASE) * PVFEAT_WORDS_PER_LEAF,
           PVFEAT_WORDS_PER_LEAF * sizeof(*words));
    return true;
}

static bool get_firmware(Object *obj, Error **errp)
{
    return PARAVISOR_FEATURES(obj)->firmware;
}

static void set_firmware(Object *obj, bool value, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    if (pf->complete) {
        error_setg(errp, "firmware cannot be set once the table is shown");
        return;
    }
    pf->firmware = value;
    pf->configured = true;
}

static void paravisor_features_init(Object *obj)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    pf->config.feature_words = PVFEAT_NWORDS_MIN;
    pf->firmware = true;
    notifier_list_init(&pf->windows);
}

static void paravisor_features_finalize(Object *obj)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    if (pf == firmware_object) {
        firmware_object = NULL;
    }
    g_free(pf->firmware_words);
}

static void add_uint32(ObjectClass *oc, const char *name, size_t offset)
{
    object_class_property_add(oc, name, "uint32", get_uint32, set_uint32, NULL,
                              (void *)(uintptr_t)offset);
}

static void G_GNUC_PRINTF(3, 4) describe(ObjectClass *oc, const char *property,
                                         const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    object_class_property_set_description(oc, property, text);
}

static void paravisor_features_class_init(ObjectClass *oc, const void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(oc);
    g_autofree char *features = name_list(feature_names,
                                          ARRAY_SIZE(feature_names));
    g_autofree char *tees = name_list(tee_names, ARRAY_SIZE(tee_names));
    g_autofree char *methods = name_list(access_names,
                                         ARRAY_SIZE(access_names));

    ucc->complete = paravisor_features_complete;
    ucc->can_be_deleted = paravisor_features_can_be_deleted;

    object_class_property_add_str(oc, "features", get_features, set_features);
    describe(oc, "features", "features that are on, joined by '+' (default: "
             "none): names, " FEATURE_N "N, or hex words like 0x2001:0x0; "
             "names are %s", features);
    object_class_property_add_str(oc, "tee", get_tee, set_tee);
    describe(oc, "tee", "type of TEE (default: none): %s", tees);
    object_class_property_add_str(oc, "access-method", get_access_method,
                                  set_access_method);
    describe(oc, "access-method",
             "how the services are called (default: native): %s", methods);
    object_class_property_add(oc, "shared-gpa-boundary", "uint8", get_boundary,
                              set_boundary, NULL, NULL);
    describe(oc, "shared-gpa-boundary", "address bit that tells shared from "
             "private memory, 1 to %d (default: 0, none)",
             PVFEAT_ACCESS_BOUNDARY_MAX);
    add_uint32(oc, "paravisor-id", offsetof(Config, paravisor_id));
    describe(oc, "paravisor-id", "implementation: PCI-SIG vendor ID in bits "
             "15:0, product in 31:16 (default: 0, undisclosed)");
    add_uint32(oc, "paravisor-version",
               offsetof(Config, paravisor_version));
    describe(oc, "paravisor-version",
             "the implementation's own version (default: 0)");
    add_uint32(oc, "words", offsetof(Config, min_words));
    object_class_property_add_bool(oc, "firmware", get_firmware, set_firmware);
    describe(oc, "firmware", "also show the table through CPUID, DeviceTree "
             "and ACPI, where the machine has them; for one object at most "
             "(default: on)");
    describe(oc, "words", "least number of 32-bit feature words in the table, "
             "up to %d (default: as many as the features take)",
             PVFEAT_NWORDS_MAX);
    object_class_property_add(oc, "update", "ParavisorFeaturesProperties", NULL,
                              set_update, NULL, NULL);
    describe(oc, "update", "set several properties as one change, all of them "
             "or, on an error, none");
    object_class_property_add(oc, "current-table", "ParavisorFeatureTable",
                              get_current_table, NULL, NULL, NULL);
    describe(oc, "current-table", "the words of the table as they are now");
}

static const TypeInfo paravisor_features_info = {
    .name = TYPE_PARAVISOR_FEATURES,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(ParavisorFeatures),
    .instance_init = paravisor_features_init,
    .instance_finalize = paravisor_features_finalize,
    .class_init = paravisor_features_class_init,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_USER_CREATABLE },
        { }
    },
};

static void paravisor_features_register_types(void)
{
    type_register_static(&paravisor_features_info);
}

type_init(paravisor_features_register_types)
