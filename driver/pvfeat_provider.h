/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: what a provider of windows is. A window is one place where the
 * table is exposed; a provider finds it and reports facts about it.
 */
#ifndef _PVFEAT_PROVIDER_H
#define _PVFEAT_PROVIDER_H

#include <linux/types.h>
#include "pvfeat_table.h"

/* When a provider is started if the driver is built in; see pvfeat_main.c */
enum pvfeat_stage {
	PVFEAT_STAGE_CORE,	/* core_initcall: needs no bus and no ACPI */
	PVFEAT_STAGE_FS,	/* fs_initcall: the ACPI namespace is there */
	PVFEAT_STAGE_DEVICE,	/* device_initcall: registers a driver */
};

/**
 * struct pvfeat_view - a window that detect() found
 * @context: for read() and release()
 * @capacity: number of words that can be read
 * @mask: 0; of a translation from another enumeration, the features of word 0 that this
 *	can express
 * @range_private: whether the host cannot change what is read
 */
struct pvfeat_view {
	void *context;
	unsigned int capacity;
	u32 mask;
	bool range_private;
};

/**
 * struct pvfeat_provider - a kind of window
 * @name: names the window in sysfs and in the log; followed by a number if @hotplug
 * @stage: when it is started
 * @hotplug: windows are added and removed at run time, between start() and stop();
 *	otherwise there is at most one, found by detect() and there until the driver is removed
 * @detect: finds the window. Return: 0, -ENODEV if there is none, -EINVAL if it is
 *	malformed and this was logged, or another error
 * @read: reads a word of the window, each time the same
 * @release: frees what detect() allocated
 * @start: begins to register windows
 * @stop: removes them
 */
struct pvfeat_provider {
	const char *name;
	enum pvfeat_stage stage;
	bool hotplug;
	int (*detect)(struct pvfeat_view *view);
	pvfeat_read_fn read;
	void (*release)(struct pvfeat_view *view);
	int (*start)(void);
	void (*stop)(void);
};

extern const struct pvfeat_provider pvfeat_pci_provider;
extern const struct pvfeat_provider pvfeat_cpuid_provider;
extern const struct pvfeat_provider pvfeat_dt_provider;
extern const struct pvfeat_provider pvfeat_hyperv_provider;
extern const struct pvfeat_provider pvfeat_acpi_provider;

#endif /* _PVFEAT_PROVIDER_H */
