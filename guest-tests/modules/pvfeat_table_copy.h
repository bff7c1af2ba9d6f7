/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A copy of the parser for a test module, without exports: the driver exports its
 * parser only to the KUnit suites.
 */
#ifndef _PVFEAT_TABLE_COPY_H
#define _PVFEAT_TABLE_COPY_H

#include "pvfeat_compat.h"

#undef EXPORT_SYMBOL_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(symbol) static_assert(true)

#include "pvfeat_table.c"

#endif /* _PVFEAT_TABLE_COPY_H */
