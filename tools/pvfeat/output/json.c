// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print reports as JSON. pvfeat(1) documents the names of the fields, which are stable;
 * later versions may add fields.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

/* Documented in pvfeat(1): changes if a field is removed or changes its meaning */
#define JSON_VERSION	1

/* Print and free a document; false if it could not be printed */
static bool put(json_t *document, size_t flags)
{
	bool done = document && !json_dumpf(document, stdout, flags);

	json_decref(document);
	putchar('\n');
	return done;
}

static json_t *feature_names(struct feature_set set, struct feature_set without)
{
	json_t *names = json_array();
	char label[PVFEAT_FEATURE_LABEL];
	unsigned int f;

	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		if (set_has(set, f) && !set_has(without, f))
			json_array_append_new(names,
					      json_string(pvfeat_feature_label(f, label,
									       sizeof(label))));
	}
	return names;
}

static json_t *all_features(struct feature_set set)
{
	return feature_names(set, (struct feature_set){ 0 });
}

static json_t *numbers(const __u32 *words, unsigned int nr)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < nr; i++)
		json_array_append_new(array, json_integer(words[i]));
	return array;
}

static json_t *lines(const char *text)
{
	json_t *array = json_array();

	while (*text) {
		const size_t n = strcspn(text, "\n");

		json_array_append_new(array, json_stringn(text, n));
		text += n + (text[n] == '\n');
	}
	return array;
}

static json_t *formatted(const char *format, unsigned int a, unsigned int b)
{
	char text[32];

	snprintf(text, sizeof(text), format, a, b);
	return json_string(text);
}

/* The name of a registered value, or any other value as a number */
static json_t *named(const char *name, unsigned int value)
{
	return name ? json_string(name) : json_integer(value);
}

static json_t *window(const struct report *report, const struct view *view)
{
	const struct fields f = table_fields(&view->table);
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(view->name));
	json_object_set_new(object, "function", *view->function ?
			    json_string(view->function) : json_null());
	json_object_set_new(object, "status", *view->status ?
			    json_string(view->status) : json_null());
	json_object_set_new(object, "trusted", view->trust == TRUST_UNKNOWN ?
			    json_null() : json_boolean(view->trust != TRUST_NO));
	json_object_set_new(object, "host-provided",
			    view->direct && report->guest == GUEST_UNKNOWN ? json_null() :
			    json_boolean(view->direct && report->guest == GUEST_CONFIDENTIAL));
	json_object_set_new(object, "digest", *view->digest ?
			    json_string(view->digest) : json_null());
	json_object_set_new(object, "disagreements", lines(view->differs));
	if (!view->table.nr) {
		json_object_set_new(object, "error", json_string(view->error.text));
		return object;
	}
	json_object_set_new(object, "generation", json_integer(f.generation));
	json_object_set_new(object, "table-version", formatted("%u.%u", f.major, f.minor));
	json_object_set_new(object, "tee", named(pvfeat_tee_name(f.tee), f.tee));
	json_object_set_new(object, "access-method",
			    named(pvfeat_access_name(f.access), f.access));
	json_object_set_new(object, "shared-gpa-boundary", json_integer(f.boundary));
	json_object_set_new(object, "paravisor-vendor", json_integer(f.vendor));
	json_object_set_new(object, "paravisor-product", json_integer(f.product));
	json_object_set_new(object, "paravisor-version", json_integer(f.version));
	json_object_set_new(object, "features", all_features(view_features(view)));
	json_object_set_new(object, "expresses", view->mask ?
			    all_features((struct feature_set){ &view->mask, 1 }) : json_null());
	json_object_set_new(object, "words", numbers(view->table.words, view->table.nr));
	return object;
}

static json_t *generation_of(const char *text)
{
	unsigned int value;

	return sscanf(text, "%u", &value) == 1 ? json_integer(value) : json_null();
}

/* The kernel's effective set; null if the driver was not read */
static json_t *effective_object(const struct report *report)
{
	const struct effective *effective = &report->effective;
	json_t *object;

	if (!effective->present)
		return json_null();
	object = json_object();
	json_object_set_new(object, "policy", json_string(effective->policy));
	json_object_set_new(object, "sources", lines(report->sources));
	json_object_set_new(object, "generation", generation_of(effective->generation));
	json_object_set_new(object, "features",
			    all_features(effective_features(effective)));
	json_object_set_new(object, "feature-words",
			    numbers(effective->words, effective->nwords));
	return object;
}

/**
 * json_report - print a report as JSON
 * @report: the report
 *
 * Return: false if it could not be printed.
 */
bool json_report(const struct report *report)
{
	json_t *document = json_object(), *windows = json_array();
	size_t i;

	for (i = 0; i < report->nr; i++)
		json_array_append_new(windows, window(report, &report->views[i]));
	json_object_set_new(document, "version", json_integer(JSON_VERSION));
	json_object_set_new(document, "effective", effective_object(report));
	json_object_set_new(document, "windows", windows);
	json_object_set_new(document, "error", report->error.code ?
			    json_string(report->error.text) : json_null());
	return put(document, JSON_INDENT(2));
}

/**
 * json_digests - print the digests of a report's windows, as one line of JSON
 * @report: the report
 *
 * Return: false if they could not be printed.
 */
bool json_digests(const struct report *report)
{
	json_t *document = json_object();
	size_t i;

	for (i = 0; i < report->nr; i++) {
		if (*report->views[i].digest)
			json_object_set_new(document, report->views[i].name,
					    json_string(report->views[i].digest));
	}
	return put(document, JSON_COMPACT);
}

/**
 * json_digest - print one digest, in the format of json_digests()
 * @name: the name of the table
 * @digest: the digest, as text
 *
 * Return: false if it could not be printed.
 */
bool json_digest(const char *name, const char *digest)
{
	json_t *document = json_object();

	json_object_set_new(document, name, json_string(digest));
	return put(document, JSON_COMPACT);
}

/**
 * json_change - print a change, as one line of JSON
 * @generation: the generation of the new set, as text
 * @from: the old set
 * @to: the new set
 *
 * Return: false if it could not be printed.
 */
bool json_change(const char *generation, struct feature_set from,
		 struct feature_set to)
{
	json_t *document = json_object();

	json_object_set_new(document, "generation", generation_of(generation));
	json_object_set_new(document, "added", feature_names(to, from));
	json_object_set_new(document, "removed", feature_names(from, to));
	json_object_set_new(document, "features", all_features(to));
	return put(document, JSON_COMPACT);
}

/**
 * json_answers - print which features are on, as one line of JSON
 * @features: the features' numbers
 * @on: whether each feature is on
 * @nr: number of features
 *
 * Return: false if it could not be printed.
 */
bool json_answers(const unsigned int *features, const bool *on, size_t nr)
{
	json_t *document = json_object();
	char label[PVFEAT_FEATURE_LABEL];
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_set_new(document,
				    pvfeat_feature_label(features[i], label, sizeof(label)),
				    json_boolean(on[i]));
	return put(document, JSON_COMPACT);
}

/**
 * json_registry - print the features that have a name, as JSON
 *
 * Return: false if they could not be printed.
 */
bool json_registry(void)
{
	json_t *document = json_array(), *object;
	unsigned int f;

	for (f = 0; f < PVFEAT_NR_REGISTERED; f++) {
		object = json_object();
		json_object_set_new(object, "number", json_integer(f));
		json_object_set_new(object, "name", json_string(pvfeat_feature_name(f)));
		json_object_set_new(object, "polarity", json_string(feature_polarity(f)));
		json_object_set_new(object, "meaning", json_string(feature_meanings[f]));
		json_array_append_new(document, object);
	}
	return put(document, JSON_INDENT(2));
}

/**
 * json_diagnosis - print the checks of a feature set, as JSON
 * @diagnosis: the checks
 * @name: the name of the set or of the window
 *
 * Return: false if they could not be printed.
 */
bool json_diagnosis(const struct diagnosis *diagnosis, const char *name)
{
	json_t *document = json_object(), *checks = json_array(), *object;
	const struct pvfeat_hyperv *leaves = &diagnosis->leaves;
	const struct check *check;
	size_t i;

	for (i = 0; i < diagnosis->nr; i++) {
		check = &diagnosis->checks[i];
		object = json_object();
		json_object_set_new(object, "feature",
				    json_string(pvfeat_feature_name(check->feature)));
		json_object_set_new(object, "on", json_boolean(check->on));
		json_object_set_new(object, "finding", json_string(finding_names[check->finding]));
		json_object_set_new(object, "shows", json_string(check->shows));
		json_array_append_new(checks, object);
	}
	json_object_set_new(document, "of", json_string(name));
	json_object_set_new(document, "checks", checks);
	object = json_null();
	if (diagnosis->isolated) {
		object = json_object();
		json_object_set_new(object, "isolation-eax", json_integer(leaves->paravisor));
		json_object_set_new(object, "isolation-ebx", json_integer(leaves->isolation));
		json_object_set_new(object, "stack-properties",
				    leaves->stack == PVFEAT_HV_VS_SIGNATURE ?
				    json_integer(leaves->properties) : json_null());
	}
	json_object_set_new(document, "hyperv", object);
	return put(document, JSON_INDENT(2));
}
