/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: tables that the guest's owner endorsed by their digests.
 */
#ifndef _PVFEAT_ENDORSE_H
#define _PVFEAT_ENDORSE_H

#include <linux/types.h>
#include "pvfeat_table.h"

#define PVFEAT_DIGEST_BYTES	32
#define PVFEAT_ENDORSED_MAX	16

/* The origin of an endorsement: see effective/endorsed in the ABI document */
enum pvfeat_origin {
	PVFEAT_ORIGIN_PARAMETER,
	PVFEAT_ORIGIN_SYSFS,
};

bool pvfeat_table_digest(const struct pvfeat_table *table, u8 *digest);
int pvfeat_digest_parse(const char *text, size_t size, u8 *digest);
void pvfeat_digest_list(const char *list, void (*item)(const char *text, size_t size));

/* To be called under pvfeat_windows_lock, or before other processors are started */
int pvfeat_endorsed_add(const u8 *digest, enum pvfeat_origin origin);
int pvfeat_endorsed_remove(const u8 *digest);
bool pvfeat_endorsed_has(const u8 *digest);
void pvfeat_endorsed_measure(void);
ssize_t pvfeat_endorsed_emit(char *buf);

#endif /* _PVFEAT_ENDORSE_H */
