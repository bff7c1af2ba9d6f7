/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digest of a table, and a table from a description of it.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "transport.h"

/* Bytes of a digest as text, with the NUL */
#define DIGEST_TEXT	65

/*
 * X(C_NAME, "option", "what it takes"): a description of a table: the properties of
 * QEMU's object
 */
#define DESCRIPTION(X) \
	X(FEATURES, "features", "names or numbers, with + in between") \
	X(TEE, "tee", "a name or a number") \
	X(ACCESS, "access-method", "a name or a number") \
	X(BOUNDARY, "shared-gpa-boundary", "an address bit, from 1 to 63") \
	X(ID, "paravisor-id", "PARAVISOR_ID, a number") \
	X(VERSION, "paravisor-version", "PARAVISOR_VERSION, a number") \
	X(NWORDS, "min-feature-words", "least number of feature words")

#define ENUM_DESCRIPTION_(id, name, what) DESCRIBE_##id,
enum description { DESCRIPTION(ENUM_DESCRIPTION_) NR_DESCRIPTIONS };

extern const char *const description_names[];

void table_digest(const struct pvfeat_table *table, char *text);
bool table_describe(struct pvfeat_table *table, enum description field, const char *value,
		    struct pvfeat_error *error);
bool table_complete(struct pvfeat_table *table, struct pvfeat_error *error);

#endif /* DIGEST_H */
