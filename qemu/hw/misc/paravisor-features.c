/*
 * Paravisor feature table: the object that owns it
 *
 * Converts options into the words of a feature table, and keeps the copy of
 * the words that the firmware windows (CPUID, DeviceTree, ACPI) present.
 * Windows copy the words unchanged. See docs/specs/paravisor-pci.rst.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/bswap.h"
#include "qemu/ctype.h"
#include "qemu/cutils.h"
#include "crypto/hash.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-qom.h"
#include "qapi/util.h"
#include "qapi/visitor.h"
#include "qom/object_interfaces.h"
#include "hw/misc/paravisor-features.h"
#include "hw/qdev-core.h"
#include "hw/resettable.h"
#include "migration/misc.h"
#include "system/reset.h"
#include "system/runstate.h"
#include "trace.h"

/* The values of the properties */
typedef struct Config {
    uint32_t features[PVFEAT_NWORDS_MAX];
    uint32_t feature_words[PVFEAT_NWORDS_MAX];
    uint32_t nr_feature_words;
    uint32_t min_feature_words;
    ParavisorTee tee;
    uint32_t paravisor_id;
    uint32_t paravisor_version;
    ParavisorAccessMethod access_method;
    uint8_t boundary;
} Config;

struct ParavisorFeatures {
    Object parent_obj;

    Config config;

    /*
     * The words of the configuration, once the object is complete. GENERATION
     * counts the object's changes; a PCI window starts with this value and then
     * counts its own changes.
     */
    ParavisorTable table;
    QTAILQ_HEAD(, ParavisorWindow) windows;

    /*
     * The property "firmware", and two copies of the table: as of the last
     * reset, and, for CPUID leaves that KVM does not allow to change, as of the
     * machine's creation.
     */
    bool firmware;
    ParavisorTable at_reset;
    ParavisorTable at_creation;
    ResettableState reset_state;

    bool configured;
    bool complete;
};

/*
 * The object with firmware=on. vCPU threads use this pointer for CPUID without
 * the BQL, which a walk through the QOM tree would require. It is set before
 * there are vCPUs, and does not change while there are any.
 */
static ParavisorFeatures *firmware_object;

QEMU_BUILD_BUG_ON(PVFEAT_W_FEATURES % PVFEAT_WORDS_PER_LEAF);
QEMU_BUILD_BUG_ON(PARAVISOR_TABLE_WORDS % PVFEAT_WORDS_PER_LEAF);
QEMU_BUILD_BUG_ON(PVFEAT_LEAVES(PVFEAT_NWORDS_MIN) * PVFEAT_WORDS_PER_LEAF * 4
                  != PVFEAT_TABLE_MIN_BYTES);

/* The registry's entries */
typedef struct Name {
    uint32_t value;
    const char *name;
} Name;

#define NAME(n, id, name, ...) { n, name },
static const Name registered_features[] = { PVFEAT_REGISTRY(NAME) };
static const Name registered_tees[] = { PVFEAT_TEE_TYPES(NAME) };
static const Name registered_methods[] = { PVFEAT_ACCESS_METHODS(NAME) };
#undef NAME

/* The QAPI enums must have exactly the registry's numbers */
#define FEATURE(n, id, ...) QEMU_BUILD_BUG_ON(PARAVISOR_FEATURE_##id != (n));
#define TEE(n, id, ...) QEMU_BUILD_BUG_ON(PARAVISOR_TEE_##id != (n));
#define ACCESS(n, id, ...) \
    QEMU_BUILD_BUG_ON(PARAVISOR_ACCESS_METHOD_##id != (n));
PVFEAT_REGISTRY(FEATURE)
PVFEAT_TEE_TYPES(TEE)
PVFEAT_ACCESS_METHODS(ACCESS)
QEMU_BUILD_BUG_ON(PARAVISOR_FEATURE__MAX != ARRAY_SIZE(registered_features));
QEMU_BUILD_BUG_ON(PARAVISOR_TEE__MAX != ARRAY_SIZE(registered_tees));
QEMU_BUILD_BUG_ON(PARAVISOR_ACCESS_METHOD__MAX !=
                  ARRAY_SIZE(registered_methods));
#undef FEATURE
#undef TEE
#undef ACCESS

/* The QAPI enums must also have the registry's names */
static void check_names(const QEnumLookup *lookup, const Name *names)
{
    for (int i = 0; i < lookup->size; i++) {
        assert(!strcmp(lookup->array[names[i].value], names[i].name));
    }
}

#define FEATURE_N "feature-"

/* List the values of an enum, for messages */
static char *enum_values(const QEnumLookup *lookup)
{
    GString *s = g_string_new(lookup->array[0]);

    for (int i = 1; i < lookup->size; i++) {
        g_string_append_printf(s, ", %s", lookup->array[i]);
    }
    return g_string_free(s, false);
}

static bool feature_test(const uint32_t *features, unsigned nr)
{
    return features[nr / PVFEAT_BITS_PER_WORD] >> (nr % PVFEAT_BITS_PER_WORD) &
           1;
}

static void feature_set(uint32_t *features, unsigned nr)
{
    features[nr / PVFEAT_BITS_PER_WORD] |= 1u << (nr % PVFEAT_BITS_PER_WORD);
}

/* Parse "vtpm" or "feature-16" */
static bool parse_feature(const char *item, uint32_t *features, Error **errp)
{
    int named = qapi_enum_parse(&ParavisorFeature_lookup, item, -1, NULL);
    const char *digits = NULL;
    uint64_t nr = named;

    if (g_str_has_prefix(item, FEATURE_N)) {
        digits = item + strlen(FEATURE_N);
    }
    if (named < 0 && (!digits || !qemu_isdigit(*digits) ||
                      qemu_strtou64(digits, NULL, 10, &nr) < 0)) {
        g_autofree char *known = enum_values(&ParavisorFeature_lookup);

        error_setg(errp, "unknown feature '%s'; known are %s, and " FEATURE_N
                   "0 to " FEATURE_N "%d", item, known,
                   PVFEAT_FEATURES_MAX - 1);
        return false;
    }
    if (nr >= PVFEAT_FEATURES_MAX) {
        error_setg(errp, "'%s' is out of range: features go up to " FEATURE_N
                   "%d", item, PVFEAT_FEATURES_MAX - 1);
        return false;
    }
    feature_set(features, nr);
    return true;
}

static bool config_set_features(Config *c, const ParavisorFeatureSet *set,
                                Error **errp)
{
    memset(c->features, 0, sizeof(c->features));
    if (set->type == QTYPE_QLIST) {
        for (ParavisorFeatureList *l = set->u.list; l; l = l->next) {
            feature_set(c->features, l->value);
        }
    } else {
        g_auto(GStrv) items = g_strsplit(set->u.string, "+", 0);

        for (char **item = items; *item; item++) {
            if (!parse_feature(*item, c->features, errp)) {
                return false;
            }
        }
    }
    return true;
}

static bool parse_feature_word(const char *item, uint32_t *word, Error **errp)
{
    unsigned value;

    if (!g_str_has_prefix(item, "0x") || !item[2] ||
        strspn(item + 2, "0123456789abcdefABCDEF") != strlen(item + 2) ||
        qemu_strtoui(item, NULL, 16, &value) < 0) {
        error_setg(errp, "bad feature word '%s': expected 32 bits such as "
                   "0x2001, or several words as 0x2001:0x0:0x1", item);
        return false;
    }
    *word = value;
    return true;
}

static bool config_add_feature_word(Config *c, Error **errp)
{
    if (c->nr_feature_words == PVFEAT_NWORDS_MAX) {
        error_setg(errp, "feature-words has too many words: a table has up to "
                   "%d feature words", PVFEAT_NWORDS_MAX);
        return false;
    }
    c->nr_feature_words++;
    return true;
}

static bool config_set_feature_words(Config *c,
                                     const ParavisorFeatureWords *words,
                                     Error **errp)
{
    uint32List *l;

    memset(c->feature_words, 0, sizeof(c->feature_words));
    c->nr_feature_words = 0;
    if (words->type == QTYPE_QLIST) {
        for (l = words->u.list; l; l = l->next) {
            if (!config_add_feature_word(c, errp)) {
                return false;
            }
            c->feature_words[c->nr_feature_words - 1] = l->value;
        }
    } else {
        g_auto(GStrv) items = g_strsplit(words->u.string, ":", 0);

        for (char **item = items; *item; item++) {
            if (!config_add_feature_word(c, errp) ||
                !parse_feature_word(*item,
                                    &c->feature_words[c->nr_feature_words - 1],
                                    errp)) {
                return false;
            }
        }
    }
    return true;
}

static bool config_set_boundary(Config *c, uint8_t value, Error **errp)
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

/* The features that are on: those of "features" and of "feature-words" */
static void config_all_features(const Config *c, uint32_t *features)
{
    for (unsigned i = 0; i < PVFEAT_NWORDS_MAX; i++) {
        features[i] = c->features[i] | c->feature_words[i];
    }
}

/* Check the rules of the registry and of the header's fields */
static bool config_check(const Config *c, Error **errp)
{
#define NEEDS(x, y) { PVFEAT_##x, PVFEAT_##y, false },
#define EXCLUDES(x, y) { PVFEAT_##x, PVFEAT_##y, true },
    static const struct {
        uint16_t a, b;
        bool excludes;
    } rules[] = { PVFEAT_RULES(NEEDS, EXCLUDES) };
#undef NEEDS
#undef EXCLUDES
    uint32_t vendor = c->paravisor_id & PVFEAT_PARAVISOR_VENDOR_MASK;
    uint32_t features[PVFEAT_NWORDS_MAX];
    bool has_boundary;

    config_all_features(c, features);
    has_boundary = feature_test(features, PVFEAT_SHARED_GPA_BOUNDARY);
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (feature_test(features, rules[i].a) &&
            feature_test(features, rules[i].b) == rules[i].excludes) {
            error_setg(errp, "feature '%s' %s feature '%s'",
                       ParavisorFeature_str(rules[i].a),
                       rules[i].excludes ? "excludes" : "needs",
                       ParavisorFeature_str(rules[i].b));
            return false;
        }
    }
    if (has_boundary && !c->boundary) {
        error_setg(errp, "feature '%s' needs shared-gpa-boundary=1 to %d, the "
                   "number of the address bit",
                   ParavisorFeature_str(PVFEAT_SHARED_GPA_BOUNDARY),
                   PVFEAT_ACCESS_BOUNDARY_MAX);
        return false;
    }
    if (!has_boundary && c->boundary) {
        error_setg(errp, "shared-gpa-boundary=%u needs feature '%s'",
                   c->boundary,
                   ParavisorFeature_str(PVFEAT_SHARED_GPA_BOUNDARY));
        return false;
    }
    if (c->tee && !feature_test(features, PVFEAT_CONFIDENTIAL)) {
        error_setg(errp, "tee=%s needs feature '%s'", ParavisorTee_str(c->tee),
                   ParavisorFeature_str(PVFEAT_CONFIDENTIAL));
        return false;
    }
    if (c->paravisor_id &&
        (!vendor || vendor == PVFEAT_PARAVISOR_VENDOR_MASK)) {
        error_setg(errp, "paravisor-id=0x%x has no PCI-SIG vendor ID in bits "
                   "15:0; 0 is undisclosed", c->paravisor_id);
        return false;
    }
    if (c->min_feature_words > PVFEAT_NWORDS_MAX) {
        error_setg(errp, "min-feature-words=%u is out of range: a table has up "
                   "to %d feature words", c->min_feature_words,
                   PVFEAT_NWORDS_MAX);
        return false;
    }
    return true;
}

/* Build the table of a configuration */
static void config_build_table(const Config *c, uint32_t generation,
                               ParavisorTable *t)
{
    uint32_t *w = t->words;
    uint32_t nwords = MAX(MAX(c->nr_feature_words, c->min_feature_words),
                          PVFEAT_NWORDS_MIN);

    memset(t, 0, sizeof(*t));
    config_all_features(c, &w[PVFEAT_W_FEATURES]);
    for (uint32_t i = nwords; i < PVFEAT_NWORDS_MAX; i++) {
        if (w[PVFEAT_W_FEATURES + i]) {
            nwords = i + 1;
        }
    }
    w[PVFEAT_W_MAX_LEAF] = PVFEAT_MAX_LEAF(nwords);
    w[PVFEAT_W_SIGNATURE_B] = PVFEAT_SIGNATURE_B;
    w[PVFEAT_W_SIGNATURE_C] = PVFEAT_SIGNATURE_C;
    w[PVFEAT_W_SIGNATURE_D] = PVFEAT_SIGNATURE_D;
    w[PVFEAT_W_VERSION] = PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT |
                          PVFEAT_VERSION_MINOR;
    w[PVFEAT_W_GENERATION] = generation;
    w[PVFEAT_W_TEE] = c->tee;
    w[PVFEAT_W_NWORDS] = nwords;
    w[PVFEAT_W_PARAVISOR_ID] = c->paravisor_id;
    w[PVFEAT_W_PARAVISOR_VERSION] = c->paravisor_version;
    w[PVFEAT_W_ACCESS] = c->access_method |
                         c->boundary << PVFEAT_ACCESS_BOUNDARY_SHIFT;
    t->nr = PVFEAT_LEAVES(nwords) * PVFEAT_WORDS_PER_LEAF;
}

/*
 * Replace the configuration as a whole or, on an error, leave it unchanged. If
 * this changes the table of a complete object, notify its PCI windows.
 */
static void set_config(ParavisorFeatures *pf, const Config *next, Error **errp)
{
    uint32_t generation = pf->table.words[PVFEAT_W_GENERATION];
    ParavisorTable table;
    ParavisorWindow *window, *tmp;

    if (!pf->complete) {
        pf->config = *next;
        pf->configured = true;
        return;
    }
    if (!paravisor_features_is_user_created(pf) && QTAILQ_EMPTY(&pf->windows)) {
        error_setg(errp, "the device shows another object's table; set the "
                   "properties there");
        return;
    }
    /* BAR0 may have been loaded, but not yet been compared by post_load */
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        error_setg(errp, "the table cannot change during an incoming "
                   "migration");
        return;
    }
    /* The snapshot has the device's GENERATION already, and saves BAR0 later */
    if (phase_check(PHASE_MACHINE_READY) && migration_in_bg_snapshot()) {
        error_setg(errp, "the table cannot change during a background "
                   "snapshot");
        return;
    }
    if (!config_check(next, errp)) {
        return;
    }
    config_build_table(next, generation, &table);
    pf->config = *next;
    pf->configured = true;
    if (!memcmp(&table, &pf->table, sizeof(table))) {
        return;
    }
    if (phase_check(PHASE_MACHINE_INITIALIZED)) {
        generation = paravisor_generation_next(generation);
        table.words[PVFEAT_W_GENERATION] = generation;
        pf->table = table;
    } else {
        /* With -preconfig there is no window yet, and no guest to notify */
        pf->table = pf->at_reset = pf->at_creation = table;
    }
    trace_paravisor_features_change(generation);
    QTAILQ_FOREACH_SAFE(window, &pf->windows, next, tmp) {
        window->changed(window);
    }
}

static void get_features(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    const Config *c = &PARAVISOR_FEATURES(obj)->config;
    g_autoptr(GString) s = g_string_new(NULL);

    for (unsigned nr = 0; nr < PVFEAT_FEATURES_MAX; nr++) {
        if (!feature_test(c->features, nr)) {
            continue;
        }
        if (s->len) {
            g_string_append_c(s, '+');
        }
        if (nr < PARAVISOR_FEATURE__MAX) {
            g_string_append(s, ParavisorFeature_str(nr));
        } else {
            g_string_append_printf(s, FEATURE_N "%u", nr);
        }
    }
    visit_type_str(v, name, &s->str, errp);
}

static void set_features(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autoptr(ParavisorFeatureSet) set = NULL;
    Config next = pf->config;

    if (visit_type_ParavisorFeatureSet(v, name, &set, errp) &&
        config_set_features(&next, set, errp)) {
        set_config(pf, &next, errp);
    }
}

static void get_feature_words(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    const Config *c = &PARAVISOR_FEATURES(obj)->config;
    g_autoptr(GString) s = g_string_new(NULL);

    for (uint32_t i = 0; i < c->nr_feature_words; i++) {
        g_string_append_printf(s, "%s0x%x", i ? ":" : "", c->feature_words[i]);
    }
    visit_type_str(v, name, &s->str, errp);
}

static void set_feature_words(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autoptr(ParavisorFeatureWords) words = NULL;
    Config next = pf->config;

    if (visit_type_ParavisorFeatureWords(v, name, &words, errp) &&
        config_set_feature_words(&next, words, errp)) {
        set_config(pf, &next, errp);
    }
}

static int get_tee(Object *obj, Error **errp)
{
    return PARAVISOR_FEATURES(obj)->config.tee;
}

static void set_tee(Object *obj, int value, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    Config next = pf->config;

    next.tee = value;
    set_config(pf, &next, errp);
}

static int get_access_method(Object *obj, Error **errp)
{
    return PARAVISOR_FEATURES(obj)->config.access_method;
}

static void set_access_method(Object *obj, int value, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    Config next = pf->config;

    next.access_method = value;
    set_config(pf, &next, errp);
}

/* Get a numeric property; opaque is the offset of its field in Config */
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
    Config next = pf->config;

    if (visit_type_uint32(v, name,
                          (uint32_t *)((char *)&next + (uintptr_t)opaque),
                          errp)) {
        set_config(pf, &next, errp);
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
    Config next = pf->config;
    uint8_t value;

    if (visit_type_uint8(v, name, &value, errp) &&
        config_set_boundary(&next, value, errp)) {
        set_config(pf, &next, errp);
    }
}

/* Set several properties as one change; the others keep their value */
static void set_update(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    g_autoptr(ParavisorFeaturesProperties) p = NULL;
    Config next = pf->config;

    if (!visit_type_ParavisorFeaturesProperties(v, name, &p, errp)) {
        return;
    }
    if (p->has_firmware) {
        error_setg(errp, "firmware cannot be set by update");
        return;
    }
    if ((p->features && !config_set_features(&next, p->features, errp)) ||
        (p->feature_words &&
         !config_set_feature_words(&next, p->feature_words, errp)) ||
        (p->has_shared_gpa_boundary &&
         !config_set_boundary(&next, p->shared_gpa_boundary, errp))) {
        return;
    }
    if (p->has_min_feature_words) {
        next.min_feature_words = p->min_feature_words;
    }
    if (p->has_tee) {
        next.tee = p->tee;
    }
    if (p->has_access_method) {
        next.access_method = p->access_method;
    }
    if (p->has_paravisor_id) {
        next.paravisor_id = p->paravisor_id;
    }
    if (p->has_paravisor_version) {
        next.paravisor_version = p->paravisor_version;
    }
    set_config(pf, &next, errp);
}

static bool check_complete(ParavisorFeatures *pf, Error **errp)
{
    if (!pf->complete) {
        error_setg(errp, "there is no table before the object is complete");
    }
    return pf->complete;
}

static void get_current_table(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    if (check_complete(pf, errp)) {
        paravisor_table_visit(&pf->table, v, name, errp);
    }
}

static char *get_digest(Object *obj, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    return check_complete(pf, errp) ? paravisor_table_digest(&pf->table, errp)
                                    : NULL;
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
    pf->at_reset = pf->at_creation = pf->table;
    qemu_register_resettable(OBJECT(pf));
    firmware_object = pf;
    return true;
}

static void paravisor_features_complete(UserCreatable *uc, Error **errp)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(uc);

    if (!config_check(&pf->config, errp)) {
        return;
    }
    config_build_table(&pf->config, 0, &pf->table);
    if (pf->firmware && paravisor_features_is_user_created(pf) &&
        !take_firmware_role(pf, errp)) {
        return;
    }
    pf->complete = true;
    trace_paravisor_features_complete(pf->table.words[PVFEAT_W_NWORDS],
                                      pf->table.words[PVFEAT_W_FEATURES]);
}

static bool paravisor_features_can_be_deleted(UserCreatable *uc)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(uc);

    return QTAILQ_EMPTY(&pf->windows) && pf != firmware_object;
}

static ResettableState *paravisor_features_reset_state(Object *obj)
{
    return &PARAVISOR_FEATURES(obj)->reset_state;
}

/*
 * Present the current table to the firmware and OS that start after the reset.
 * This runs in the enter phase, because handlers in the hold phase copy the
 * words. The vCPUs are stopped. On a wakeup, the firmware windows stay
 * unchanged. After loadvm, the guest has its DeviceTree and ACPI tables in RAM,
 * and gets the CPUID leaves of this configuration, which must not be newer than
 * its PCI window.
 */
static void paravisor_features_reset_enter(Object *obj, ResetType type)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);
    ParavisorWindow *window = QTAILQ_FIRST(&pf->windows);

    if (type == RESET_TYPE_WAKEUP) {
        return;
    }
    pf->at_reset = pf->table;
    if (type == RESET_TYPE_SNAPSHOT_LOAD) {
        pf->at_reset.words[PVFEAT_W_GENERATION] = 0;
    } else if (window) {
        pf->at_reset.words[PVFEAT_W_GENERATION] = window->generation;
    }
    trace_paravisor_features_reset(pf->at_reset.words[PVFEAT_W_GENERATION]);
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
                   "choose one with table=ID: %s", count, known);
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

/* Whether two tables differ in words other than GENERATION */
static bool table_differs(const ParavisorTable *a, const ParavisorTable *b)
{
    ParavisorTable copy = *a;

    copy.words[PVFEAT_W_GENERATION] = b->words[PVFEAT_W_GENERATION];
    return memcmp(&copy, b, sizeof(copy));
}

void paravisor_features_attach(ParavisorFeatures *pf, ParavisorWindow *window)
{
    uint32_t reset_generation = pf->at_reset.words[PVFEAT_W_GENERATION];

    assert(pf->complete);
    window->generation = pf->table.words[PVFEAT_W_GENERATION];
    /*
     * After a migration and a reset, the firmware windows have the GENERATION
     * of a PCI window, which the object has not reached yet. A PCI window that
     * is plugged in then must not be older than the firmware windows.
     */
    if (pf == firmware_object && phase_check(PHASE_MACHINE_READY) &&
        (int32_t)(reset_generation - window->generation) >= 0) {
        window->generation = table_differs(&pf->at_reset, &pf->table) ?
            paravisor_generation_next(reset_generation) : reset_generation;
    }
    QTAILQ_INSERT_TAIL(&pf->windows, window, next);
}

void paravisor_features_detach(ParavisorFeatures *pf, ParavisorWindow *window)
{
    QTAILQ_REMOVE(&pf->windows, window, next);
}

const ParavisorTable *paravisor_features_table(const ParavisorFeatures *pf)
{
    assert(pf->complete);
    return &pf->table;
}

void paravisor_table_visit(const ParavisorTable *t, Visitor *v,
                           const char *name, Error **errp)
{
    ParavisorFeatureTable table = {
        .generation = t->words[PVFEAT_W_GENERATION],
    };
    ParavisorFeatureTable *p = &table;
    uint32List **tail = &table.words;

    for (unsigned i = 0; i < t->nr; i++) {
        QAPI_LIST_APPEND(tail, t->words[i]);
    }
    visit_type_ParavisorFeatureTable(v, name, &p, errp);
    qapi_free_uint32List(table.words);
}

char *paravisor_table_digest(const ParavisorTable *t, Error **errp)
{
    uint32_t le[PARAVISOR_TABLE_WORDS];
    char *digest = NULL;

    for (unsigned i = 0; i < t->nr; i++) {
        le[i] = i == PVFEAT_W_GENERATION ? 0 : cpu_to_le32(t->words[i]);
    }
    qcrypto_hash_digest(QCRYPTO_HASH_ALGO_SHA256, (char *)le,
                        t->nr * sizeof(*le), &digest, errp);
    return digest;
}

uint32_t paravisor_generation_next(uint32_t generation)
{
    /* Skip the last two numbers: a missing device reads as all ones */
    return generation < PVFEAT_GENERATION_LAST ?
           generation + PVFEAT_GENERATION_STEP : 0;
}

const ParavisorTable *paravisor_firmware_table(void)
{
    return firmware_object ? &firmware_object->at_reset : NULL;
}

const ParavisorTable *paravisor_firmware_table_at_creation(void)
{
    return firmware_object ? &firmware_object->at_creation : NULL;
}

bool paravisor_firmware_cpuid(uint32_t leaf, uint32_t regs[4])
{
    const ParavisorTable *t = paravisor_firmware_table();

    if (!t || leaf < PVFEAT_BASE ||
        leaf - PVFEAT_BASE >= t->nr / PVFEAT_WORDS_PER_LEAF) {
        return false;
    }
    trace_paravisor_firmware_cpuid(leaf);
    memcpy(regs, t->words + (leaf - PVFEAT_BASE) * PVFEAT_WORDS_PER_LEAF,
           PVFEAT_WORDS_PER_LEAF * sizeof(*regs));
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
        error_setg(errp, "firmware cannot be set once the object is complete");
        return;
    }
    pf->firmware = value;
    pf->configured = true;
}

static void paravisor_features_init(Object *obj)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    pf->firmware = true;
    QTAILQ_INIT(&pf->windows);
}

static void paravisor_features_finalize(Object *obj)
{
    ParavisorFeatures *pf = PARAVISOR_FEATURES(obj);

    if (pf == firmware_object) {
        qemu_unregister_resettable(obj);
        firmware_object = NULL;
    }
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
    ResettableClass *rc = RESETTABLE_CLASS(oc);
    g_autofree char *known_features = enum_values(&ParavisorFeature_lookup);
    g_autofree char *known_tees = enum_values(&ParavisorTee_lookup);
    g_autofree char *known_methods =
        enum_values(&ParavisorAccessMethod_lookup);

    check_names(&ParavisorFeature_lookup, registered_features);
    check_names(&ParavisorTee_lookup, registered_tees);
    check_names(&ParavisorAccessMethod_lookup, registered_methods);

    ucc->complete = paravisor_features_complete;
    ucc->can_be_deleted = paravisor_features_can_be_deleted;
    rc->get_state = paravisor_features_reset_state;
    rc->phases.enter = paravisor_features_reset_enter;

    object_class_property_add(oc, "features", "ParavisorFeatureSet",
                              get_features, set_features, NULL, NULL);
    describe(oc, "features", "features that are on (default: none): names and "
             FEATURE_N "0 to " FEATURE_N "%d, joined by '+', or a JSON list of "
             "names; names are %s", PVFEAT_FEATURES_MAX - 1, known_features);
    object_class_property_add(oc, "feature-words", "ParavisorFeatureWords",
                              get_feature_words, set_feature_words, NULL, NULL);
    describe(oc, "feature-words", "raw feature words, whose features are on "
             "in addition to features (default: none): 0x2001:0x0, or a JSON "
             "list of numbers, up to %d of them", PVFEAT_NWORDS_MAX);
    add_uint32(oc, "min-feature-words", offsetof(Config, min_feature_words));
    describe(oc, "min-feature-words", "least number of 32-bit feature words in "
             "the table, up to %d (default: as many as the features take)",
             PVFEAT_NWORDS_MAX);
    object_class_property_add_enum(oc, "tee", "ParavisorTee",
                                   &ParavisorTee_lookup, get_tee, set_tee);
    describe(oc, "tee", "type of TEE (default: none): %s", known_tees);
    object_class_property_add_enum(oc, "access-method", "ParavisorAccessMethod",
                                   &ParavisorAccessMethod_lookup,
                                   get_access_method, set_access_method);
    describe(oc, "access-method",
             "how the OS calls the services (default: native): %s",
             known_methods);
    object_class_property_add(oc, "shared-gpa-boundary", "uint8", get_boundary,
                              set_boundary, NULL, NULL);
    describe(oc, "shared-gpa-boundary", "address bit that is set in the "
             "address of a shared page, 1 to %d (default: 0, none)",
             PVFEAT_ACCESS_BOUNDARY_MAX);
    add_uint32(oc, "paravisor-id", offsetof(Config, paravisor_id));
    describe(oc, "paravisor-id", "implementation: PCI-SIG vendor ID in bits "
             "15:0, product in 31:16 (default: 0, undisclosed)");
    add_uint32(oc, "paravisor-version",
               offsetof(Config, paravisor_version));
    describe(oc, "paravisor-version",
             "the implementation's own version (default: 0)");
    object_class_property_add_bool(oc, "firmware", get_firmware, set_firmware);
    describe(oc, "firmware", "also present the table through CPUID, DeviceTree "
             "and ACPI, where the machine has them; for one object at most "
             "(default: on)");
    object_class_property_add(oc, "update", "ParavisorFeaturesProperties", NULL,
                              set_update, NULL, NULL);
    describe(oc, "update", "set several properties as one change, all of them "
             "or, on an error, none");
    object_class_property_add(oc, "current-table", "ParavisorFeatureTable",
                              get_current_table, NULL, NULL, NULL);
    describe(oc, "current-table", "the words of the current table");
    object_class_property_add_str(oc, "digest", get_digest, NULL);
    describe(oc, "digest", "SHA-256 of the current table, with GENERATION "
             "taken as 0");
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
        { TYPE_RESETTABLE_INTERFACE },
        { }
    },
};

static void paravisor_features_register_types(void)
{
    type_register_static(&paravisor_features_info);
}

type_init(paravisor_features_register_types)
