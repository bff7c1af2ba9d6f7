/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpvfeat: a PCI function that carries a paravisor feature table, for programs
 * outside of the kernel.
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
 * A function is one caller's at a time; nothing here is for signal handlers. A
 * function that goes away under a mapping raises SIGBUS, as all mappings do.
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
 * struct pvfeat_error - why something was not done
 * @code: an errno value: ENODEV: it is not there; EACCES, EPERM: not permitted;
 *        EBUSY: in use by another; EBADMSG: what is there is malformed; EIO: the
 *        kernel refuses it; EAGAIN: it stays unstable; ENXIO: it is gone
 * @text: one line for people, without the name of the function
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
 * Through /dev/vfio/devices and iommufd where the kernel has them, else through
 * the function's group. Either is the caller's alone until pvfeat_close().
 *
 * Return: the function, mapped and with its locator checked, or NULL.
 */
struct pvfeat_function *pvfeat_vfio_open(const char *address,
					 struct pvfeat_error *error);

/**
 * pvfeat_snapshot - take a checked snapshot of a function's table
 * @f: an open function
 * @table: filled in: a good table, all of one generation
 * @error: filled in: why there is none
 *
 * Waits up to 100 times 100 microseconds while the table is being changed.
 *
 * Return: true if @table is good.
 */
bool pvfeat_snapshot(struct pvfeat_function *f, struct pvfeat_table *table,
		     struct pvfeat_error *error);

/**
 * pvfeat_listen - have changes reach pvfeat_wait()
 * @f: an open function
 *
 * To be called before the first snapshot, so that no change falls in between
 * (PVF-DRV-30).
 *
 * Return: false if the function has no vector, or the transport no interrupts.
 */
bool pvfeat_listen(struct pvfeat_function *f);

/**
 * pvfeat_wait - wait for a change
 * @f: an open function that listens
 * @ms: milliseconds to wait at most, -1 indefinitely
 *
 * Return: 1 if the table changed since the last call, 0 if not, -1 on error, with
 * errno; ENODEV: the function is being removed, so close it; EINVAL: it does not
 * listen.
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
