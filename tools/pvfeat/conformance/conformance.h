/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check a function against the requirements PVF-DEV-nn of spec/pci-device.md that are
 * observable from outside the device. "pvfeat conformance" runs the checks in a guest,
 * over sysfs or VFIO, or on a dump; QEMU's paravisor-conformance-test runs them on the
 * host, over qtest.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stdbool.h>
#include <stdio.h>

#include "transport.h"

/**
 * struct conformance - the parameters of a run
 * @function: the function, not mapped yet; it may lack a locator
 * @change: change the table once, and return true when that is done; NULL: not possible
 * @firmware: the table of a firmware window of the same machine, or NULL
 * @firmware_error: why the table of that window could not be read, or NULL
 * @firmware_name: the name of that window
 * @offline: the function is a copy, which cannot show how the device responds to accesses
 * @writes: check PVF-DEV-23: a device that does not conform may fail after a write
 * @out: where to print TAP
 * @context: for @change
 * @error: filled in: why the function or its BAR could not be read, in which case the
 *         function does not conform even if no requirement failed; code 0 if it was read
 */
struct conformance {
	struct pvfeat_function *function;
	bool (*change)(struct conformance *c);
	const struct pvfeat_table *firmware;
	const char *firmware_error;
	const char *firmware_name;
	bool offline;
	bool writes;
	FILE *out;
	void *context;
	struct pvfeat_error error;
};

/**
 * conformance_run - check a function against every requirement
 * @c: the run
 *
 * Prints TAP version 13: a plan, then one line per requirement with its number and
 * text, each followed by what was found; a requirement that this run cannot check is
 * skipped with the reason.
 *
 * Return: the number of requirements that failed.
 */
unsigned int conformance_run(struct conformance *c);

#endif /* CONFORMANCE_H */
