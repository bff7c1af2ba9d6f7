// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: what the suites that add windows share.
 */
#include <kunit/test.h>
#include <linux/err.h>

#include "../pvfeat_window.h"
#include "pvfeat_test_window.h"

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
