/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpvfeat: read the paravisor feature table of a PCI function from user space.
 *
 *	struct pvfeat_function *f = pvfeat_vfio_open("0000:00:05.0", &error);
 *	struct pvfeat_table table;
 *
 *	if (f && pvfeat_listen(f) && pvfeat_snapshot(f, &table, &error))
 *		do_something(pvfeat_table_has(&table, PVFEAT_ATTESTATION_REPORT));
 *	while (f && pvfeat_wait(f, -1) > 0 && pvfeat_snapshot(f, &table, &error))
 *		...
 *	pvfeat_close(f);
 *
 * Calls for the same function must not run concurrently, nor in signal handlers.
 * Reading the BAR of a function that was removed raises SIGBUS.
 */
#ifndef LIBPVFEAT_H
#define LIBPVFEAT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "pvfeat_table.h"

struct pvfeat_function;

/**
 * struct pvfeat_error - why a call failed
 * @code: an errno value: ENODEV: no such function, or no locator; EACCES, EPERM: not
 *        permitted; EBUSY: in use by another program; EBADMSG: malformed; EIO: the
 *        kernel refuses to open it; EAGAIN: the table stays unstable; ENXIO: the
 *        function was removed
 * @text: a message of one line, without the name of the function
 */
struct pvfeat_error {
	int code;
	char text[240];
};

/**
 * pvfeat_vfio_open - open a function that is bound to vfio-pci, and find its table
 * @address: of the function, DDDD:BB:DD.F
 * @error: filled in: why it could not be opened
 *
 * Uses /dev/vfio/devices and iommufd where the kernel has them, otherwise the
 * function's group. No other program can use the function until pvfeat_close().
 *
 * Return: the function, mapped and with its locator checked, or NULL.
 */
struct pvfeat_function *pvfeat_vfio_open(const char *address,
					 struct pvfeat_error *error);

/**
 * pvfeat_snapshot - take a checked snapshot of a function's table
 * @f: an open function
 * @table: filled in: a good table, all of one generation
 * @error: filled in: why there is no good table
 *
 * While the table is being changed, makes up to 100 attempts, 110 microseconds apart.
 *
 * Return: true if @table is good.
 */
bool pvfeat_snapshot(struct pvfeat_function *f, struct pvfeat_table *table,
		     struct pvfeat_error *error);

/**
 * pvfeat_listen - let pvfeat_wait() report changes
 * @f: an open function
 *
 * Call it before the first snapshot, so that no change in between is missed
 * (PVF-DRV-30).
 *
 * Return: false if the function has no vector, or the transport no interrupts.
 */
bool pvfeat_listen(struct pvfeat_function *f);

/**
 * pvfeat_wait - wait for a change
 * @f: a function for which pvfeat_listen() returned true
 * @ms: milliseconds to wait at most; -1: indefinitely
 *
 * Return: 1 if the table changed since the last call, 0 if not, -1 on error. errno
 * is ENODEV if the function is being removed and must be closed, EINVAL if
 * pvfeat_listen() was not called or returned false.
 */
int pvfeat_wait(struct pvfeat_function *f, int ms);

/**
 * pvfeat_close - close a function
 * @f: the function, or NULL
 */
void pvfeat_close(struct pvfeat_function *f);

#ifdef __cplusplus
}
#endif

#endif /* LIBPVFEAT_H */
