/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print a report and its parts, as text (show_...) and as JSON (json_...).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "doctor.h"
#include "report.h"

extern const char *const feature_meanings[PVFEAT_NR_REGISTERED];
extern const char *const finding_names[NR_FINDINGS];

/* Whether a feature is a warning, which is merged by OR; services are merged by AND */
static inline bool feature_is_warning(unsigned int feature)
{
	return pvfeat_warnings(feature / PVFEAT_BITS_PER_WORD) >>
	       feature % PVFEAT_BITS_PER_WORD & 1;
}

static inline const char *feature_polarity(unsigned int feature)
{
	return feature_is_warning(feature) ? "warning" : "service";
}

void show_windows(const struct report *report, unsigned int width, bool color);
void show_report(const struct report *report, unsigned int width, bool color);
void show_registry(void);
bool json_registry(void);
bool json_report(const struct report *report);
bool json_digests(const struct report *report);
bool json_digest(const char *name, const char *digest);
void show_change(const char *generation, struct feature_set from,
		 struct feature_set to);
bool json_change(const char *generation, struct feature_set from,
		 struct feature_set to);
void show_diagnosis(const struct diagnosis *diagnosis, const char *name);
bool json_diagnosis(const struct diagnosis *diagnosis, const char *name);
bool json_answers(const unsigned int *features, const bool *on, size_t nr);

/**
 * struct fields - the fields of a table's header
 * @generation: GENERATION
 * @major: major number of VERSION
 * @minor: minor number of VERSION
 * @tee: type in TEE
 * @access: method in ACCESS
 * @boundary: bit of the shared GPA boundary, 0 if there is none
 * @vendor: vendor in PARAVISOR_ID
 * @product: product in PARAVISOR_ID
 * @version: PARAVISOR_VERSION
 */
struct fields {
	__u32 generation;
	unsigned int major, minor, tee, access, boundary, vendor, product;
	__u32 version;
};

static inline struct fields table_fields(const struct pvfeat_table *table)
{
	const __u32 *w = table->words;

	return (struct fields){
		.generation = w[PVFEAT_W_GENERATION],
		.major = w[PVFEAT_W_VERSION] >> PVFEAT_VERSION_MAJOR_SHIFT,
		.minor = w[PVFEAT_W_VERSION] & PVFEAT_VERSION_MINOR_MASK,
		.tee = w[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK,
		.access = w[PVFEAT_W_ACCESS] & PVFEAT_ACCESS_METHOD_MASK,
		.boundary = pvfeat_table_boundary(table),
		.vendor = w[PVFEAT_W_PARAVISOR_ID] & PVFEAT_PARAVISOR_VENDOR_MASK,
		.product = w[PVFEAT_W_PARAVISOR_ID] >> PVFEAT_PARAVISOR_PRODUCT_SHIFT,
		.version = w[PVFEAT_W_PARAVISOR_VERSION],
	};
}

#endif /* OUTPUT_H */
