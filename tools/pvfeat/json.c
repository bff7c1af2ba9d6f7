// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report for programs. The names of the fields are in the manual page and
 * stay as they are; later versions may add some.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

/* Of the contract in pvfeat(1): another one if a field goes or changes its meaning */
#define JSON_VERSION	1

/* Print and free a document that was made here; false if it was not printed */
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

static json_t *window(const struct view *view)
{
	const __u32 *words = view->table.words;
	json_t *object = json_object();
	unsigned int type, method;

	json_object_set_new(object, "name", json_string(view->name));
	json_object_set_new(object, "function", *view->function ?
			    json_string(view->function) : json_null());
	json_object_set_new(object, "status", *view->status ?
			    json_string(view->status) : json_null());
	json_object_set_new(object, "trusted", view->trust == TRUST_UNKNOWN ?
			    json_null() : json_boolean(view->trust == TRUST_YES));
	json_object_set_new(object, "disagreements", lines(view->differs));
	if (!view->table.nr) {
		json_object_set_new(object, "error", json_string(view->error.text));
		return object;
	}
	type = words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK;
	method = words[PVFEAT_W_ACCESS] & PVFEAT_ACCESS_METHOD_MASK;
	json_object_set_new(object, "generation",
			    json_integer(words[PVFEAT_W_GENERATION]));
	json_object_set_new(object, "table-version",
			    formatted("%u.%u",
				      words[PVFEAT_W_VERSION] >> PVFEAT_VERSION_MAJOR_SHIFT,
				      words[PVFEAT_W_VERSION] & PVFEAT_VERSION_MINOR_MASK));
	json_object_set_new(object, "tee", pvfeat_tee_name(type) ?
			    json_string(pvfeat_tee_name(type)) : json_integer(type));
	json_object_set_new(object, "access-method", pvfeat_access_name(method) ?
			    json_string(pvfeat_access_name(method)) :
			    json_integer(method));
	json_object_set_new(object, "shared-gpa-boundary",
			    json_integer(pvfeat_table_boundary(&view->table)));
	json_object_set_new(object, "paravisor-vendor",
			    json_integer(words[PVFEAT_W_PARAVISOR_ID] &
					 PVFEAT_PARAVISOR_VENDOR_MASK));
	json_object_set_new(object, "paravisor-product",
			    json_integer(words[PVFEAT_W_PARAVISOR_ID] >>
					 PVFEAT_PARAVISOR_PRODUCT_SHIFT));
	json_object_set_new(object, "paravisor-version",
			    json_integer(words[PVFEAT_W_PARAVISOR_VERSION]));
	json_object_set_new(object, "features", all_features(view_features(view)));
	json_object_set_new(object, "words", numbers(words, view->table.nr));
	return object;
}

static json_t *generation_of(const char *text)
{
	unsigned int value;

	return sscanf(text, "%u", &value) == 1 ? json_integer(value) : json_null();
}

/* The kernel's effective set; null where its driver was not asked */
static json_t *effective_object(const struct effective *effective)
{
	json_t *object;

	if (!effective->present)
		return json_null();
	object = json_object();
	json_object_set_new(object, "policy", json_string(effective->policy));
	json_object_set_new(object, "sources", lines(effective->sources));
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
		json_array_append_new(windows, window(&report->views[i]));
	json_object_set_new(document, "version", json_integer(JSON_VERSION));
	json_object_set_new(document, "effective", effective_object(&report->effective));
	json_object_set_new(document, "windows", windows);
	json_object_set_new(document, "error", report->error.code ?
			    json_string(report->error.text) : json_null());
	return put(document, JSON_INDENT(2));
}

/**
 * json_change - print what changed, as JSON in one line
 * @generation: of the new set, as text
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
 * json_answers - print which features are on, as JSON in one line
 * @features: their numbers
 * @on: whether each is on
 * @nr: how many
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
