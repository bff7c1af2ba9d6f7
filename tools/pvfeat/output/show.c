// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print reports as text: features as rows, windows as columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define GREEN	"\033[32m"
#define RED	"\033[31m"
#define YELLOW	"\033[33m"
#define DIM	"\033[2m"
#define PLAIN	"\033[0m"

/* Minimum width of the meanings; they are omitted if there is less room */
#define MEANING_MIN	20
#define CELL		64

#define MEANING_(n, id, name, polarity, meaning) [n] = meaning,
const char *const feature_meanings[PVFEAT_NR_REGISTERED] = { PVFEAT_REGISTRY(MEANING_) };

const char *const finding_names[NR_FINDINGS] = {
	[FINDING_AGREES] = "agrees",
	[FINDING_CONTRADICTS] = "contradicts",
	[FINDING_UNSEEN] = "unseen",
};

/* Rows below the features: the other fields of a window */
enum field {
	FIELD_STATUS, FIELD_TRUSTED, FIELD_GENERATION, FIELD_VERSION, FIELD_TEE,
	FIELD_ACCESS, FIELD_BOUNDARY, FIELD_ID, FIELD_IMPLEMENTATION, NR_FIELDS
};

static const char *const field_names[NR_FIELDS] = {
	[FIELD_STATUS] = "status",
	[FIELD_TRUSTED] = "trusted",
	[FIELD_GENERATION] = "generation",
	[FIELD_VERSION] = "table version",
	[FIELD_TEE] = "TEE",
	[FIELD_ACCESS] = "access method",
	[FIELD_BOUNDARY] = "shared GPA boundary",
	[FIELD_ID] = "paravisor ID",
	[FIELD_IMPLEMENTATION] = "paravisor version",
};

/* Print the name of a registered value, or the number of any other value */
static void named(char *cell, const char *name, unsigned int value)
{
	if (name)
		snprintf(cell, CELL, "%s", name);
	else
		snprintf(cell, CELL, "%u", value);
}

static void field_cell(const struct view *view, enum field field, char *cell)
{
	const struct fields f = table_fields(&view->table);

	snprintf(cell, CELL, "-");
	if (field == FIELD_STATUS) {
		if (!view->table.nr)
			snprintf(cell, CELL, "bad");
		else if (*view->status)
			snprintf(cell, CELL, "%s", view->status);
		return;
	}
	if (field == FIELD_TRUSTED) {
		snprintf(cell, CELL, "%s", view->trust == TRUST_YES ? "yes" :
			 view->trust == TRUST_ENDORSED ? "endorsed" :
			 view->trust == TRUST_NO ? "no" : "unknown");
		return;
	}
	if (!view->table.nr)
		return;
	switch (field) {
	case FIELD_GENERATION:
		snprintf(cell, CELL, "%u", f.generation);
		break;
	case FIELD_VERSION:
		snprintf(cell, CELL, "%u.%u", f.major, f.minor);
		break;
	case FIELD_TEE:
		named(cell, pvfeat_tee_name(f.tee), f.tee);
		break;
	case FIELD_ACCESS:
		named(cell, pvfeat_access_name(f.access), f.access);
		break;
	case FIELD_BOUNDARY:
		named(cell, NULL, f.boundary);
		break;
	case FIELD_ID:
		snprintf(cell, CELL, "%04x:%04x", f.vendor, f.product);
		break;
	default:
		snprintf(cell, CELL, "0x%08x", f.version);
	}
}

/* Whether a field gets a row: an optional field that is 0 in every window does not */
static bool field_matters(const struct report *report, enum field field)
{
	size_t i;

	if (field < FIELD_BOUNDARY)
		return true;
	for (i = 0; i < report->nr; i++) {
		const struct fields f = table_fields(&report->views[i].table);

		if (report->views[i].table.nr &&
		    (field == FIELD_BOUNDARY ? f.boundary :
		     field == FIELD_ID ? f.vendor | f.product : f.version))
			return true;
	}
	return false;
}

/* Whether a window or the effective set has a feature, so that it gets a row */
static bool anybody_has(const struct report *report, unsigned int feature)
{
	size_t i;

	for (i = 0; i < report->nr; i++) {
		if (set_has(view_features(&report->views[i]), feature))
			return true;
	}
	return set_has(effective_features(&report->effective), feature);
}

/**
 * struct wrap - the state of wrapping a text
 * @at: column after the last word, or of the first word
 * @indent: column where further lines begin
 * @width: width of a line; 0: unlimited
 * @more: whether a word was printed
 */
struct wrap {
	unsigned int at, indent, width;
	bool more;
};

static void put_word(struct wrap *wrap, const char *word, unsigned int n)
{
	if (wrap->more && wrap->width && wrap->at + 1 + n > wrap->width) {
		printf("\n%*s", wrap->indent, "");
		wrap->at = wrap->indent;
	} else if (wrap->more) {
		putchar(' ');
		wrap->at++;
	}
	printf("%.*s", n, word);
	wrap->at += n;
	wrap->more = true;
}

/* Print the words of a text; blanks and line ends separate them */
static void put_words(struct wrap *wrap, const char *text)
{
	while (*(text += strspn(text, "\n "))) {
		const unsigned int n = strcspn(text, "\n ");

		put_word(wrap, text, n);
		text += n;
	}
}

/**
 * struct layout - the layout of the table
 * @number: width of the features' numbers
 * @name: width of the names
 * @cells: widths of the windows' columns; the effective set's is the last
 * @meaning: column where the meanings begin; 0: no meanings
 * @width: width of a line; 0: unlimited
 * @pad: spaces to print before the next cell of the line
 * @color: whether to use colour
 */
struct layout {
	unsigned int number, name, meaning, width;
	unsigned int *cells;
	int pad;
	bool color;
};

static void widen(unsigned int *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

static size_t nr_columns(const struct report *report)
{
	return report->nr + report->effective.present;
}

static struct feature_set column_features(const struct report *report,
					  size_t column)
{
	return column < report->nr ? view_features(&report->views[column]) :
				     effective_features(&report->effective);
}

static const char *column_name(const struct report *report, size_t column)
{
	return column < report->nr ? report->views[column].name : "effective";
}

static void put_name(struct layout *layout, const char *number, const char *name)
{
	printf("%*s  %s", layout->number, number, name);
	layout->pad = layout->name - strlen(name) + 2;
}

static void put_cell(struct layout *layout, size_t column, const char *text,
		     const char *color)
{
	printf("%*s%s%s%s", layout->pad, "", layout->color ? color : "", text,
	       layout->color && *color ? PLAIN : "");
	layout->pad = layout->cells[column] - strlen(text) + 2;
}

static void put_feature(const struct report *report, struct layout *layout,
			unsigned int feature)
{
	char label[PVFEAT_FEATURE_LABEL], number[16];
	size_t i;

	snprintf(number, sizeof(number), "%u", feature);
	put_name(layout, number, pvfeat_feature_label(feature, label, sizeof(label)));
	for (i = 0; i < nr_columns(report); i++) {
		if (set_has(column_features(report, i), feature))
			put_cell(layout, i, "yes",
				 feature_is_warning(feature) ? YELLOW : GREEN);
		else
			put_cell(layout, i, i >= report->nr ||
				 view_expresses(&report->views[i], feature) ? "-" : "?", DIM);
	}
	if (layout->meaning && feature < PVFEAT_NR_REGISTERED) {
		struct wrap wrap = {
			.at = layout->meaning, .indent = layout->meaning,
			.width = layout->width,
		};

		printf("%*s", layout->pad, "");
		if (feature_is_warning(feature))
			put_words(&wrap, "warning:");
		put_words(&wrap, feature_meanings[feature]);
	}
	putchar('\n');
}

static void put_field(const struct report *report, struct layout *layout,
		      enum field field)
{
	char cell[CELL];
	size_t i;

	put_name(layout, "", field_names[field]);
	for (i = 0; i < report->nr; i++) {
		field_cell(&report->views[i], field, cell);
		put_cell(layout, i, cell, !strcmp(cell, "untrusted") ||
			 !strcmp(cell, "bad") || !strcmp(cell, "no") ? RED : "");
	}
	putchar('\n');
}

static void put_table(const struct report *report, struct layout *layout)
{
	unsigned int f;
	size_t i;

	put_name(layout, "", "");
	for (i = 0; i < nr_columns(report); i++)
		put_cell(layout, i, column_name(report, i), "");
	printf("%*s%s\n", layout->meaning ? layout->pad : 0, "",
	       layout->meaning ? "meaning" : "");
	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		if (anybody_has(report, f))
			put_feature(report, layout, f);
	}
	for (f = 0; f < NR_FIELDS; f++) {
		if (field_matters(report, f))
			put_field(report, layout, f);
	}
}

/* Fallback when the table does not fit: list the features, then the windows */
static void put_list(const struct report *report, unsigned int width)
{
	char label[PVFEAT_FEATURE_LABEL], cell[CELL], text[2 * CELL];
	unsigned int f;
	size_t i;

	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		struct wrap wrap = { .indent = 4, .width = width };

		if (!anybody_has(report, f))
			continue;
		snprintf(text, sizeof(text), "%u %s%s:", f,
			 pvfeat_feature_label(f, label, sizeof(label)),
			 feature_is_warning(f) ? " (warning)" : "");
		put_words(&wrap, text);
		for (i = 0; i < nr_columns(report); i++) {
			if (set_has(column_features(report, i), f))
				put_words(&wrap, column_name(report, i));
		}
		putchar('\n');
	}
	for (i = 0; i < report->nr; i++) {
		struct wrap wrap = { .indent = 4, .width = width };

		snprintf(text, sizeof(text), "%s:", report->views[i].name);
		put_words(&wrap, text);
		for (f = 0; f < NR_FIELDS; f++) {
			if (!field_matters(report, f))
				continue;
			field_cell(&report->views[i], f, cell);
			snprintf(text, sizeof(text), "%s=%s", field_names[f], cell);
			put_words(&wrap, text);
		}
		putchar('\n');
	}
}

/* Why the reference contributes */
static const char *trust_of(const struct view *view)
{
	return view->trust == TRUST_YES ? "trusted" :
	       view->trust == TRUST_ENDORSED ? "endorsed" : "untrusted, but allowed";
}

/* The windows that contribute, the reference first: at most one PCI function */
static void list_sources(const struct report *report, char *text, size_t size)
{
	const char *reference = report->effective.reference;
	bool differ = false;
	size_t i, n = 0;

	for (i = 0; i < report->nr; i++) {
		if (!strcmp(report->views[i].name, reference))
			n = snprintf(text, size, "%s (%s)", reference,
				     trust_of(&report->views[i]));
	}
	for (i = 0; i < report->nr; i++) {
		const struct view *view = &report->views[i];

		if (strcmp(view->status, "current") || !strcmp(view->name, reference))
			continue;
		differ |= *view->differs;
		if (n < size)
			n += snprintf(text + n, size - n, " + %s", view->name);
	}
	if (differ && n < size)
		snprintf(text + n, size - n, ", which disagree");
}

/* How many features are on, by which windows and which policy */
static void put_summary(const struct report *report, struct wrap *wrap)
{
	const struct feature_set set = effective_features(&report->effective);
	unsigned int f, named = 0, others = 0;
	char sources[4 * CELL] = "", text[5 * CELL];

	put_words(wrap, "Paravisor:");
	if (!report->effective.present) {
		put_words(wrap, "the kernel driver was not used,");
		if (report->guest == GUEST_CONFIDENTIAL) {
			put_words(wrap, "and in this confidential guest the host provides the mappings:");
			put_words(wrap, "the driver may read different tables.");
		} else {
			put_words(wrap, "so it is unknown which windows are trusted.");
		}
		return;
	}
	if (!*report->effective.reference) {
		put_words(wrap, "no window contributes, no feature is on");
		return;
	}
	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		if (set_has(set, f))
			*(f < PVFEAT_NR_REGISTERED ? &named : &others) += 1;
	}
	list_sources(report, sources, sizeof(sources));
	snprintf(text, sizeof(text), "%u of %zu features on", named,
		 sizeof(feature_meanings) / sizeof(feature_meanings[0]));
	put_words(wrap, text);
	if (others) {
		snprintf(text, sizeof(text), "and %u without a name", others);
		put_words(wrap, text);
	}
	snprintf(text, sizeof(text), "from %s;", sources);
	put_words(wrap, text);
	snprintf(text, sizeof(text), "policy %s", report->effective.policy);
	put_words(wrap, text);
}

/**
 * show_windows - print the windows of a report as a table, without a summary
 * @report: the report
 * @width: width of a line; 0: unlimited
 * @color: whether to use colour
 */
void show_windows(const struct report *report, unsigned int width, bool color)
{
	struct layout layout = { .number = 2, .width = width, .color = color };
	char label[PVFEAT_FEATURE_LABEL], cell[CELL], number[16];
	unsigned int i, f, total, features = 0;

	layout.cells = calloc(nr_columns(report) + 1, sizeof(*layout.cells));
	if (!layout.cells)
		abort();
	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		if (!anybody_has(report, f))
			continue;
		widen(&layout.name, pvfeat_feature_label(f, label, sizeof(label)));
		snprintf(number, sizeof(number), "%u", f);
		widen(&layout.number, number);
		features++;
	}
	for (f = 0; f < NR_FIELDS; f++) {
		if (!field_matters(report, f))
			continue;
		widen(&layout.name, field_names[f]);
		for (i = 0; i < report->nr; i++) {
			field_cell(&report->views[i], f, cell);
			widen(&layout.cells[i], cell);
		}
	}
	total = layout.number + 2 + layout.name;
	for (i = 0; i < nr_columns(report); i++) {
		widen(&layout.cells[i], column_name(report, i));
		total += 2 + layout.cells[i];
	}
	if (!width || total + 2 + MEANING_MIN <= width)
		layout.meaning = total + 2;

	if (!features && !report->effective.present)
		puts("No feature is on.");
	if (!width || total <= width)
		put_table(report, &layout);
	else
		put_list(report, width);
	free(layout.cells);
}

/**
 * show_report - print a report: a summary and the windows
 * @report: the report
 * @width: width of a line; 0: unlimited
 * @color: whether to use colour
 */
void show_report(const struct report *report, unsigned int width, bool color)
{
	struct wrap wrap = { .indent = 4, .width = width };

	put_summary(report, &wrap);
	putchar('\n');
	show_windows(report, width, color);
}

/**
 * show_change - print a change, in one line
 * @generation: the generation of the new set, as text
 * @from: the old set
 * @to: the new set
 */
void show_change(const char *generation, struct feature_set from,
		 struct feature_set to)
{
	char label[PVFEAT_FEATURE_LABEL];
	unsigned int f;

	printf("generation %s:", *generation ? generation : "none");
	for (f = 0; f < PVFEAT_FEATURES_MAX; f++) {
		if (set_has(from, f) != set_has(to, f))
			printf(" %c%s", set_has(to, f) ? '+' : '-',
			       pvfeat_feature_label(f, label, sizeof(label)));
	}
	putchar('\n');
}

/* Print the features that have a name: number, name, polarity, meaning */
void show_registry(void)
{
	unsigned int f;

	for (f = 0; f < PVFEAT_NR_REGISTERED; f++)
		printf("%2u  %-20s  %s  %s\n", f, pvfeat_feature_name(f),
		       feature_polarity(f), feature_meanings[f]);
}

/**
 * show_diagnosis - print the checks of a feature set, one per line
 * @diagnosis: the checks
 * @name: the name of the set or of the window
 */
void show_diagnosis(const struct diagnosis *diagnosis, const char *name)
{
	const struct pvfeat_hyperv *leaves = &diagnosis->leaves;
	unsigned int nr[NR_FINDINGS] = { 0 };
	const struct check *check;
	struct pvfeat_table table;
	size_t i;

	for (i = 0; i < diagnosis->nr; i++) {
		check = &diagnosis->checks[i];
		nr[check->finding]++;
		printf("%-11s  %-20s  %-3s  %s\n", finding_names[check->finding],
		       pvfeat_feature_name(check->feature), check->on ? "on" : "off", check->shows);
	}
	if (diagnosis->isolated) {
		pvfeat_hyperv_translate(leaves, &table);
		printf("Hyper-V: leaf 0x%x is 0x%x, 0x%x: ", PVFEAT_HV_ISOLATION,
		       leaves->paravisor, leaves->isolation);
		printf("isolation type %u (TEE %s), %s paravisor, shared GPA boundary ",
		       leaves->isolation & PVFEAT_HV_EBX_TYPE,
		       pvfeat_tee_name(table_fields(&table).tee),
		       leaves->paravisor & PVFEAT_HV_EAX_PARAVISOR ? "with a" : "without");
		if (pvfeat_table_has(&table, PVFEAT_SHARED_GPA_BOUNDARY))
			printf("bit %u\n", pvfeat_table_boundary(&table));
		else
			puts("not active");
	}
	printf("%s: %u agree, %u contradict, %u unseen\n", name, nr[FINDING_AGREES],
	       nr[FINDING_CONTRADICTS], nr[FINDING_UNSEEN]);
}
