/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: the interface of window providers. A window is one place where the
 * table is exposed; a provider finds it and describes it.
 */
#ifndef _PVFEAT_PROVIDER_H
#define _PVFEAT_PROVIDER_H

#include <linux/types.h>
#include "pvfeat_table.h"

/* When a provider of a built-in driver is started; see pvfeat_main.c */
enum pvfeat_stage {
	PVFEAT_STAGE_CORE,	/* core_initcall: requires neither a bus nor ACPI */
	PVFEAT_STAGE_FS,	/* fs_initcall: requires the ACPI namespace */
	PVFEAT_STAGE_DEVICE,	/* device_initcall: registers a driver */
};

/**
 * struct pvfeat_view - a window that detect() found
 * @context: private data for read() and release()
 * @capacity: number of words that can be read
 * @mask: 0, or, for a translation of another interface, the features of word 0 that this
 *	interface can express
 * @range_private: true if the host cannot change what is read
 */
struct pvfeat_view {
	void *context;
	unsigned int capacity;
	u32 mask;
	bool range_private;
};

/**
 * struct pvfeat_provider - a kind of window
 * @name: name of the window in sysfs and in the log; followed by a number if @hotplug
 * @stage: when the provider is started
 * @hotplug: windows are added and removed at run time, between start() and stop();
 *	otherwise there is at most one, which detect() finds and which stays until the
 *	driver is removed
 * @detect: finds the window. Return: 0, -ENODEV if there is none, -EINVAL if it is
 *	malformed and this was logged, or another error
 * @read: reads a word of the window, which does not change
 * @release: frees what detect() allocated
 * @start: starts to register windows
 * @stop: removes the windows
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
