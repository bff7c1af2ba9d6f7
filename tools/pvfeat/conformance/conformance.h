/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conformance: the requirements PVF-DEV-nn of spec/pci-device.md that are observable
 * from outside of a device, checked on one function, whichever way it is reached.
 * "pvfeat conformance" runs them in a guest, over sysfs or VFIO; QEMU's
 * paravisor-conformance-test on the host, over qtest.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stdbool.h>
#include <stdio.h>

#include "transport.h"

/**
 * struct conformance - what a run is of, and what it may do
 * @function: the function; it need not have a locator, and is not mapped yet
 * @change: have the device change its table once, by what the user gave for it,
 *          and return when it did; NULL: not possible
 * @firmware: the table of a firmware window of the same machine, or NULL
 * @firmware_error: what is wrong with that window if its table is not known, or NULL
 * @firmware_name: of that window
 * @writes: whether PVF-DEV-23 may be tried: a device that does not keep it may
 *          not survive
 * @out: gets TAP
 * @context: the caller's, for @change
 * @error: filled in: why the function or its BAR could not be read, so that what
 *         was judged is too little to conform; code 0 if it could
 */
struct conformance {
	struct pvfeat_function *function;
	bool (*change)(struct conformance *c);
	const struct pvfeat_table *firmware;
	const char *firmware_error;
	const char *firmware_name;
	bool writes;
	FILE *out;
	void *context;
	struct pvfeat_error error;
};

/**
 * conformance_run - check a function against every requirement
 * @c: the run
 *
 * Prints TAP version 13: a plan, then a line for each requirement with its number
 * and text, and for those that fail what was found; a requirement that this run
 * cannot judge is skipped with the reason.
 *
 * Return: how many requirements failed.
 */
unsigned int conformance_run(struct conformance *c);

#endif /* CONFORMANCE_H */
