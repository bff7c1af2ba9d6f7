/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measurement of tables into a TPM and into the registers of a confidential guest.
 */
#ifndef UEFI_MEASURE_H
#define UEFI_MEASURE_H

#include "pvfeat_table.h"

struct pvfeat_error;

/* Platform configuration register of the event: the OS loader's, for data that it uses */
#define MEASURE_PCR	9
#define MEASURE_PCR_MAX	23

/**
 * measure_tee - name the technology that isolates this guest, according to the firmware
 *
 * Return: a static string, or NULL if the firmware has no EFI_CC_MEASUREMENT_PROTOCOL, in
 * which case the guest may be confidential or not.
 */
const char *measure_tee(void);

/**
 * measure_table - measure a table, as section 12.2 of the specification describes
 * @table: a good table
 * @pcr: number of the PCR, up to MEASURE_PCR_MAX
 * @name: the table's window, for messages
 * @error: ENODEV: there is nothing to measure into; EIO: the firmware failed
 *
 * Extends the PCR of a TPM (EFI_TCG2_PROTOCOL) and the register to which the firmware maps
 * that PCR (EFI_CC_MEASUREMENT_PROTOCOL), whichever of them there are, and prints a line for
 * each.
 *
 * Return: true if the table was measured, and into each of them that there is, with an event.
 */
bool measure_table(const struct pvfeat_table *table, unsigned int pcr, const char *name,
		   struct pvfeat_error *error);

#endif /* UEFI_MEASURE_H */
