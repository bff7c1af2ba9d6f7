/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BAR in this process's memory.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "transport.h"

/* Of a larger BAR only what the table needs is mapped: page tables cost too */
#define MAPPING_BYTES	(16 << 20)

_Static_assert(sizeof(off_t) == 8, "VFIO's regions are far apart in their file");

/**
 * struct mapping - a BAR in this process's memory
 * @pages: the pages that it is in
 * @base: where the BAR starts in them, or NULL
 * @bytes: how much of it there is
 */
struct mapping {
	void *pages;
	char *base;
	size_t bytes;
};

/**
 * mapping_new - map a BAR
 * @m: filled in
 * @fd: file that the BAR is a part of
 * @at: where in the file the BAR's first page is
 * @skew: where in that page the BAR starts: a small one shares it with others
 * @table: what has to be mapped at least
 * @bar_size: bytes of the BAR
 *
 * Return: false, with errno, if it cannot be.
 */
static inline bool mapping_new(struct mapping *m, int fd, __u64 at, size_t skew,
			       const struct pvfeat_locator *table, __u64 bar_size)
{
	const __u64 end = (__u64)table->offset + table->length;
	const __u64 bytes = bar_size < MAPPING_BYTES ? bar_size :
			    end < MAPPING_BYTES ? MAPPING_BYTES : end;

	if (bytes > SIZE_MAX - skew) {
		errno = ENOMEM;
		return false;
	}
	m->bytes = bytes;
	m->pages = mmap(NULL, m->bytes + skew, PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, at);
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

/* Past the end there is nothing, which reads as all ones */
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
		/* A machine of 32 bits has no such access */
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
