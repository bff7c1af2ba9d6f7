// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the conformance checks, tools/pvfeat/conformance/conformance.c, on a device
 * whose contents may all be wrong and change during the checks.
 */
#include <string.h>

#include "conformance.h"
#include "fuzz.h"
#include "requirements.h"

#define COUNT_(kind, number, text) + 1
#define NR_REQUIREMENTS	(0 PVFEAT_REQUIREMENTS(COUNT_))

/* Sleeps of all checks together: snapshots with 100 attempts each */
#define NAPS_MAX	(8 * 100)
/* Reads: a megabyte of the BAR, and the snapshots */
#define READS_MAX	((1 << 20) / 4 + NAPS_MAX * (PVFEAT_TABLE_MAX_WORDS + 1))

/* Change the table and GENERATION, as specified by the input */
static bool change(struct conformance *c)
{
	struct fuzz_device *d = (struct fuzz_device *)c->function;
	const __u32 what = fuzz_take(d->in, 1);

	d->changes++;
	d->bar[PVFEAT_W_PARAVISOR_VERSION] += what >> 4;
	d->bar[PVFEAT_W_GENERATION] += what & 0xf;
	return what != 0xff;
}

/* Check the TAP: a plan, one result for each requirement in order, and reasons */
static void check_tap(const char *text, unsigned int failed)
{
	unsigned int results = 0, bad = 0, number;
	int n;

	CHECK(sscanf(text, "TAP version 13\n1..%u\n%n", &number, &n) == 1);
	CHECK(number == NR_REQUIREMENTS);
	for (text += n; *text; text = strchr(text, '\n') + 1) {
		bool ok = !strncmp(text, "ok ", 3);

		CHECK(strchr(text, '\n'));
		/* No feature is reported beyond the feature words */
		CHECK(sscanf(text, "# feature %u", &number) != 1 ||
		      number < PVFEAT_FEATURES_MAX);
		if (*text == '#')
			continue;
		CHECK(ok || !strncmp(text, "not ok ", 7));
		CHECK(sscanf(text, ok ? "ok %u - PVF-DEV-" : "not ok %u - PVF-DEV-",
			     &number) == 1);
		CHECK(number == ++results);
		bad += !ok;
	}
	CHECK(results == NR_REQUIREMENTS);
	CHECK(bad == failed);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static struct pvfeat_table firmware, table;
	struct fuzz_input in = { data, size };
	struct pvfeat_error error;
	struct conformance c = { 0 };
	static struct fuzz_device d;
	unsigned int flags, failed;
	char *text;
	bool good;
	size_t n;

	memset(&firmware, 0, sizeof(firmware));
	flags = fuzz_take(&in, 1);
	fuzz_device(&d, &in);
	c.function = &d.f;
	c.writes = flags & 1;
	c.change = flags & 2 ? change : NULL;
	if (flags & 4) {
		/* The firmware's table is unchecked input, too */
		firmware.nr = fuzz_good_table(firmware.words, 1);
		if (flags & 8)
			firmware.nr = fuzz_take(&in, 2);
		c.firmware = &firmware;
		c.firmware_name = "cpuid";
	}
	c.out = open_memstream(&text, &n);
	CHECK(c.out);
	failed = conformance_run(&c);
	CHECK(!fclose(c.out));
	check_tap(text, failed);
	CHECK(fuzz_naps.nr <= NAPS_MAX && d.reads <= READS_MAX);
	free(text);

	/* A device that a driver refuses must not conform, unless the device has changed */
	if (!failed && !c.error.code) {
		good = pvfeat_map(&d.f, &error) && pvfeat_snapshot(&d.f, &table, &error);
		CHECK(good || d.changes);
	}
	return 0;
}
