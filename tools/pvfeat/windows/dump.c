// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to the functions of a dump: config space through libpci, which parses the output
 * of lspci; the sizes of BARs from the same output; a BAR from its image.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "parse.h"
#include "pci.h"

/* Larger than any BAR that a function needs for a table */
#define IMAGE_MAX	(64u << 20)
#define NR_BARS		(PVFEAT_LOCATOR_BAR_MAX + 1)

/**
 * struct dump_function - a function of a dump
 * @f: the function, as the caller uses it
 * @access: libpci's handle
 * @dev: libpci's device
 * @bar: the BAR that the locator names; NR_BARS if there is no good locator
 * @image: the contents of that BAR; NULL if there is no image
 * @bytes: number of bytes of @image
 * @sizes: sizes of the memory BARs; 0 if the dump does not contain the size
 */
struct dump_function {
	struct pvfeat_function f;
	struct pci_access *access;
	struct pci_dev *dev;
	unsigned int bar;
	__u8 *image;
	size_t bytes;
	__u64 sizes[NR_BARS];
};

#define to_dump(function) ((struct dump_function *)(function))

static bool config(struct pvfeat_function *f, unsigned int pos, void *buf, unsigned int n)
{
	return pci_read_block(to_dump(f)->dev, pos, buf, n);
}

static __u64 bar_size(struct pvfeat_function *f, unsigned int bar)
{
	struct dump_function *d = to_dump(f);
	__u64 address;

	/* A BAR without an address may only be unassigned */
	if (!pvfeat_bar_address(f, bar, &address) || (!address && !d->sizes[bar]))
		return 0;
	if (d->image && bar == d->bar)
		return d->bytes;
	return d->sizes[bar] ?: PVFEAT_BAR_SIZE_UNKNOWN;
}

static bool map(struct pvfeat_function *f, unsigned int bar, struct pvfeat_error *error)
{
	struct dump_function *d = to_dump(f);

	if (!d->image || bar != d->bar)
		return pvfeat_fail(error, ENODATA,
				   "the table was not judged: there is no image of BAR%u, see --bar",
				   bar);
	return true;
}

static __u64 read_bar(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	struct dump_function *d = to_dump(f);
	__u64 value = 0;

	if (offset > d->bytes || width > d->bytes - offset)
		return ~0ull;
	while (width--)
		value = value << 8 | d->image[offset + width];
	return value;
}

static void close_function(struct pvfeat_function *f)
{
	struct dump_function *d = to_dump(f);

	pci_cleanup(d->access);
	free(d->image);
	free(d);
}

static const struct pvfeat_function_ops dump_ops = {
	.config = config,
	.bar_size = bar_size,
	.map = map,
	.read = read_bar,
	.close = close_function,
};

/* Parse a line of "lspci -vv": Region 0: Memory at ... [size=64K] */
static void parse_region(const char *line, __u64 *sizes)
{
	static const char units[] = "KMGTPE";
	unsigned long long size;
	const char *where, *unit;
	unsigned int bar;
	char *end;

	if (sscanf(line, " Region %1u: Memory at", &bar) != 1 || bar >= NR_BARS)
		return;
	where = strstr(line, "[size=");
	if (!where || !strstr(line, ": Memory at "))
		return;
	size = strtoull(where + strlen("[size="), &end, 10);
	unit = *end && *end != ']' ? strchr(units, *end) : NULL;
	sizes[bar] = unit ? size << (unit - units + 1) * 10 : size;
}

/* Read the sizes of BARs from the lines that libpci ignores */
static void read_sizes(struct dump_function *d, const char *file)
{
	FILE *in = fopen(file, "re");
	char line[1024], address[16], name[sizeof(d->f.name)];
	bool ours = false;

	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%15[0-9a-f:.] ", address) == 1 &&
		    parse_address(address, name, sizeof(name)))
			ours = !strcmp(name, d->f.name);
		else if (ours)
			parse_region(line, d->sizes);
	}
	fclose(in);
}

static bool read_image(struct dump_function *d, const char *file, struct pvfeat_error *error)
{
	FILE *in = fopen(file, "re");
	bool good;

	if (!in)
		return pvfeat_fail(error, errno, "%s: %s", file, strerror(errno));
	d->image = malloc(IMAGE_MAX + 1);
	if (d->image)
		d->bytes = fread(d->image, 1, IMAGE_MAX + 1, in);
	good = d->image && !ferror(in);
	fclose(in);
	if (!good)
		return pvfeat_fail(error, ENODATA, "%s: cannot be read", file);
	if (!d->bytes || d->bytes > IMAGE_MAX)
		return pvfeat_fail(error, EBADMSG, "%s: an image has 1 byte to %u MiB", file,
				   IMAGE_MAX >> 20);
	if (d->bar < NR_BARS && d->sizes[d->bar] && d->sizes[d->bar] != d->bytes)
		return pvfeat_fail(error, EBADMSG, "%s has 0x%zx bytes, but BAR%u has 0x%llx", file,
				   d->bytes, d->bar, (unsigned long long)d->sizes[d->bar]);
	return true;
}

/*
 * Use a device of the dump: set its name, and the BAR that its first locator names. Returns
 * whether it carries a locator.
 */
static bool use(struct dump_function *d, struct pci_dev *dev)
{
	struct pvfeat_locator locator = { 0 };
	struct pvfeat_verdict verdict;
	struct pvfeat_walk walk;

	d->dev = dev;
	d->bar = NR_BARS;
	pci_name(dev, d->f.name, sizeof(d->f.name));
	pvfeat_walk_start(&walk, &d->f, pvfeat_capability(&d->f, PCI_CAP_ID_EXP));
	if (!pvfeat_walk_locator(&walk, &locator, &verdict))
		return false;
	if (verdict.check == PVFEAT_OK)
		d->bar = locator.bar;
	return true;
}

/* Find the function, and use it */
static bool find(struct dump_function *d, const char *address, struct pvfeat_error *error)
{
	struct pci_dev *const all = d->access->devices, *found = NULL, *dev;
	unsigned int nr = 0;

	for (dev = all; dev; dev = dev->next) {
		const bool carries = use(d, dev);

		if (address ? !strcmp(d->f.name, address) : carries) {
			found = dev;
			nr++;
		}
	}
	if (!found && address)
		return pvfeat_fail(error, ENODEV, "%s: the dump has no such function", address);
	if (nr > 1)
		return pvfeat_fail(error, EINVAL, "%u functions carry a locator: name one", nr);
	if (!found && (!all || all->next))
		return pvfeat_fail(error, ENODEV, "no function of the dump carries a locator: name one");
	use(d, found ?: all);
	return true;
}

/* Whether the dump has the config space that the checks read */
static bool is_complete(struct dump_function *d, struct pvfeat_error *error)
{
	const unsigned int need = pvfeat_capability(&d->f, PCI_CAP_ID_EXP) ?
				  PVFEAT_CONFIG_BYTES_EXTENDED : PVFEAT_CONFIG_BYTES;
	__u8 byte;

	return config(&d->f, need - 1, &byte, 1) ||
	       pvfeat_fail(error, ENODATA,
			   "the dump has less than the %u bytes of config space of %s: run lspci -xxxx as root",
			   need, d->f.name);
}

struct pvfeat_function *dump_open(const char *file, const char *image, const char *address,
				  struct pvfeat_error *error)
{
	struct dump_function *d = calloc(1, sizeof(*d));

	if (!d) {
		pvfeat_fail(error, ENOMEM, "out of memory");
		return NULL;
	}
	d->f.ops = &dump_ops;
	d->access = pci_start();
	d->access->method = PCI_ACCESS_DUMP;
	pci_set_param(d->access, "dump.name", (char *)file);
	pci_init(d->access);
	pci_scan_bus(d->access);
	if (find(d, address, error) && is_complete(d, error)) {
		read_sizes(d, file);
		if (!image || read_image(d, image, error))
			return &d->f;
	}
	close_function(&d->f);
	return NULL;
}
