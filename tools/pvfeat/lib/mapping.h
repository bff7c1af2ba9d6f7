/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Map BARs and access them.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "transport.h"

/* Of a larger BAR, map only this much or up to the table's end, to save page tables */
#define MAPPING_BYTES	(16 << 20)

_Static_assert(sizeof(off_t) == 8, "off_t must hold the file offsets of VFIO's regions");

/**
 * struct mapping - a mapped BAR
 * @pages: the mapped pages
 * @base: where the BAR starts in them, or NULL if it is not mapped
 * @bytes: how many bytes of the BAR are mapped
 */
struct mapping {
	void *pages;
	char *base;
	size_t bytes;
};

/**
 * mapping_new - map a BAR
 * @m: filled in
 * @fd: the file that contains the BAR
 * @at: offset of the BAR's first page in the file
 * @skew: offset of the BAR in that page: a small BAR shares the page with others
 * @table: the part that must be mapped
 * @bar_size: bytes of the BAR
 * @writable: whether to map it for writes, which the file must permit
 *
 * Return: false, with errno, if it cannot be mapped.
 */
static inline bool mapping_new(struct mapping *m, int fd, __u64 at, size_t skew,
			       const struct pvfeat_locator *table, __u64 bar_size,
			       bool writable)
{
	const __u64 end = (__u64)table->offset + table->length;
	const __u64 bytes = bar_size < MAPPING_BYTES ? bar_size :
			    end < MAPPING_BYTES ? MAPPING_BYTES : end;

	if (bytes > SIZE_MAX - skew) {
		errno = ENOMEM;
		return false;
	}
	m->bytes = bytes;
	m->pages = mmap(NULL, m->bytes + skew, PROT_READ | (writable ? PROT_WRITE : 0),
			MAP_SHARED, fd, at);
	m->base = m->pages == MAP_FAILED ? NULL : (char *)m->pages + skew;
	return m->base;
}

static inline void mapping_free(struct mapping *m)
{
	if (m->base)
		munmap(m->pages, m->base - (char *)m->pages + m->bytes);
	m->base = NULL;
}

static inline bool mapping_has(const struct mapping *m, __u64 offset,
			       unsigned int width)
{
	return m->base && offset < m->bytes && width <= m->bytes - offset;
}

/* Past the end of the mapping, return all ones */
static inline __u64 mapping_read(const struct mapping *m, __u64 offset,
				 unsigned int width)
{
	const char *p = m->base + offset;

	if (!mapping_has(m, offset, width))
		return ~0ULL;
	switch (width) {
	case 1:
		return __atomic_load_n((const uint8_t *)p, __ATOMIC_ACQUIRE);
	case 2:
		return le16toh(__atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE));
	case 4:
		return le32toh(__atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE));
	default:
		/* 32-bit machines have no access of 8 bytes */
		if (sizeof(long) < 8)
			return mapping_read(m, offset, 4) |
			       mapping_read(m, offset + 4, 4) << 32;
		return le64toh(__atomic_load_n((const uint64_t *)p, __ATOMIC_ACQUIRE));
	}
}

static inline void mapping_write(const struct mapping *m, __u64 offset,
				 unsigned int width, __u64 value)
{
	char *p = m->base + offset;

	if (!mapping_has(m, offset, width))
		return;
	switch (width) {
	case 1:
		__atomic_store_n((uint8_t *)p, value, __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((uint16_t *)p, htole16(value), __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((uint32_t *)p, htole32(value), __ATOMIC_RELEASE);
		break;
	default:
		mapping_write(m, offset, 4, value);
		mapping_write(m, offset + 4, 4, value >> 32);
	}
}

#endif /* MAPPING_H */
