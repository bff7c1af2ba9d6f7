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

/* X(C_NAME, "name-as-users-type-it", "what it reads") */
#define SOURCES(X) \
	X(SYSFS, "sysfs", "the kernel driver's view, and the effective set") \
	X(PCI, "pci", "PCI functions, through the resource files of sysfs") \
	X(VFIO, "vfio", "PCI functions that are bound to vfio-pci") \
	X(CPUID, "cpuid", "the CPUID range (x86)") \
	X(DT, "dt", "the DeviceTree") \
	X(HYPERV, "hyperv", "Hyper-V's isolation leaves (x86), translated")

#define ENUM_SOURCE_(id, name, what) SOURCE_##id,
enum source { SOURCES(ENUM_SOURCE_) NR_SOURCES, SOURCE_AUTO = NR_SOURCES };

/**
 * struct request - what to look at
 * @source: where
 * @function: only this PCI function, or NULL
 */
struct request {
	enum source source;
	const char *function;
};

enum trust { TRUST_NO, TRUST_YES, TRUST_ENDORSED, TRUST_UNKNOWN };

/**
 * struct view - one window
 * @name: as in sysfs: pci0, cpuid, dt, acpi, hyperv; for a function that is read
 *        directly its address
 * @function: PCI address, or empty
 * @status: as in sysfs; empty without the driver
 * @differs: in what the table differs from the reference's, see
 *           pvfeat_table_compare(): one item per line
 * @digest: of the table, the driver's if it computes one; empty without a good table
 * @trust: whether the window may turn features on
 * @direct: whether this program read it, not the kernel's driver. In a confidential guest
 *          the host provides what user space maps, where the driver may have a private
 *          mapping
 * @mask: 0; of a translation from another enumeration, the features of word 0 that this can
 *        express
 * @table: the table; @table.nr is 0 if there is no good one
 * @error: why there is none
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
 * @present: whether the kernel's driver is there
 * @policy: what made it
 * @reference: the window that the others are compared with; empty if there is none
 * @generation: of the reference, as text
 * @notifies: false if changes of the reference do not arrive by themselves
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
 * struct report - all of it
 * @effective: the kernel's effective set
 * @sources: the windows that contribute to it, the reference first, one per line
 * @guest: whether the host is trusted
 * @nr: number of @views
 * @views: the windows
 * @error: why not all was looked at; code 0 if it was
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

/* Whether a request is for the kernel driver, by default or by name */
static inline bool asks_driver(const struct request *request)
{
	return request->source == SOURCE_AUTO || request->source == SOURCE_SYSFS;
}

bool read_text(const char *folder, const char *name, char *text, size_t size);
void report_collect(struct report *report, const struct request *request);
void report_free(struct report *report);
bool driver_loaded(void);
bool effective_words(struct effective *effective);
bool effective_read(struct effective *effective);
const char *firmware_table(struct pvfeat_table *table, struct pvfeat_error *error);
void report_error(const struct report *report, struct pvfeat_error *error);
size_t report_good(const struct report *report, const struct view **first);

/**
 * struct feature_set - the feature words of a window, or the effective ones
 * @words: the words
 * @nwords: how many
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

/* Whether a window reports a feature at all, as on or off */
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
