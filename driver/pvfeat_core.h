/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the core and the windows that feed it.
 */
#ifndef _PVFEAT_CORE_H
#define _PVFEAT_CORE_H

#include <linux/types.h>
#include "pvfeat_table.h"

struct device;
struct pvfeat_source;

/* Room for pvfeat_describe_verdict() */
#define PVFEAT_VERDICT_TEXT	160

struct pvfeat_source *pvfeat_source_add(struct device *parent,
					const char *kind, bool trusted,
					const struct pvfeat_table *table);
void pvfeat_source_remove(struct pvfeat_source *source);

int pvfeat_describe_verdict(const struct pvfeat_verdict *verdict, char *buf,
			    size_t size);

bool pvfeat_guest_confidential(void);

int pvfeat_core_init(void);
void pvfeat_core_exit(void);

#endif /* _PVFEAT_CORE_H */
