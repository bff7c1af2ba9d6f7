// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the tool's output, as text and as JSON, for good and malformed windows:
 * tools/pvfeat/output.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "output.h"

/* A short name; the kernel prints only ASCII */
static void take_name(struct fuzz_input *in, char *name, size_t size)
{
	size_t i, n = fuzz_take(in, 1) % size;

	for (i = 0; i < n; i++)
		name[i] = fuzz_take(in, 1) & 0x7f;
	name[n] = '\0';
}

static void take_words(struct fuzz_input *in, __u32 *words, unsigned int nwords)
{
	unsigned int edits;

	for (edits = fuzz_take(in, 1) % 8; edits; edits--) {
		const unsigned int at = fuzz_take(in, 2);

		/* Half of the edits change the first 16 words */
		words[at % (at & 0x8000 && nwords > 16 ? 16 : nwords)] = fuzz_take(in, 4);
	}
}

/* A valid table, or an error without a table */
static void take_table(struct fuzz_input *in, struct view *view)
{
	struct pvfeat_verdict verdict;

	view->table.nr = fuzz_good_table(view->table.words,
					 fuzz_take(in, 2) % PVFEAT_NWORDS_ROOM + 1);
	take_words(in, view->table.words, view->table.nr);
	if (pvfeat_table_check(&view->table, &verdict))
		return;
	view->table.nr = 0;
	view->error.code = EBADMSG;
	pvfeat_describe_verdict(&verdict, view->error.text, sizeof(view->error.text));
}

/* Capture standard output between print_to_memory() and printed(); text is to be freed */
static FILE *terminal;
static char *text;
static size_t text_size;

static void print_to_memory(void)
{
	terminal = stdout;
	stdout = open_memstream(&text, &text_size);
	CHECK(stdout);
}

static void printed(void)
{
	CHECK(!fclose(stdout));
	stdout = terminal;
	CHECK(*text && text[strlen(text) - 1] == '\n');
}

static json_t *printed_json(void)
{
	json_error_t error;
	json_t *document;

	printed();
	document = json_loads(text, 0, &error);
	CHECK(document);
	free(text);
	return document;
}

static unsigned int count(struct feature_set set)
{
	unsigned int f, nr = 0;

	for (f = 0; f < PVFEAT_FEATURES_MAX; f++)
		nr += set_has(set, f);
	return nr;
}

/* The array has one item per line, and no text is lost */
static void check_lines(const char *lines, json_t *array)
{
	const size_t size = strlen(lines);
	size_t i, n = 0;

	for (i = 0; i < json_array_size(array); i++)
		n += json_string_length(json_array_get(array, i)) + 1;
	CHECK(n == size + (size && lines[size - 1] != '\n'));
}

static void check_report(const struct report *report, unsigned int width, bool color)
{
	json_t *document, *windows;
	size_t i;

	print_to_memory();
	show_report(report, width, color);
	printed();
	free(text);

	print_to_memory();
	CHECK(json_report(report));
	document = printed_json();
	windows = json_object_get(document, "windows");
	CHECK(json_array_size(windows) == report->nr);
	for (i = 0; i < report->nr; i++) {
		const struct view *view = &report->views[i];
		json_t *window = json_array_get(windows, i);

		CHECK(!strcmp(json_string_value(json_object_get(window, "name")),
			      view->name));
		check_lines(view->differs, json_object_get(window, "disagreements"));
		CHECK(!json_object_get(window, "error") == !!view->table.nr);
		CHECK(json_array_size(json_object_get(window, "features")) ==
		      count(view_features(view)));
	}
	json_decref(document);
}

/* The printed changes lead from one set to the other */
static void check_change(const char *generation, struct feature_set from,
			 struct feature_set to)
{
	json_t *document;

	print_to_memory();
	show_change(generation, from, to);
	printed();
	free(text);

	print_to_memory();
	CHECK(json_change(generation, from, to));
	document = printed_json();
	CHECK(count(from) + json_array_size(json_object_get(document, "added")) ==
	      count(to) + json_array_size(json_object_get(document, "removed")));
	CHECK(json_array_size(json_object_get(document, "features")) == count(to));
	json_decref(document);
}

static void count_difference(void *context, const char *difference)
{
	unsigned int *differences = context;

	CHECK(*difference && strlen(difference) < PVFEAT_DIFFERENCE_TEXT);
	++*differences;
}

/* Differences are the same in either direction; a table does not differ from itself */
static void check_compare(const struct pvfeat_table *a, const struct pvfeat_table *b)
{
	unsigned int there = 0, back = 0;

	CHECK(pvfeat_table_compare(a, b, count_difference, &there) == (there > 0));
	CHECK(pvfeat_table_compare(b, a, count_difference, &back) == (back > 0));
	CHECK(there == back);
	CHECK(!pvfeat_table_compare(a, a, count_difference, &there) && there == back);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_input input = { data, size }, *in = &input;
	const unsigned int flags = fuzz_take(in, 1), width = fuzz_take(in, 1);
	struct report report = { .nr = flags & 3 };
	size_t i;

	report.views = calloc(report.nr + 1, sizeof(*report.views));
	CHECK(report.views);
	for (i = 0; i < report.nr; i++) {
		struct view *view = &report.views[i];

		take_name(in, view->name, sizeof(view->name));
		take_name(in, view->function, sizeof(view->function));
		take_name(in, view->status, sizeof(view->status));
		take_name(in, view->differs, 64);
		view->trust = fuzz_take(in, 1) % (TRUST_UNKNOWN + 1);
		take_table(in, view);
	}
	report.effective.present = flags & 4;
	if (report.effective.present) {
		take_name(in, report.effective.policy, sizeof(report.effective.policy));
		take_name(in, report.sources, 64);
		take_name(in, report.effective.generation,
			  sizeof(report.effective.generation));
		report.effective.nwords = fuzz_take(in, 2) % PVFEAT_NWORDS_MAX + 1;
		take_words(in, report.effective.words, report.effective.nwords);
	}

	check_report(&report, width, flags & 8);
	if (report.nr > 1 && report.views[0].table.nr && report.views[1].table.nr)
		check_compare(&report.views[0].table, &report.views[1].table);
	if (report.nr)
		check_change(report.effective.generation, view_features(report.views),
			     effective_features(&report.effective));
	free(report.views);
	return 0;
}
