// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the locator of a function and read its table, through any transport.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "transport.h"

/* PVF-DRV-25: attempts to read a table that is changing, and the delay between them */
#define SNAPSHOT_TRIES		100
#define SNAPSHOT_WAIT_NS	110000

/* Start of the capability lists */
#define CAP_FIRST		PCI_STD_HEADER_SIZEOF
#define ECAP_FIRST		PCI_CFG_SPACE_SIZE

/* The ID of a capability that cannot be read: all ones */
#define CAP_ID_BROKEN		0xff

/**
 * pvfeat_fail - fill in an error
 * @error: to be filled in
 * @code: an errno value
 * @format: as for printf(): the text, one line
 *
 * Return: false, for the caller to return.
 */
bool pvfeat_fail(struct pvfeat_error *error, int code, const char *format, ...)
{
	va_list args;

	error->code = code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

static bool config8(struct pvfeat_function *f, unsigned int pos, __u8 *value)
{
	return f->ops->config(f, pos, value, 1);
}

/**
 * pvfeat_walk_start - begin a walk through a function's capabilities
 * @walk: filled in
 * @f: the function
 * @extended: walk the extended capabilities instead of the others
 *
 * Only a function with a PCI Express capability has extended ones.
 */
void pvfeat_walk_start(struct pvfeat_walk *walk, struct pvfeat_function *f,
		       bool extended)
{
	__u8 byte;

	*walk = (struct pvfeat_walk){ .f = f, .extended = extended };
	if (extended) {
		if (pvfeat_capability(f, PCI_CAP_ID_EXP))
			walk->next = ECAP_FIRST;
	} else if (config8(f, PCI_STATUS, &byte) && byte & PCI_STATUS_CAP_LIST &&
		   config8(f, PCI_CAPABILITY_LIST, &byte)) {
		walk->next = byte & ~3;
	}
}

/**
 * pvfeat_walk_next - find the next capability with an ID
 * @walk: from pvfeat_walk_start()
 * @id: the ID
 *
 * Visits no offset twice, so that the walk of a circular list ends.
 *
 * Return: the capability's offset in config space, 0 if there is none.
 */
unsigned int pvfeat_walk_next(struct pvfeat_walk *walk, unsigned int id)
{
	const unsigned int first = walk->extended ? ECAP_FIRST : CAP_FIRST;

	while (walk->next >= first && !walk->seen[walk->next / 4]) {
		const unsigned int pos = walk->next;
		unsigned int found;
		__u8 header[4];

		walk->seen[pos / 4] = true;
		if (!walk->f->ops->config(walk->f, pos, header, walk->extended ? 4 : 2))
			break;
		if (walk->extended) {
			found = header[0] | header[1] << 8;
			walk->next = (header[2] >> 4 | header[3] << 4) & ~3;
		} else {
			found = header[0];
			walk->next = header[1] & ~3;
			/* The end of the list, as in the kernel */
			if (found == CAP_ID_BROKEN)
				break;
		}
		if (found == id)
			return pos;
	}
	walk->next = 0;
	return 0;
}

/**
 * pvfeat_capability - find a capability that is not extended
 * @f: the function
 * @id: the ID
 *
 * Return: the offset of the first one in config space, 0 if there is none.
 */
unsigned int pvfeat_capability(struct pvfeat_function *f, unsigned int id)
{
	struct pvfeat_walk walk;

	pvfeat_walk_start(&walk, f, false);
	return pvfeat_walk_next(&walk, id);
}

/* Read a capability into @walk->cap, each byte once */
static void read_capability(struct pvfeat_walk *walk, unsigned int pos)
{
	const unsigned int want = walk->extended ? PVFEAT_DVSEC_BYTES :
						   PVFEAT_VNDR_BYTES;
	unsigned int i;

	walk->room = (walk->extended ? PVFEAT_CONFIG_BYTES_EXTENDED :
				       PVFEAT_CONFIG_BYTES) - pos;
	memset(walk->cap, 0xff, sizeof(walk->cap));
	/* A dword that cannot be read becomes all ones, as in the kernel */
	for (i = 0; i < want && i < walk->room; i += 4)
		if (!walk->f->ops->config(walk->f, pos + i, walk->cap + i, 4))
			memset(walk->cap + i, 0xff, 4);
}

/**
 * pvfeat_walk_locator - find the next locator
 * @walk: from pvfeat_walk_start(); its cap and room are filled in
 * @locator: filled in if the locator is good
 * @verdict: PVFEAT_OK, or why the locator is broken
 *
 * Skips foreign capabilities, but not broken locators. As in the driver,
 * pvfeat_locator_parse() distinguishes the two.
 *
 * Return: the locator's offset in config space, 0 if there is none.
 */
unsigned int pvfeat_walk_locator(struct pvfeat_walk *walk,
				 struct pvfeat_locator *locator,
				 struct pvfeat_verdict *verdict)
{
	const unsigned int id = walk->extended ? PCI_EXT_CAP_ID_DVSEC :
						 PCI_CAP_ID_VNDR;
	unsigned int pos;

	while ((pos = pvfeat_walk_next(walk, id))) {
		read_capability(walk, pos);
		if (pvfeat_locator_parse(walk->cap, walk->room, walk->extended,
					 locator, verdict) ||
		    verdict->check != PVFEAT_BAD_LOCATOR_HEADER)
			break;
	}
	return pos;
}

/**
 * pvfeat_bar_address - read the address in a memory BAR from config space
 * @f: the function, an endpoint
 * @bar: number of the BAR, 0..5
 * @address: filled in: 0 if the BAR is not implemented or has no address
 *
 * For a transport whose system does not report it.
 *
 * Return: false if @bar is an I/O BAR or the upper half of a 64-bit BAR.
 */
bool pvfeat_bar_address(struct pvfeat_function *f, unsigned int bar, __u64 *address)
{
	__u8 bytes[PCI_STD_NUM_BARS * 4];
	unsigned int i = 0, n;

	if (bar > PVFEAT_LOCATOR_BAR_MAX ||
	    !f->ops->config(f, PCI_BASE_ADDRESS_0, bytes, sizeof(bytes)))
		return false;
	for (;; i += n / 4) {
		n = (bytes[4 * i] & (PCI_BASE_ADDRESS_SPACE | PCI_BASE_ADDRESS_MEM_TYPE_MASK)) ==
		    PCI_BASE_ADDRESS_MEM_TYPE_64 ? 8 : 4;
		if (i + n / 4 > bar)
			break;
	}
	if (i != bar || bytes[4 * i] & PCI_BASE_ADDRESS_SPACE_IO || 4 * i + n > sizeof(bytes))
		return false;
	*address = 0;
	while (n--)
		*address = *address << 8 | bytes[4 * i + n];
	/* Without the flags */
	*address &= ~0xfull;
	return true;
}

/**
 * pvfeat_locate - find a function's locator
 * @f: the function; its locator is filled in
 * @error: EBADMSG: the locator is broken, or the function is not an endpoint; ENODEV: there
 *         is no locator; EACCES: config space cannot be read
 *
 * Uses the first locator: a DVSEC if the function has a PCI Express capability, otherwise
 * a vendor-specific capability (PVF-DRV-08, PVF-DRV-07).
 *
 * Return: true if there is a good locator.
 */
bool pvfeat_locate(struct pvfeat_function *f, struct pvfeat_error *error)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_walk walk;
	char text[PVFEAT_VERDICT_TEXT];
	unsigned int pos;
	__u8 type, byte;

	if (!config8(f, PCI_HEADER_TYPE, &type))
		return pvfeat_fail(error, ENODEV, "its config space cannot be read");
	if (!config8(f, CAP_FIRST, &byte))
		return pvfeat_fail(error, EACCES, "reading its capabilities requires root");

	pvfeat_walk_start(&walk, f, pvfeat_capability(f, PCI_CAP_ID_EXP));
	pos = pvfeat_walk_locator(&walk, &f->locator, &verdict);
	if (!pos)
		return pvfeat_fail(error, ENODEV, "it has no locator");
	/* PVF-DRV-06 */
	if (type & PVFEAT_HEADER_TYPE_BITS)
		return pvfeat_fail(error, EBADMSG, "header type %u is not an endpoint's",
				   type & PVFEAT_HEADER_TYPE_BITS);
	if (verdict.check == PVFEAT_OK &&
	    pvfeat_locator_fits(&f->locator, f->ops->bar_size(f, f->locator.bar),
				&verdict))
		return true;
	pvfeat_describe_verdict(&verdict, text, sizeof(text));
	return pvfeat_fail(error, EBADMSG, "%s", text);
}

/**
 * pvfeat_map - find a function's table and make it readable
 * @f: the function
 * @error: see pvfeat_locate(), or why the BAR cannot be mapped
 *
 * Return: true if pvfeat_snapshot() may be called.
 */
bool pvfeat_map(struct pvfeat_function *f, struct pvfeat_error *error)
{
	return pvfeat_locate(f, error) && f->ops->map(f, f->locator.bar, error);
}

static __u32 read_word(void *context, unsigned int word)
{
	struct pvfeat_function *f = context;

	return f->ops->read(f, (__u64)f->locator.offset + word * 4, 4);
}

bool pvfeat_snapshot(struct pvfeat_function *f, struct pvfeat_table *table,
		     struct pvfeat_error *error)
{
	const struct timespec pause = { .tv_nsec = SNAPSHOT_WAIT_NS };
	unsigned int tries = SNAPSHOT_TRIES;
	struct pvfeat_verdict verdict;
	char text[PVFEAT_VERDICT_TEXT];

	while (!pvfeat_table_read(table, read_word, f, f->locator.length / 4,
				  &verdict)) {
		if (pvfeat_verdict_transient(&verdict) && --tries) {
			nanosleep(&pause, NULL);
			continue;
		}
		pvfeat_describe_verdict(&verdict, text, sizeof(text));
		return pvfeat_fail(error, verdict.check == PVFEAT_BAD_GONE ? ENXIO :
				   tries ? EBADMSG : EAGAIN, "%s", text);
	}
	return true;
}

bool pvfeat_listen(struct pvfeat_function *f)
{
	return f->ops->listen && f->ops->listen(f);
}

int pvfeat_wait(struct pvfeat_function *f, int ms)
{
	return f->ops->wait(f, ms);
}

void pvfeat_close(struct pvfeat_function *f)
{
	if (f)
		f->ops->close(f);
}
