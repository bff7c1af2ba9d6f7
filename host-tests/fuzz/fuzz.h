/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share: an input that is taken apart, claims that are
 * checked, and a device that does what the input says.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "transport.h"

/* What libFuzzer calls; each target has one */
int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

/* A claim about the code under test; that it does not hold is a find */
#define CHECK(claim) do { \
	if (!(claim)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, \
			__LINE__, #claim); \
		abort(); \
	} \
} while (0)

/**
 * struct fuzz_input - what is left of the input
 * @p: the next byte
 * @left: how many there are
 */
struct fuzz_input {
	const __u8 *p;
	size_t left;
};

/* Take a little-endian number; past the end there are zeros */
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

/* Bytes to be freed, in a place of their own, so that a read past their end is seen */
void *fuzz_copy(const void *from, size_t size);

/*
 * The rest of an input is a list of edits: from read number @when on, the device
 * shows @value at @where. A device is good where nothing says otherwise, so that a
 * find takes few edits.
 */
struct fuzz_edit {
	__u32 when, where, value;
};

/* Take the next edit if it is due at this read */
bool fuzz_edit(struct fuzz_input *in, unsigned int reads, struct fuzz_edit *edit);

/* Words of a table of @nwords feature words, with no feature on; gives how many */
unsigned int fuzz_good_table(__u32 *words, unsigned int nwords);

/**
 * struct fuzz_device - a PCI function that does what the input says
 * @f: what the code under test sees; first
 * @in: edits to come
 * @changes: how many came after the first access
 * @config: config space
 * @readable: bytes of it that can be read
 * @ones: whether the rest reads as all ones, or not at all
 * @bar_size: of each BAR
 * @unmappable: whether no BAR can be mapped
 * @mapped: the BAR that is mapped, or -1
 * @bar: the beginning of its contents, zeros behind
 * @configs: how many times config space was read
 * @reads: how many times the BAR was read
 * @lies: whether reads of one byte give another one
 * @writable: whether writes to the BAR change something
 * @vector: what waiting for vector 0 gives
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

/* How often the code under test slept, and for how long altogether */
extern struct fuzz_naps {
	unsigned int nr;
	__u64 ns;
} fuzz_naps;

/* Take a device from the input; the edits are taken as it is read */
void fuzz_device(struct fuzz_device *d, struct fuzz_input *in);

#endif /* FUZZ_H */
