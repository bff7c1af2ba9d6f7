/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digests of tables, and tables from descriptions.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "transport.h"

/* Bytes of a digest as text, with the NUL */
#define DIGEST_TEXT	65

/*
 * X(C_NAME, "option", "VALUE", "meaning"): the options that describe a table, which are
 * the properties of QEMU's object
 */
#define DESCRIPTION(X) \
	X(FEATURES, "features", "LIST", "names or numbers, separated by +") \
	X(TEE, "tee", "TYPE", "a name or a number") \
	X(ACCESS, "access-method", "METHOD", "a name or a number") \
	X(BOUNDARY, "shared-gpa-boundary", "BIT", "an address bit, from 1 to 63") \
	X(ID, "paravisor-id", "NUMBER", "PARAVISOR_ID") \
	X(VERSION, "paravisor-version", "NUMBER", "PARAVISOR_VERSION") \
	X(NWORDS, "min-feature-words", "NUMBER", "minimum number of feature words")

#define ENUM_DESCRIPTION_(id, name, value, what) DESCRIBE_##id,
enum description { DESCRIPTION(ENUM_DESCRIPTION_) NR_DESCRIPTIONS };

extern const char *const description_names[];

void table_digest(const struct pvfeat_table *table, char *text);
bool table_describe(struct pvfeat_table *table, enum description field, const char *value,
		    struct pvfeat_error *error);
bool table_complete(struct pvfeat_table *table, struct pvfeat_error *error);

#endif /* DIGEST_H */
