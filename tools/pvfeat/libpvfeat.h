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

#define PVFEAT_CONFIG_BYTES		256
#define PVFEAT_CONFIG_BYTES_EXTENDED	4096
/* Of PCI_HEADER_TYPE: the bit above says that there are more functions */
#define PVFEAT_HEADER_TYPE_BITS		0x7f

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
 * struct pvfeat_function_ops - how a function is reached
 * @config: read @n bytes of config space at @pos; false if that cannot be. What
 *          can be read is 64, 256 or 4096 bytes
 * @bar_size: bytes of memory BAR @bar, 0..5; 0 if it is none
 * @map: make memory BAR @bar the one that @read and @write mean
 * @read: read @width bytes, 1, 2, 4 or 8, little-endian, at @offset of the BAR, a
 *        multiple of @width; one access, in the order of the calls. Width 8 may
 *        be two accesses where the machine has no such one
 * @write: write likewise; NULL where the BAR is mapped to be read only
 * @listen: have vector 0 reach @wait; false if that cannot be. NULL: never
 * @wait: wait up to @ms milliseconds, -1 indefinitely: 1 if vector 0 fired since the
 *        last call, 0 if not, -1 on error; errno ENODEV: the function is being removed
 * @reset: reset the function; false if that cannot be. NULL: never
 * @close: release everything, and free the function
 */
struct pvfeat_function_ops {
	bool (*config)(struct pvfeat_function *f, unsigned int pos, void *buf,
		       unsigned int n);
	__u64 (*bar_size)(struct pvfeat_function *f, unsigned int bar);
	bool (*map)(struct pvfeat_function *f, unsigned int bar,
		    struct pvfeat_error *error);
	__u64 (*read)(struct pvfeat_function *f, __u64 offset, unsigned int width);
	void (*write)(struct pvfeat_function *f, __u64 offset, unsigned int width,
		      __u64 value);
	bool (*listen)(struct pvfeat_function *f);
	int (*wait)(struct pvfeat_function *f, int ms);
	bool (*reset)(struct pvfeat_function *f);
	void (*close)(struct pvfeat_function *f);
};

/**
 * struct pvfeat_function - a PCI function, first member of a transport's own
 * @ops: the transport's
 * @name: its address, DDDD:BB:DD.F
 * @locator: where the table is, after pvfeat_locate()
 */
struct pvfeat_function {
	const struct pvfeat_function_ops *ops;
	char name[24];
	struct pvfeat_locator locator;
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
static inline bool pvfeat_listen(struct pvfeat_function *f)
{
	return f->ops->listen && f->ops->listen(f);
}

/**
 * pvfeat_wait - wait for a change
 * @f: an open function that listens
 * @ms: milliseconds to wait at most, -1 indefinitely
 *
 * Return: 1 if the table changed since the last call, 0 if not, -1 on error, with
 * errno; ENODEV: the function is being removed, so close it; EINVAL: it does not
 * listen.
 */
static inline int pvfeat_wait(struct pvfeat_function *f, int ms)
{
	return f->ops->wait(f, ms);
}

/**
 * pvfeat_close - close a function
 * @f: the function, or NULL
 */
static inline void pvfeat_close(struct pvfeat_function *f)
{
	if (f)
		f->ops->close(f);
}

/* The same without looking for a table: it is whatever it is */
struct pvfeat_function *pvfeat_vfio_attach(const char *address,
					   struct pvfeat_error *error);

/* For transports other than VFIO; see function.c */

/**
 * struct pvfeat_walk - a walk through a function's capabilities
 * @f: the function
 * @extended: whether they are those of extended config space
 * @next: where it goes on
 * @seen: the dwords of config space that it was at
 * @cap: the bytes of the capability that pvfeat_walk_locator() was at; all ones
 *       where config space ends or cannot be read
 * @room: bytes from the start of that capability to the end of config space
 */
struct pvfeat_walk {
	struct pvfeat_function *f;
	bool extended;
	unsigned int next;
	bool seen[PVFEAT_CONFIG_BYTES_EXTENDED / 4];
	__u8 cap[PVFEAT_DVSEC_BYTES];
	unsigned int room;
};

void pvfeat_walk_start(struct pvfeat_walk *walk, struct pvfeat_function *f,
		       bool extended);
unsigned int pvfeat_walk_next(struct pvfeat_walk *walk, unsigned int id);
unsigned int pvfeat_walk_locator(struct pvfeat_walk *walk,
				 struct pvfeat_locator *locator,
				 struct pvfeat_verdict *verdict);
unsigned int pvfeat_capability(struct pvfeat_function *f, unsigned int id);
bool pvfeat_locate(struct pvfeat_function *f, struct pvfeat_error *error);
bool pvfeat_map(struct pvfeat_function *f, struct pvfeat_error *error);
bool pvfeat_fail(struct pvfeat_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif

#endif /* LIBPVFEAT_H */
