/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A copy of the parser for a test module: the driver exports it only to the KUnit
 * suites, and the copy exports nothing.
 */
#ifndef _PVFEAT_TABLE_COPY_H
#define _PVFEAT_TABLE_COPY_H

#include "pvfeat_compat.h"

#undef EXPORT_SYMBOL_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(symbol) static_assert(true)

#include "pvfeat_table.c"

#endif /* _PVFEAT_TABLE_COPY_H */
