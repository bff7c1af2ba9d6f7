// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: finding and reading a table through config space,
 * tools/pvfeat/lib/function.c, on a device whose contents may all be wrong and change
 * during the accesses.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"

/* Reads of each capability: to detect PCI Express, its header, the dwords in it */
#define CONFIGS_MAX	((2 + PVFEAT_DVSEC_BYTES / 4) * PVFEAT_CONFIG_BYTES_EXTENDED / 4)
/* PVF-DRV-25: number of attempts, and nanoseconds between them */
#define ATTEMPTS_MAX	100
#define NAP_NS		110000

static void check_error(const struct pvfeat_error *error)
{
	CHECK(error->code > 0 && *error->text);
	CHECK(strlen(error->text) < sizeof(error->text));
	CHECK(!strchr(error->text, '\n'));
}

/* Whether config space contains a locator with these values */
static bool is_in_config(const struct fuzz_device *d, const struct pvfeat_locator *l)
{
	unsigned int at;

	for (at = 0; at + PVFEAT_LOCATOR_BYTES <= d->readable; at += 4) {
		struct fuzz_input body = { d->config + at, PVFEAT_LOCATOR_BYTES };

		if (fuzz_take(&body, 4) == PVFEAT_LOCATOR_MAGIC &&
		    fuzz_take(&body, 1) == PVFEAT_LOCATOR_REVISION_1 &&
		    fuzz_take(&body, 1) == l->bar && (fuzz_take(&body, 2), 1) &&
		    fuzz_take(&body, 4) == l->offset &&
		    fuzz_take(&body, 4) == l->length)
			return true;
	}
	return false;
}

/* An address contains no flags, and there is no seventh BAR */
static void check_bars(struct fuzz_device *d)
{
	unsigned int bar;
	__u64 address;

	for (bar = 0; bar <= PVFEAT_LOCATOR_BAR_MAX + 1; bar++) {
		if (pvfeat_bar_address(&d->f, bar, &address))
			CHECK(bar <= PVFEAT_LOCATOR_BAR_MAX && !(address & 0xf));
	}
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	static struct pvfeat_table table;
	struct pvfeat_error error = { 0 };
	static struct fuzz_device d;
	bool there;

	fuzz_device(&d, &in);
	there = pvfeat_map(&d.f, &error);
	CHECK(d.configs <= CONFIGS_MAX);
	CHECK(!d.reads);
	if (!there) {
		check_error(&error);
		CHECK(error.code == EBADMSG || error.code == ENODEV ||
		      error.code == EACCES || (d.unmappable && error.code == EBUSY));
		check_bars(&d);
		return 0;
	}
	CHECK(d.f.locator.bar <= PVFEAT_LOCATOR_BAR_MAX);
	CHECK(d.f.locator.length <= d.bar_size[d.f.locator.bar]);
	if (!d.changes)
		CHECK(is_in_config(&d, &d.f.locator));

	if (!pvfeat_snapshot(&d.f, &table, &error)) {
		check_error(&error);
		CHECK(error.code == EBADMSG || error.code == EAGAIN ||
		      error.code == ENXIO);
	} else {
		CHECK(table.nr <= d.f.locator.length / 4);
	}
	CHECK(fuzz_naps.nr < ATTEMPTS_MAX);
	CHECK(error.code != EAGAIN || fuzz_naps.nr == ATTEMPTS_MAX - 1);
	CHECK(fuzz_naps.ns >= fuzz_naps.nr * (__u64)NAP_NS);
	CHECK(d.reads <= (fuzz_naps.nr + 1) * (PVFEAT_TABLE_MAX_WORDS + 1));
	check_bars(&d);
	pvfeat_close(NULL);
	CHECK(!d.closed);
	pvfeat_close(&d.f);
	CHECK(d.closed == 1);
	return 0;
}
