/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interface between the core and the windows.
 */
#ifndef _PVFEAT_CORE_H
#define _PVFEAT_CORE_H

#include <linux/init.h>
#include <linux/types.h>
#include "pvfeat_table.h"

struct device;
struct pvfeat_source;

enum pvfeat_kind {
	PVFEAT_KIND_PCI,
	PVFEAT_KIND_CPUID,
	PVFEAT_KIND_DT,
	PVFEAT_KIND_ACPI,
	PVFEAT_NR_KINDS
};

bool pvfeat_window_trusted(enum pvfeat_kind kind, resource_size_t start,
			   resource_size_t bytes);
struct pvfeat_source *pvfeat_source_add(struct device *parent,
					enum pvfeat_kind kind, bool trusted,
					const struct pvfeat_table *table);
void pvfeat_source_update(struct pvfeat_source *source,
			  const struct pvfeat_table *table);
void pvfeat_source_remove(struct pvfeat_source *source);
struct pvfeat_source *pvfeat_window_lost(enum pvfeat_kind kind, int error);
struct pvfeat_source *pvfeat_window_add(enum pvfeat_kind kind,
					pvfeat_read_fn read, void *context,
					unsigned int capacity);

int pvfeat_set_policy(const char *value);
int pvfeat_allow_untrusted(const char *value);

bool pvfeat_guest_confidential(void);
bool pvfeat_range_private(resource_size_t start, resource_size_t bytes);

/* Find and register a window; NULL if it is absent or refused */
struct pvfeat_source *pvfeat_cpuid_window(void);
struct pvfeat_source *pvfeat_dt_window(void);
struct pvfeat_source *pvfeat_acpi_window(void);
int pvfeat_pci_init(void);
void pvfeat_pci_exit(void);

#endif /* _PVFEAT_CORE_H */
