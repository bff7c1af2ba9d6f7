// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the module of the suites.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "../pvfeat_compat.h"

#ifdef PVFEAT_HAVE_NAMESPACE_STRING
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
#else
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
#endif
MODULE_DESCRIPTION("KUnit tests of paravisor feature enumeration");
MODULE_LICENSE("GPL");
