// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * judge DUMP: for each function of a dump for "lspci -F", print a line with its
 * address, the result of pvfeat_locate(), and the result of "pvfeat conformance":
 * the failed requirements, or "conforms".
 *
 * The result of pvfeat_locate() is "good", "none", "unreadable" or the name of the
 * check that refuses the locator. A dump has no BARs: each is simulated as a memory BAR
 * with room for every locator, with a good table at the locator's offset.
 */
#include <errno.h>
#include <pci/pci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#define BAR_BYTES	0x200000000ull

struct dumped {
	struct pvfeat_function f;
	struct pci_dev *dev;
};

static bool config(struct pvfeat_function *f, unsigned int pos, void *buf,
		   unsigned int n)
{
	return pci_read_block(((struct dumped *)f)->dev, pos, buf, n);
}

static __u64 bar_size(struct pvfeat_function *f, unsigned int bar)
{
	(void)f;
	return bar <= PVFEAT_LOCATOR_BAR_MAX ? BAR_BYTES : 0;
}

static bool map(struct pvfeat_function *f, unsigned int bar,
		struct pvfeat_error *error)
{
	(void)error;
	return bar == f->locator.bar;
}

static __u64 read_bar(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	static const __u32 words[] = {
		PVFEAT_MAX_LEAF(1), PVFEAT_SIGNATURE_B, PVFEAT_SIGNATURE_C,
		PVFEAT_SIGNATURE_D, PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT,
		[PVFEAT_W_NWORDS] = 1, [PVFEAT_W_FEATURES] = 1 << PVFEAT_VTPM,
	};
	const __u64 at = offset - f->locator.offset;
	__u64 value = 0;
	unsigned int i;

	for (i = 0; i < width; i++)
		if (at + i < sizeof(words))
			value |= (words[(at + i) / 4] >> (at + i) % 4 * 8 & 0xffull) << i * 8;
	return value;
}

static const struct pvfeat_function_ops dumped_ops = {
	.config = config, .bar_size = bar_size, .map = map, .read = read_bar,
};

/* The name of the check whose text is a prefix of the error */
static const char *name_of(const struct pvfeat_error *error)
{
	static const char *const names[] = {
#define NAME_(id, text) [PVFEAT_BAD_##id] = #id,
		PVFEAT_CHECKS(NAME_)
	};
	unsigned int i;

	for (i = 1; i < PVFEAT_NR_CHECKS; i++)
		if (!strncmp(error->text, pvfeat_check_text(i),
			     strlen(pvfeat_check_text(i))))
			return names[i];
	return error->text;
}

static void judge(struct pci_dev *dev)
{
	struct dumped d = { { .ops = &dumped_ops }, dev };
	struct conformance c = { .function = &d.f };
	struct pvfeat_error error = { 0 };
	unsigned int failed, number;
	char *tap, *line;
	size_t size;
	bool good;

	good = pvfeat_locate(&d.f, &error);
	printf("%02x:%02x.%d %s", dev->bus, dev->dev, dev->func, good ? "good" :
	       error.code == EACCES ? "unreadable" :
	       error.code == ENODEV ? "none" : name_of(&error));

	d.f.locator = (struct pvfeat_locator){ 0 };
	c.out = open_memstream(&tap, &size);
	if (!c.out)
		abort();
	failed = conformance_run(&c);
	fclose(c.out);
	for (line = strtok(tap, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "not ok %*u - PVF-DEV-%u", &number) == 1)
			printf(" PVF-DEV-%02u", number);
	free(tap);
	puts(c.error.code ? " unreadable" : failed ? "" : " conforms");
}

int main(int argc, char **argv)
{
	struct pci_access *access = pci_alloc();
	struct pci_dev *dev;

	access->method = PCI_ACCESS_DUMP;
	if (argc != 2 || pci_set_param(access, "dump.name", argv[1]))
		return 2;
	pci_init(access);
	pci_scan_bus(access);
	for (dev = access->devices; dev; dev = dev->next)
		judge(dev);
	pci_cleanup(access);
	return 0;
}
