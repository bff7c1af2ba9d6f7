/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal to the library and the tool: how a function is reached, and the way from its
 * config space to the table. Programs use libpvfeat.h.
 */
#ifndef PVFEAT_TRANSPORT_H
#define PVFEAT_TRANSPORT_H

#include "libpvfeat.h"

#define PVFEAT_CONFIG_BYTES		256
#define PVFEAT_CONFIG_BYTES_EXTENDED	4096
/* Of PCI_HEADER_TYPE: the bit above says that there are more functions */
#define PVFEAT_HEADER_TYPE_BITS		0x7f

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

/* Open a function that is bound to vfio-pci, without looking for a table */
struct pvfeat_function *pvfeat_vfio_attach(const char *address,
					   struct pvfeat_error *error);

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

#endif /* PVFEAT_TRANSPORT_H */
