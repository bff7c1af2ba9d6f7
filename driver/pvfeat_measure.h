/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: the measurement of tables and endorsements by IMA.
 */
#ifndef _PVFEAT_MEASURE_H
#define _PVFEAT_MEASURE_H

#include <linux/types.h>
#include "pvfeat_table.h"

void pvfeat_measure_table(const char *window, const struct pvfeat_table *table);
void pvfeat_measure_endorsement(const char *origin, const u8 *digest);
unsigned int pvfeat_unmeasured(void);
void pvfeat_measure_start(void);
void pvfeat_measure_flush(void);

#endif /* _PVFEAT_MEASURE_H */
