// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the module of the suites, and what the suites share.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/version.h>

#include "../pvfeat_window.h"
#include "pvfeat_test.h"

const struct pvfeat_provider test_pci = { .name = "pci", .hotplug = true };
const struct pvfeat_provider test_cpuid = { .name = "cpuid" };
const struct pvfeat_provider test_dt = { .name = "dt" };
const struct pvfeat_provider test_acpi = { .name = "acpi" };

struct pvfeat_window *add_window(struct kunit *test,
				 const struct pvfeat_provider *provider,
				 bool range_private, const struct pvfeat_table *t)
{
	struct pvfeat_window *window;

	window = pvfeat_window_add(provider, NULL, range_private, false, 0, t);
	KUNIT_ASSERT_FALSE(test, IS_ERR(window));
	return window;
}

/* The namespace is a string since 6.13 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
#else
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
#endif
MODULE_DESCRIPTION("KUnit tests of paravisor feature enumeration");
MODULE_LICENSE("GPL");
