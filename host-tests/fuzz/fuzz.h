/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions shared by the fuzz targets: parsing the input, checking assertions, and
 * a device controlled by the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "transport.h"

/* Called by libFuzzer; each target defines it */
int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

/* An assertion about the code under test; a failure is reported as a crash */
#define CHECK(claim) do { \
	if (!(claim)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, \
			__LINE__, #claim); \
		abort(); \
	} \
} while (0)

/**
 * struct fuzz_input - the rest of the input
 * @p: the next byte
 * @left: number of bytes left
 */
struct fuzz_input {
	const __u8 *p;
	size_t left;
};

/* Take a little-endian number; the input is padded with zeros */
static inline __u32 fuzz_take(struct fuzz_input *in, unsigned int bytes)
{
	unsigned int i;
	__u32 value = 0;

	for (i = 0; i < bytes && in->left; i++, in->p++, in->left--)
		value |= (__u32)*in->p << 8 * i;
	return value;
}

/* The rest of the input as a string, to be freed */
char *fuzz_string(struct fuzz_input *in);

/* A copy, to be freed, in its own allocation, so that reads past its end are detected */
void *fuzz_copy(const void *from, size_t size);

/*
 * The rest of an input is a list of edits: from read number @when on, the device
 * presents @value at @where. Without edits a device is good, so that few edits suffice
 * to find a bug.
 */
struct fuzz_edit {
	__u32 when, where, value;
};

/* Take the next edit if it is due at this read */
bool fuzz_edit(struct fuzz_input *in, unsigned int reads, struct fuzz_edit *edit);

/* Fill in a table of @nwords feature words, with no feature on; returns its number of words */
unsigned int fuzz_good_table(__u32 *words, unsigned int nwords);

/**
 * struct fuzz_device - a PCI function controlled by the input
 * @f: the function for the code under test; must be first
 * @in: pending edits
 * @changes: number of changes after the first access
 * @config: config space
 * @readable: number of bytes of config space that can be read
 * @ones: whether the other bytes read as all ones, or reads of them fail
 * @bar_size: size of each BAR
 * @unmappable: whether no BAR can be mapped
 * @mapped: the BAR that is mapped, or -1
 * @bar: the start of the BAR's contents, followed by zeros
 * @configs: number of reads of config space
 * @reads: number of accesses to the BAR
 * @lies: whether reads of one byte return another value
 * @writable: whether writes to the BAR change its contents
 * @vector: result of waiting for vector 0
 * @closed: number of calls of close
 */
struct fuzz_device {
	struct pvfeat_function f;
	struct fuzz_input *in;
	unsigned int changes;
	__u8 config[PVFEAT_CONFIG_BYTES_EXTENDED];
	unsigned int readable;
	bool ones;
	__u64 bar_size[PVFEAT_LOCATOR_BAR_MAX + 1];
	bool unmappable;
	int mapped;
	__u32 bar[PVFEAT_PCI_BAR_BYTES / 4];
	unsigned int configs, reads;
	bool lies, writable;
	int vector;
	unsigned int closed;
};

/* How often the code under test slept, and the total duration */
extern struct fuzz_naps {
	unsigned int nr;
	__u64 ns;
} fuzz_naps;

/* Take a device from the input; edits are taken while the device is read */
void fuzz_device(struct fuzz_device *d, struct fuzz_input *in);

#endif /* FUZZ_H */
