/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows that were found, their tables, and the kernel's effective set.
 */
#ifndef REPORT_H
#define REPORT_H

#include <sys/types.h>

#include "digest.h"
#include "guest.h"
#include "transport.h"

/* X(C_NAME, "name-as-users-type-it", "what is read") */
#define SOURCES(X) \
	X(SYSFS, "sysfs", "the kernel driver's windows and effective set") \
	X(PCI, "pci", "PCI functions, through resource files in sysfs") \
	X(VFIO, "vfio", "PCI functions that are bound to vfio-pci") \
	X(CPUID, "cpuid", "the CPUID range (x86)") \
	X(DT, "dt", "the DeviceTree") \
	X(HYPERV, "hyperv", "Hyper-V's isolation leaves (x86), translated")

#define ENUM_SOURCE_(id, name, what) SOURCE_##id,
enum source { SOURCES(ENUM_SOURCE_) NR_SOURCES, SOURCE_AUTO = NR_SOURCES };

/**
 * struct request - the windows to read
 * @source: the source
 * @function: read only this PCI function; NULL: all
 */
struct request {
	enum source source;
	const char *function;
};

enum trust { TRUST_NO, TRUST_YES, TRUST_ENDORSED, TRUST_UNKNOWN };

/**
 * struct view - one window
 * @name: as in sysfs: pci0, cpuid, dt, acpi, hyperv; the address of a function that is
 *        read directly
 * @function: PCI address, or empty
 * @status: as in sysfs; empty without the driver
 * @differs: differences from the reference's table, one per line, see
 *           pvfeat_table_compare()
 * @digest: of the table, the driver's if it computes one; empty without a good table
 * @trust: whether the window may contribute to the effective set
 * @direct: whether this program read the window, not the kernel driver. In a
 *          confidential guest the host provides mappings of user space, whereas the
 *          driver may have a private mapping
 * @mask: 0; for a translation from another enumeration, the features of word 0 that it
 *        can express
 * @table: the table; @table.nr is 0 if there is no good table
 * @error: why there is no good table
 */
struct view {
	char name[24];
	char function[24];
	char status[16];
	char differs[16384];
	char digest[DIGEST_TEXT];
	enum trust trust;
	bool direct;
	__u32 mask;
	struct pvfeat_table table;
	struct pvfeat_error error;
};

/**
 * struct effective - the kernel's effective set
 * @present: whether the kernel driver is loaded
 * @policy: the driver's policy
 * @reference: the window that the others are compared with; empty if there is none
 * @generation: of the reference, as text
 * @notifies: false if the reference does not notify the driver of changes
 * @nwords: words in use of @words
 * @words: the feature words
 */
struct effective {
	bool present;
	char policy[16];
	char reference[24];
	char generation[16];
	bool notifies;
	unsigned int nwords;
	__u32 words[PVFEAT_NWORDS_MAX];
};

/**
 * struct report - the result of a request
 * @effective: the kernel's effective set
 * @sources: the windows that contribute to it, the reference first, one per line
 * @guest: the kind of guest
 * @nr: number of @views
 * @views: the windows
 * @error: why some windows could not be searched for; code 0 if all were
 */
struct report {
	struct effective effective;
	char sources[4096];
	enum guest guest;
	size_t nr;
	struct view *views;
	struct pvfeat_error error;
};

extern const char *const source_names[];

#define EFFECTIVE	"/sys/class/pvfeat/effective/"

/* Whether a request may be for the kernel driver: by default or by name */
static inline bool asks_driver(const struct request *request)
{
	return request->source == SOURCE_AUTO || request->source == SOURCE_SYSFS;
}

bool read_text(const char *folder, const char *name, char *text, size_t size);
void report_collect(struct report *report, const struct request *request);
void report_free(struct report *report);
bool driver_loaded(void);
const char *driver_absent(void);
bool effective_words(struct effective *effective);
bool effective_read(struct effective *effective);
const char *firmware_table(struct pvfeat_table *table, struct pvfeat_error *error);
void report_error(const struct report *report, struct pvfeat_error *error);

/**
 * report_good - count the windows that have a good table
 * @report: the report
 * @first: set to the first of them, or NULL
 *
 * Return: the number of such windows.
 */
static inline size_t report_good(const struct report *report, const struct view **first)
{
	size_t i, nr = 0;

	*first = NULL;
	for (i = 0; i < report->nr; i++) {
		if (report->views[i].table.nr && !nr++)
			*first = &report->views[i];
	}
	return nr;
}

/**
 * struct feature_set - the feature words of a window, or the effective ones
 * @words: the words
 * @nwords: number of words
 */
struct feature_set {
	const __u32 *words;
	unsigned int nwords;
};

static inline struct feature_set table_features(const struct pvfeat_table *table)
{
	return (struct feature_set){ pvfeat_table_features(table),
				     pvfeat_table_nwords(table) };
}

static inline struct feature_set view_features(const struct view *view)
{
	if (!view->table.nr)
		return (struct feature_set){ 0 };
	return table_features(&view->table);
}

/* Whether a window can report a feature, be it on or off */
static inline bool view_expresses(const struct view *view, unsigned int feature)
{
	return !view->mask || (feature < PVFEAT_BITS_PER_WORD && view->mask >> feature & 1);
}

static inline struct feature_set effective_features(const struct effective *effective)
{
	return (struct feature_set){ effective->words, effective->nwords };
}

static inline bool set_has(struct feature_set set, unsigned int feature)
{
	return pvfeat_words_have(set.words, set.nwords, feature);
}

#endif /* REPORT_H */
