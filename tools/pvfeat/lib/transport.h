/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal to the library and the tool: the interface of transports, and the functions
 * that find the table from config space. Programs use libpvfeat.h.
 */
#ifndef PVFEAT_TRANSPORT_H
#define PVFEAT_TRANSPORT_H

#include "libpvfeat.h"

#define PVFEAT_CONFIG_BYTES		256
#define PVFEAT_CONFIG_BYTES_EXTENDED	4096
/* The header type in PCI_HEADER_TYPE; bit 7 indicates a multi-function device */
#define PVFEAT_HEADER_TYPE_BITS		0x7f

/* Size of a memory BAR that exists, in a transport that does not have its size */
#define PVFEAT_BAR_SIZE_UNKNOWN		(~0ull)

/**
 * struct pvfeat_function_ops - a transport, which accesses functions
 * @config: read @n bytes of config space at @pos; return false on failure. The first
 *          64, 256 or 4096 bytes can be read
 * @bar_size: return the bytes of memory BAR @bar, 0..5; 0 if it is not a memory BAR;
 *            PVFEAT_BAR_SIZE_UNKNOWN in a dump that does not contain the size
 * @map: select memory BAR @bar for @read and @write
 * @read: read @width bytes (1, 2, 4 or 8), little-endian, at @offset in the BAR, a
 *        multiple of @width, by one access, in the order of the calls. Width 8 may be
 *        two accesses if the machine has no access of 8 bytes
 * @write: write likewise; NULL if the transport can only read
 * @listen: let @wait report vector 0; return false on failure. NULL: not supported
 * @wait: wait up to @ms milliseconds, -1 indefinitely; return 1 if vector 0 fired since
 *        the last call, 0 if not, -1 on error, with errno ENODEV if the function is being
 *        removed
 * @reset: reset the function; return false on failure. NULL: not supported
 * @close: release all resources, and free the function
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
 * struct pvfeat_function - a PCI function; first member of the transport's own structure
 * @ops: the transport
 * @name: the address, DDDD:BB:DD.F
 * @locator: the location of the table, after pvfeat_locate()
 * @writable: whether the BAR is to be mapped for writes; set before pvfeat_map()
 */
struct pvfeat_function {
	const struct pvfeat_function_ops *ops;
	char name[24];
	struct pvfeat_locator locator;
	bool writable;
};

/* Open a function that is bound to vfio-pci, without looking for a table */
struct pvfeat_function *pvfeat_vfio_attach(const char *address,
					   struct pvfeat_error *error);

/**
 * struct pvfeat_walk - a walk through a function's capabilities
 * @f: the function
 * @extended: whether the capabilities are the extended ones
 * @next: offset of the next capability
 * @seen: the dwords of config space that were visited
 * @cap: the bytes of the capability that pvfeat_walk_locator() found last; all ones
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
bool pvfeat_bar_address(struct pvfeat_function *f, unsigned int bar, __u64 *address);
bool pvfeat_locate(struct pvfeat_function *f, struct pvfeat_error *error);
bool pvfeat_map(struct pvfeat_function *f, struct pvfeat_error *error);
bool pvfeat_fail(struct pvfeat_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* PVFEAT_TRANSPORT_H */
