/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the KUnit suites that add windows.
 */
#ifndef _PVFEAT_TEST_WINDOW_H
#define _PVFEAT_TEST_WINDOW_H

#include <kunit/test.h>

#include "../pvfeat.h"
#include "../pvfeat_provider.h"
#include "../pvfeat_table.h"
#include "pvfeat_test.h"

struct pvfeat_window;

/* Providers that find no windows themselves; see pvfeat_test_window.c */
extern const struct pvfeat_provider test_pci;
extern const struct pvfeat_provider test_cpuid;
extern const struct pvfeat_provider test_dt;
extern const struct pvfeat_provider test_acpi;

struct pvfeat_window *add_window(struct kunit *test,
				 const struct pvfeat_provider *provider,
				 bool range_private, const struct pvfeat_table *t);

/* Number of features that are on, queried one by one */
static inline unsigned int count_effective(void)
{
	unsigned int feature, count = 0;

	for (feature = 0; feature < PVFEAT_FEATURES_MAX; feature++)
		count += pvfeat_has(feature);
	return count;
}

#endif /* _PVFEAT_TEST_WINDOW_H */
