// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Check a function against the requirements PVF-DEV-nn of spec/pci-device.md.
 *
 * Each requirement is checked separately, on the words as they were read. The driver's
 * parser does not suffice: it stops at the first error, and one of its checks may cover
 * two requirements. If a requirement cannot be checked because another one failed, it is
 * skipped and the reason names the other one, so that a device with one fault fails one
 * requirement.
 *
 * All input from the device is hostile; it is bounded before use.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "conformance.h"
#include "requirements.h"

/* Bytes of the MSI-X capability, which <linux/pci_regs.h> does not define */
#define MSIX_BYTES		0x0c

/* Attempts to take a snapshot, and the delay between them: one second in total */
#define SNAPSHOT_TRIES		100
#define SNAPSHOT_WAIT_MS	10
#define SNAPSHOT_MS		(SNAPSHOT_TRIES * SNAPSHOT_WAIT_MS)
#define RESTLESS		"GENERATION did not stabilise at an even number within %u ms"
#define NO_SIZE			"the dump has no size of BAR%u; use lspci -vvxxxx"
#define CHANGED			"the table changed during the check"
/* Read at most this much of a BAR */
#define BAR_MAX_BYTES		0x100000
/* Time limit for vector 0 */
#define VECTOR_MS		5000

enum result { PASS, FAIL, SKIP };

/* The preconditions of a check */
enum {
	NEEDS_LOCATOR = 1,	/* there is a locator, and its body is valid */
	NEEDS_TABLE = 2,	/* the window is mapped, and a consistent snapshot was read */
	NEEDS_NWORDS = 4,	/* the length of the table is valid */
};

/**
 * struct run - a run of all checks, and the data that they share
 * @c: the caller's parameters
 * @f: the function
 * @unreadable: why config space cannot be read, or NULL
 * @express: offset of the PCI Express capability, 0 if there is none
 * @locators: number of locators
 * @pos: offset of @cap in config space
 * @cap: the first locator; all ones where config space ends
 * @room: bytes of config space from @pos on
 * @parsed: the verdict of the driver's parser on @cap
 * @bar_size: size of the BAR that the locator names, 0 if there is no such BAR
 * @refused: why a driver refuses the function or its table; PVFEAT_OK if not
 * @no_locator: why there is no valid locator, or NULL
 * @no_table: why the table cannot be checked, or NULL
 * @words: the words of the window at the beginning of the run
 * @nr: number of @words
 * @deaf: why vector 0 cannot be observed after the change, or NULL
 * @note: what was found and expected, or why the check was skipped
 */
struct run {
	struct conformance *c;
	struct pvfeat_function *f;
	const char *unreadable;
	unsigned int express;
	unsigned int locators, pos;
	__u8 cap[PVFEAT_DVSEC_BYTES];
	unsigned int room;
	struct pvfeat_verdict parsed;
	__u64 bar_size;
	struct pvfeat_verdict refused;
	const char *no_locator, *no_table;
	__u32 words[PVFEAT_TABLE_MAX_WORDS];
	unsigned int nr;
	const char *deaf;
	char note[320];
};

/* Set the note of a check, and return its result */
static enum result say(struct run *run, enum result result, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

static enum result say(struct run *run, enum result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run->note, sizeof(run->note), format, args);
	va_end(args);
	return result;
}

static void nap(unsigned int ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000L };

	nanosleep(&pause, NULL);
}

static __u32 get_le(const __u8 *p, unsigned int bytes)
{
	__u32 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/* ---- gathering data before the checks ------------------------------------ */

/* Read @want bytes of config space; they become all ones on failure */
static void read_config(struct run *run, unsigned int pos, __u8 *buf,
			unsigned int want)
{
	memset(buf, 0xff, want);
	if (!run->f->ops->config(run->f, pos, buf, want))
		memset(buf, 0xff, want);
}

/* Count the locators, good and broken */
static void find_locators(struct run *run)
{
	struct pvfeat_locator locator = { 0 };
	struct pvfeat_verdict verdict;
	struct pvfeat_walk walk;
	unsigned int pos;

	pvfeat_walk_start(&walk, run->f, run->express);
	while ((pos = pvfeat_walk_locator(&walk, &locator, &verdict))) {
		if (run->locators++)
			continue;
		run->pos = pos;
		run->room = walk.room;
		memcpy(run->cap, walk.cap, sizeof(run->cap));
		run->parsed = verdict;
		/* Contains the fields that were parsed before an error */
		run->f->locator = locator;
	}
}

static __u32 read_word(struct run *run, unsigned int w)
{
	return run->f->ops->read(run->f, (__u64)run->f->locator.offset + w * 4, 4);
}

/*
 * Read the window's words, all of one even GENERATION, by the protocol of section 7 of
 * the specification, without checking them. On failure they are those of the last
 * attempt.
 */
static bool snapshot(struct run *run, __u32 *words)
{
	unsigned int tries = SNAPSHOT_TRIES, i;
	__u32 before, after;

	for (;;) {
		before = read_word(run, PVFEAT_W_GENERATION);
		for (i = 0; i < run->nr; i++)
			if (i != PVFEAT_W_GENERATION)
				words[i] = read_word(run, i);
		after = read_word(run, PVFEAT_W_GENERATION);
		words[PVFEAT_W_GENERATION] = after;
		if (before == after && !(after & PVFEAT_GENERATION_ODD))
			return true;
		if (!--tries)
			return false;
		nap(SNAPSHOT_WAIT_MS);
	}
}

/* Whether GENERATION differs from that of the beginning of the run */
static bool moved(struct run *run)
{
	return read_word(run, PVFEAT_W_GENERATION) !=
	       run->words[PVFEAT_W_GENERATION];
}

/* A table of a later minor version may use all the room of the window */
static __u32 nwords_max(struct run *run)
{
	return run->words[PVFEAT_W_VERSION] & PVFEAT_VERSION_MINOR_MASK ?
	       PVFEAT_NWORDS_ROOM : PVFEAT_NWORDS_MAX;
}

static bool nwords_good(struct run *run)
{
	__u32 nwords = run->words[PVFEAT_W_NWORDS];

	return nwords >= PVFEAT_NWORDS_MIN && nwords <= nwords_max(run) &&
	       PVFEAT_LEAVES(nwords) * PVFEAT_WORDS_PER_LEAF <= run->nr;
}

/* The end of the table in words; the end of the window if NWORDS is invalid */
static unsigned int table_end(struct run *run)
{
	if (!nwords_good(run))
		return run->nr;
	return PVFEAT_LEAVES(run->words[PVFEAT_W_NWORDS]) * PVFEAT_WORDS_PER_LEAF;
}

static bool has(struct run *run, unsigned int feature)
{
	return pvfeat_words_have(run->words + PVFEAT_W_FEATURES,
				 run->words[PVFEAT_W_NWORDS], feature);
}

static enum result check_bounds(struct run *run);

static void gather_table(struct run *run)
{
	struct pvfeat_function *f = run->f;

	if (run->no_locator) {
		run->no_table = run->no_locator;
		return;
	}
	if (check_bounds(run) == FAIL) {
		run->no_table = "cannot be judged while PVF-DEV-19 fails";
		return;
	}
	if (!f->ops->map(f, f->locator.bar, &run->c->error)) {
		run->no_table = run->c->error.text;
		return;
	}
	run->nr = f->locator.length / 4;
	if (!snapshot(run, run->words))
		run->no_table = "cannot be judged while PVF-DEV-27 fails";
}

/* Run the driver's check of a table on words */
static bool check_words(struct run *run, const __u32 *words,
			struct pvfeat_verdict *verdict)
{
	struct pvfeat_table table = { .nr = run->nr };

	memcpy(table.words, words, run->nr * sizeof(*words));
	return pvfeat_table_check(&table, verdict);
}

/* Run the driver's checks on the locator and the table that were read */
static void ask_driver(struct run *run)
{
	run->refused = run->parsed;
	if (!run->locators)
		run->refused.check = PVFEAT_BAD_LOCATOR_HEADER;
	if (run->refused.check != PVFEAT_OK ||
	    !pvfeat_locator_fits(&run->f->locator, run->bar_size, &run->refused) ||
	    run->no_table)
		return;
	check_words(run, run->words, &run->refused);
}

static void gather(struct run *run)
{
	struct pvfeat_function *f = run->f;
	__u8 byte;

	if (!f->ops->config(f, 0, &byte, 1))
		run->unreadable = "config space cannot be read";
	else if (!f->ops->config(f, PVFEAT_CONFIG_BYTES - 1, &byte, 1))
		run->unreadable = "reading capabilities requires root";
	else
		run->express = pvfeat_capability(f, PCI_CAP_ID_EXP);
	if (run->express && !f->ops->config(f, PVFEAT_CONFIG_BYTES, &byte, 1))
		run->unreadable = "extended config space cannot be read here";
	if (run->unreadable) {
		pvfeat_fail(&run->c->error, EACCES, "%s", run->unreadable);
		run->no_locator = run->unreadable;
		run->no_table = run->unreadable;
		return;
	}

	find_locators(run);
	if (!run->locators) {
		run->no_locator = "there is no locator";
	} else {
		/* PVF-DEV-19 covers errors of the bounds; after others no field is valid */
		switch (run->parsed.check) {
		case PVFEAT_OK:
			run->bar_size = f->ops->bar_size(f, f->locator.bar);
			break;
		case PVFEAT_BAD_LOCATOR_BAR:
		case PVFEAT_BAD_LOCATOR_ALIGN:
		case PVFEAT_BAD_LOCATOR_LENGTH:
			break;
		default:
			run->no_locator = "cannot be judged while PVF-DEV-18 fails";
		}
	}
	gather_table(run);
	ask_driver(run);
}

/* ---- the function and its locator ---------------------------------------- */

static enum result check_one_locator(struct run *run)
{
	const char *kind = run->express ? "a DVSEC" : "a vendor-specific capability";
	__u8 type, flags;

	if (run->unreadable)
		return say(run, SKIP, "%s", run->unreadable);
	read_config(run, PCI_HEADER_TYPE, &type, 1);
	if (type & PVFEAT_HEADER_TYPE_BITS)
		return say(run, FAIL, "header type is %u, not 0",
			   type & PVFEAT_HEADER_TYPE_BITS);
	if (run->express) {
		read_config(run, run->express + PCI_EXP_FLAGS, &flags, 1);
		type = (flags & PCI_EXP_FLAGS_TYPE) >> 4;
		if (type != PCI_EXP_TYPE_ENDPOINT && type != PCI_EXP_TYPE_LEG_END &&
		    type != PCI_EXP_TYPE_RC_END)
			return say(run, FAIL, "Device/Port Type is %u, not %u, %u or %u",
				   type, PCI_EXP_TYPE_ENDPOINT, PCI_EXP_TYPE_LEG_END,
				   PCI_EXP_TYPE_RC_END);
	}
	if (run->locators != 1)
		return say(run, FAIL, "%u locators, not one", run->locators);
	return say(run, PASS, "%s at 0x%x", kind, run->pos);
}

struct field {
	const char *name;
	__u8 offset, bytes;
	__u32 mask, value;
};

#define WHOLE(name, offset, bytes, value) \
	{ name, offset, bytes, 0xffffffffu, value }

/* Find the first of @nr fields that has a wrong value, or NULL */
static const struct field *wrong_field(const __u8 *cap, const struct field *fields,
				       size_t nr, __u32 *found)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		*found = get_le(cap + fields[i].offset, fields[i].bytes) &
			 fields[i].mask;
		if (*found != fields[i].value)
			return &fields[i];
	}
	return NULL;
}

static enum result check_fields(struct run *run)
{
	static const struct field dvsec[] = {
		{ "header", 0, 4, 0xfffff, 1 << 16 | PCI_EXT_CAP_ID_DVSEC },
		WHOLE("DVSEC_HEADER1", PVFEAT_DVSEC_HEADER1, 4,
		      PVFEAT_DVSEC_BYTES << 20 | PVFEAT_DVSEC_REVISION << 16 |
		      PVFEAT_DVSEC_VENDOR),
		WHOLE("DVSEC_HEADER2", PVFEAT_DVSEC_HEADER2, 2, PVFEAT_DVSEC_ID),
		WHOLE("reserved field at 0x0a", 0x0a, 2, 0),
	}, vndr[] = {
		WHOLE("id", 0, 1, PCI_CAP_ID_VNDR),
		WHOLE("VNDR_LENGTH", PVFEAT_VNDR_LENGTH, 1,
		      PVFEAT_VNDR_BYTES),
		WHOLE("reserved field at 0x03", 0x03, 1, 0),
	}, body[] = {
		WHOLE("LOCATOR_SIGNATURE", PVFEAT_LOCATOR_SIGNATURE, 4,
		      PVFEAT_LOCATOR_MAGIC),
		WHOLE("LOCATOR_REVISION", PVFEAT_LOCATOR_REVISION, 1,
		      PVFEAT_LOCATOR_REVISION_1),
		WHOLE("LOCATOR_RESERVED", PVFEAT_LOCATOR_RESERVED, 2, 0),
	};
	const struct field *wrong;
	__u32 found;

	if (!run->locators)
		return say(run, SKIP, "%s", run->no_locator);
	if (run->room < (run->express ? PVFEAT_DVSEC_BYTES : PVFEAT_VNDR_BYTES))
		return say(run, FAIL, "the capability at 0x%x reaches past the end of config space",
			   run->pos);
	if (run->express)
		wrong = wrong_field(run->cap, dvsec, 4, &found);
	else
		wrong = wrong_field(run->cap, vndr, 3, &found);
	if (!wrong)
		wrong = wrong_field(run->cap + (run->express ? PVFEAT_DVSEC_BODY :
						PVFEAT_VNDR_BODY), body, 3, &found);
	if (wrong)
		return say(run, FAIL, "%s is 0x%x, not 0x%x", wrong->name, found,
			   wrong->value);
	return say(run, PASS, "all fields have their value");
}

static enum result check_bounds(struct run *run)
{
	const struct pvfeat_locator *l = &run->f->locator;
	struct pvfeat_verdict verdict = run->parsed;
	char text[PVFEAT_VERDICT_TEXT];

	if (verdict.check == PVFEAT_OK && run->bar_size == PVFEAT_BAR_SIZE_UNKNOWN)
		return say(run, SKIP, NO_SIZE, l->bar);
	if (verdict.check != PVFEAT_OK ||
	    !pvfeat_locator_fits(l, run->bar_size, &verdict)) {
		pvfeat_describe_verdict(&verdict, text, sizeof(text));
		return say(run, FAIL, "%s", text);
	}
	if (l->length > PVFEAT_TABLE_MAX_BYTES)
		return say(run, FAIL, "LENGTH is %u, not %u to %u", l->length,
			   PVFEAT_TABLE_MIN_BYTES, PVFEAT_TABLE_MAX_BYTES);
	return say(run, PASS, "BAR%u + 0x%x, %u bytes", l->bar, l->offset, l->length);
}

static enum result check_class(struct run *run)
{
	const __u32 class = PVFEAT_PCI_CLASS << 8 | PVFEAT_PCI_PROG_IF;
	__u8 bytes[3];
	unsigned int i;
	__u32 found;

	for (i = 0; i < sizeof(bytes); i++)
		read_config(run, PCI_CLASS_PROG + i, bytes + i, 1);
	found = get_le(bytes, sizeof(bytes));
	if (found != class)
		return say(run, FAIL, "class code is 0x%06x, not 0x%06x", found, class);
	return say(run, PASS, "0x%06x", found);
}

/* ---- the BAR ------------------------------------------------------------- */

/* The function must not have capabilities that place or resize BARs */
static enum result check_bar_kind(struct run *run)
{
	static const struct {
		const char *name;
		unsigned int id;
		bool extended;
	} unwanted[] = {
		{ "Enhanced Allocation", PCI_CAP_ID_EA, false },
		{ "Resizable BAR", PCI_EXT_CAP_ID_REBAR, true },
	};
	struct pvfeat_walk walk;
	size_t i;

	for (i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		pvfeat_walk_start(&walk, run->f, unwanted[i].extended);
		if (pvfeat_walk_next(&walk, unwanted[i].id))
			return say(run, FAIL, "the function has the capability %s",
				   unwanted[i].name);
	}
	return say(run, PASS, "neither Enhanced Allocation nor Resizable BAR");
}

static enum result check_bar(struct run *run)
{
	const __u64 start = run->f->locator.offset;
	const __u64 end = start + run->f->locator.length;
	unsigned int w;
	__u64 at;

	if (run->bar_size < PVFEAT_PCI_BAR_BYTES)
		return say(run, FAIL, "the BAR has %llu bytes, not %u or more",
			   (unsigned long long)run->bar_size, PVFEAT_PCI_BAR_BYTES);
	for (w = table_end(run); w < run->nr; w++)
		if (run->words[w])
			return say(run, FAIL, "word %u, past the last leaf, is 0x%x, not 0",
				   w, run->words[w]);
	for (at = 0; at < run->bar_size && at < BAR_MAX_BYTES; at += 4) {
		__u32 found = at >= start && at < end ? 0 :
			      run->f->ops->read(run->f, at, 4);

		if (found)
			return say(run, FAIL, "0x%x at 0x%llx, outside the table, not 0",
				   found, (unsigned long long)at);
	}
	return say(run, PASS, "%llu bytes, of which %llu were read",
		   (unsigned long long)run->bar_size, (unsigned long long)at);
}

/* The offsets in a BAR at which reads and writes of up to 8 bytes are tried */
static unsigned int places(struct run *run, __u64 *place)
{
	const __u64 start = run->f->locator.offset, end = run->bar_size & ~7ull;
	unsigned int nr = 0, i;

	/* The header and the first features, and the end of the window */
	for (i = 0; i < PVFEAT_TABLE_MIN_BYTES; i += 8)
		place[nr++] = start + i;
	place[nr++] = start + run->f->locator.length - 8;
	/* Behind and before the window, if the BAR has room there */
	if (start + run->f->locator.length < end)
		place[nr++] = start + run->f->locator.length;
	place[nr++] = end - 8;
	if (start)
		place[nr++] = 0;
	return nr;
}

#define PLACES_MAX	(PVFEAT_TABLE_MIN_BYTES / 8 + 4)

static __u64 read_by(struct run *run, __u64 at, unsigned int width)
{
	__u64 value = 0;
	unsigned int i;

	for (i = 8; i;) {
		i -= width;
		/* A shift by 64 bits is undefined */
		value = width == 8 ? 0 : value << width * 8;
		value |= run->f->ops->read(run->f, at + i, width);
	}
	return value;
}

static enum result check_reads(struct run *run)
{
	__u32 after[PVFEAT_TABLE_MAX_WORDS];
	__u64 place[PLACES_MAX], want, found;
	unsigned int nr = places(run, place), i, width;

	if (run->c->offline)
		return say(run, SKIP, "a dump does not show accesses");
	for (i = 0; i < nr; i++) {
		want = read_by(run, place[i], 4);
		for (width = 1; width <= 8; width *= 2) {
			found = read_by(run, place[i], width);
			if (found == want)
				continue;
			if (moved(run))
				return say(run, SKIP, CHANGED);
			return say(run, FAIL, "at 0x%llx, reads of %u bytes return 0x%llx, reads of 4 bytes 0x%llx",
				   (unsigned long long)place[i], width,
				   (unsigned long long)found,
				   (unsigned long long)want);
		}
	}
	if (!snapshot(run, after) || moved(run))
		return say(run, SKIP, CHANGED);
	if (memcmp(after, run->words, run->nr * 4))
		return say(run, FAIL, "the words differ after the reads");
	return say(run, PASS, "reads of 1, 2, 4 and 8 bytes agree at %u offsets", nr);
}

/* Whether a write changes the value; if so, restore it */
static bool changes(struct run *run, __u64 at, unsigned int width, __u64 value)
{
	const __u64 place = at & ~7ull;
	__u64 before = read_by(run, place, 4);

	run->f->ops->write(run->f, at, width, value);
	if (read_by(run, place, 4) == before)
		return false;
	run->f->ops->write(run->f, at, width, before >> (at - place) * 8);
	return true;
}

/* Whether a write of any of several values changes the value */
static bool writable(struct run *run, __u64 at, unsigned int width)
{
	/* Every bit inverted; all ones, for write-one-to-clear registers; all zeros */
	return changes(run, at, width, ~run->f->ops->read(run->f, at, width)) ||
	       changes(run, at, width, ~0ull) || changes(run, at, width, 0);
}

static enum result check_writes(struct run *run)
{
	const __u64 generation = (__u64)run->f->locator.offset +
				 PVFEAT_W_GENERATION * 4;
	__u32 after[PVFEAT_TABLE_MAX_WORDS];
	__u64 place[PLACES_MAX], at;
	unsigned int nr = places(run, place), i, width;

	if (!run->c->writes)
		return say(run, SKIP, "writes are disabled");
	if (!run->f->ops->write)
		return say(run, SKIP, "this transport cannot write to the BAR");
	for (i = 0; i < nr; i++) {
		for (width = 1; width <= 8; width *= 2) {
			for (at = place[i]; at < place[i] + 8; at += width) {
				if (!writable(run, at, width))
					continue;
				/* Unless the write itself was to GENERATION */
				if (moved(run) && place[i] != (generation & ~7ull))
					return say(run, SKIP, CHANGED);
				return say(run, FAIL, "the value at 0x%llx is changed by a write of %u bytes",
					   (unsigned long long)at, width);
			}
		}
	}
	if (!snapshot(run, after) || moved(run))
		return say(run, SKIP, CHANGED);
	if (memcmp(after, run->words, run->nr * 4))
		return say(run, FAIL, "the words differ after the writes");
	return say(run, PASS, "writes of 1, 2, 4 and 8 bytes at %u offsets changed nothing", nr);
}

/* ---- the table ----------------------------------------------------------- */

static enum result check_signature(struct run *run)
{
	static const __u32 want[] = {
		PVFEAT_SIGNATURE_B, PVFEAT_SIGNATURE_C, PVFEAT_SIGNATURE_D
	};
	const __u32 *found = run->words + PVFEAT_W_SIGNATURE_B;

	if (memcmp(found, want, sizeof(want)))
		return say(run, FAIL, "0x%08x 0x%08x 0x%08x, not 0x%08x 0x%08x 0x%08x",
			   found[0], found[1], found[2], want[0], want[1], want[2]);
	return say(run, PASS, "SIGNATURE is correct");
}

static enum result check_version(struct run *run)
{
	const __u32 want = PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT |
			   PVFEAT_VERSION_MINOR;
	__u32 found = run->words[PVFEAT_W_VERSION];

	return say(run, found == want ? PASS : FAIL, "VERSION is 0x%08x, 1.0 is 0x%08x", found,
		   want);
}

static enum result check_max_leaf(struct run *run)
{
	const struct pvfeat_table *fw = run->c->firmware;
	__u32 found = run->words[PVFEAT_W_MAX_LEAF];
	__u32 want = PVFEAT_MAX_LEAF(run->words[PVFEAT_W_NWORDS]);

	if (found != want)
		return say(run, FAIL, "0x%x, not 0x%x for %u feature words", found,
			   want, run->words[PVFEAT_W_NWORDS]);
	/* A firmware window has the table of the boot, which may be shorter */
	if (fw && fw->nr > PVFEAT_W_GENERATION &&
	    fw->words[PVFEAT_W_GENERATION] == run->words[PVFEAT_W_GENERATION] &&
	    fw->words[PVFEAT_W_MAX_LEAF] != found)
		return say(run, FAIL, "0x%x, but 0x%x in %s", found,
			   fw->words[PVFEAT_W_MAX_LEAF], run->c->firmware_name);
	return say(run, PASS, "0x%x", found);
}

static enum result check_nwords(struct run *run)
{
	__u32 nwords = run->words[PVFEAT_W_NWORDS];

	if (nwords < PVFEAT_NWORDS_MIN || nwords > nwords_max(run))
		return say(run, FAIL, "%u, not %u to %u", nwords, PVFEAT_NWORDS_MIN,
			   nwords_max(run));
	if (!nwords_good(run))
		return say(run, FAIL, "%u, but the window has only %u words",
			   nwords, run->nr);
	return say(run, PASS, "%u", nwords);
}

static enum result check_reserved(struct run *run)
{
	const __u32 reserved[][2] = {
		{ PVFEAT_W_RESERVED, 0xffffffffu },
		{ PVFEAT_W_TEE, ~PVFEAT_TEE_TYPE_MASK },
		{ PVFEAT_W_ACCESS, ~(PVFEAT_ACCESS_METHOD_MASK |
				     PVFEAT_ACCESS_BOUNDARY_MASK <<
				     PVFEAT_ACCESS_BOUNDARY_SHIFT) },
	};
	unsigned int i, w;

	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		w = reserved[i][0];
		if (run->words[w] & reserved[i][1])
			return say(run, FAIL, "word %u is 0x%x, of which bits 0x%x must be 0",
				   w, run->words[w], reserved[i][1]);
	}
	for (w = PVFEAT_W_FEATURES + run->words[PVFEAT_W_NWORDS];
	     w < table_end(run); w++)
		if (run->words[w])
			return say(run, FAIL, "word %u, after the last of FEATURES, is 0x%x, not 0",
				   w, run->words[w]);
	return say(run, PASS, "all reserved bits and words are 0");
}

static enum result check_generation(struct run *run)
{
	__u32 found = run->words[PVFEAT_W_GENERATION];

	if (!run->nr)
		return say(run, SKIP, "%s", run->no_table);
	/* If the window was read, no_table is set only if no snapshot succeeded */
	if (run->no_table)
		return say(run, FAIL, "0x%x; " RESTLESS, found, SNAPSHOT_MS);
	if (found > PVFEAT_GENERATION_LAST)
		return say(run, FAIL, "0x%x, greater than 0x%x", found, PVFEAT_GENERATION_LAST);
	return say(run, PASS, "0x%x", found);
}

static enum result check_tee(struct run *run)
{
	unsigned int type = run->words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK;

	if (!pvfeat_tee_name(type))
		return say(run, FAIL, "type %u is not in the registry", type);
	if (type && !has(run, PVFEAT_CONFIDENTIAL))
		return say(run, FAIL, "type %u (%s) without feature 0 (confidential)",
			   type, pvfeat_tee_name(type));
	return say(run, PASS, "%s", pvfeat_tee_name(type));
}

static enum result check_method(struct run *run)
{
	unsigned int method = run->words[PVFEAT_W_ACCESS] & PVFEAT_ACCESS_METHOD_MASK;

	if (!pvfeat_access_name(method))
		return say(run, FAIL, "method %u is not in the registry", method);
	return say(run, PASS, "%s", pvfeat_access_name(method));
}

static enum result check_paravisor_id(struct run *run)
{
	__u32 id = run->words[PVFEAT_W_PARAVISOR_ID];
	unsigned int vendor = id & PVFEAT_PARAVISOR_VENDOR_MASK;

	/* It is not observable whether the vendor ID is the implementer's */
	if (id && (!vendor || vendor == PVFEAT_PARAVISOR_VENDOR_MASK))
		return say(run, FAIL, "PARAVISOR_ID is 0x%08x, and 0x%04x is not a vendor ID",
			   id, vendor);
	return say(run, PASS, "0x%08x", id);
}

static enum result check_boundary(struct run *run)
{
	unsigned int found = run->words[PVFEAT_W_ACCESS] >>
			     PVFEAT_ACCESS_BOUNDARY_SHIFT &
			     PVFEAT_ACCESS_BOUNDARY_MASK;
	bool feature = has(run, PVFEAT_SHARED_GPA_BOUNDARY);

	if (found > PVFEAT_ACCESS_BOUNDARY_MAX)
		return say(run, FAIL, "%u, greater than %u", found,
			   PVFEAT_ACCESS_BOUNDARY_MAX);
	return say(run, !found == !feature ? PASS : FAIL,
		   "%u, and feature 6 (shared-gpa-boundary) is %u", found, feature);
}

static enum result check_rules(struct run *run)
{
	static const struct {
		__u16 a, b;
		bool excludes;
	} rules[] = {
#define NEEDS_(x, y) { PVFEAT_##x, PVFEAT_##y, false },
#define EXCLUDES_(x, y) { PVFEAT_##x, PVFEAT_##y, true },
		PVFEAT_RULES(NEEDS_, EXCLUDES_)
	};
	unsigned int i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (has(run, rules[i].a) && has(run, rules[i].b) == rules[i].excludes)
			return say(run, FAIL, "feature %u (%s) is 1, and feature %u (%s) is %u",
				   rules[i].a, pvfeat_feature_name(rules[i].a),
				   rules[i].b, pvfeat_feature_name(rules[i].b),
				   rules[i].excludes);
	return say(run, PASS, "%u rules", i);
}

static enum result check_unassigned(struct run *run)
{
	__u32 id = run->words[PVFEAT_W_PARAVISOR_ID];
	unsigned int f;

	/* Further features of a later minor version are not subject to this revision */
	for (f = PVFEAT_NR_REGISTERED; f < PVFEAT_FEATURES_MAX; f++) {
		if (!has(run, f))
			continue;
		if (f < PVFEAT_FIRST_VENDOR_FEATURE)
			return say(run, FAIL, "feature %u is unassigned, for experiments only",
				   f);
		if (!id)
			return say(run, FAIL, "feature %u with PARAVISOR_ID 0 is for experiments only",
				   f);
	}
	/* It is not observable whether the implementation offers the features */
	return say(run, PASS, "no unassigned feature is on");
}

/* ---- MSI-X, change and reset --------------------------------------------- */

/* @where: a field of the capability: an offset, and a BAR in the lowest bits */
static enum result msix_fits(struct run *run, const char *what, __u32 where, __u64 bytes)
{
	unsigned int bar = where & PCI_MSIX_TABLE_BIR;
	__u64 offset = where & ~PCI_MSIX_TABLE_BIR;
	__u64 size = bar <= PVFEAT_LOCATOR_BAR_MAX ?
		     run->f->ops->bar_size(run->f, bar) : 0;

	if (size == PVFEAT_BAR_SIZE_UNKNOWN)
		return say(run, SKIP, NO_SIZE, bar);
	if (offset + bytes <= size)
		return PASS;
	return say(run, FAIL, "the %s at 0x%llx is past the end of BAR%u, which has 0x%llx bytes",
		   what, (unsigned long long)offset, bar, (unsigned long long)size);
}

static enum result check_msix(struct run *run)
{
	unsigned int pos = pvfeat_capability(run->f, PCI_CAP_ID_MSIX);
	unsigned int vectors, table, pba;
	__u8 cap[MSIX_BYTES], pin;
	enum result fits;

	read_config(run, PCI_INTERRUPT_PIN, &pin, 1);
	if (pin)
		return say(run, FAIL, "Interrupt Pin is %u, not 0", pin);
	if (pvfeat_capability(run->f, PCI_CAP_ID_MSI))
		return say(run, FAIL, "the function has an MSI capability");
	if (!pos)
		return say(run, SKIP, "the function has no MSI-X, which is recommended but not required");
	if (pos + MSIX_BYTES > PVFEAT_CONFIG_BYTES)
		return say(run, FAIL, "the capability at 0x%x reaches past the end of config space",
			   pos);
	read_config(run, pos, cap, MSIX_BYTES);
	vectors = (get_le(cap + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
	table = get_le(cap + PCI_MSIX_TABLE, 4) & PCI_MSIX_TABLE_BIR;
	pba = get_le(cap + PCI_MSIX_PBA, 4) & PCI_MSIX_TABLE_BIR;
	if (vectors != PVFEAT_PCI_MSIX_VECTORS)
		return say(run, FAIL, "%u vectors, not %u", vectors,
			   PVFEAT_PCI_MSIX_VECTORS);
	if (table != pba || table == run->f->locator.bar)
		return say(run, FAIL, "table in BAR%u, PBA in BAR%u, feature table in BAR%u",
			   table, pba, run->f->locator.bar);
	fits = msix_fits(run, "vector table", get_le(cap + PCI_MSIX_TABLE, 4),
			 vectors * PCI_MSIX_ENTRY_SIZE);
	if (fits == PASS)
		fits = msix_fits(run, "PBA", get_le(cap + PCI_MSIX_PBA, 4), 8);
	if (fits != PASS)
		return fits;
	return say(run, PASS, "1 vector, table and PBA in BAR%u", table);
}

/* Listen to vector 0; return why that is not possible, or NULL */
static const char *listen_or_why(struct run *run)
{
	if (check_msix(run) == FAIL)
		return "cannot be judged while PVF-DEV-25 fails";
	if (!pvfeat_capability(run->f, PCI_CAP_ID_MSIX))
		return "the function has no vector 0";
	if (!pvfeat_listen(run->f))
		return "this transport cannot wait for vector 0";
	/* Discard earlier messages */
	if (pvfeat_wait(run->f, 0) < 0)
		return "waiting for vector 0 failed";
	return NULL;
}

static enum result skip_both(struct run *run, const char *why)
{
	run->deaf = why;
	return say(run, SKIP, "%s", why);
}

/* Change the table, once per run; PVF-DEV-30 is checked on the same change */
static enum result check_change(struct run *run)
{
	__u32 before[PVFEAT_TABLE_MAX_WORDS], after[PVFEAT_TABLE_MAX_WORDS];
	struct pvfeat_verdict verdict;
	__u32 was, is, next;
	char text[PVFEAT_VERDICT_TEXT];

	if (!run->c->change)
		return skip_both(run, "no way to change the table is available");
	/* Listen before the snapshot, as a driver must (PVF-DRV-30) */
	run->deaf = listen_or_why(run);
	if (!snapshot(run, before))
		return skip_both(run, "the table stays unstable");
	if (!run->c->change(run->c))
		return skip_both(run, "the change was refused or failed");
	if (!snapshot(run, after)) {
		run->deaf = "cannot be judged while PVF-DEV-28 fails";
		return say(run, FAIL, RESTLESS " after the change", SNAPSHOT_MS);
	}

	was = before[PVFEAT_W_GENERATION];
	is = after[PVFEAT_W_GENERATION];
	next = was >= PVFEAT_GENERATION_LAST ? 0 : was + PVFEAT_GENERATION_STEP;
	before[PVFEAT_W_GENERATION] = is;
	if (!memcmp(before, after, run->nr * 4)) {
		if (is == was)
			return skip_both(run, "the change had no effect");
		return say(run, FAIL, "GENERATION was 0x%x and is 0x%x, but no word changed",
			   was, is);
	}
	if (run->refused.check == PVFEAT_OK && !check_words(run, after, &verdict)) {
		pvfeat_describe_verdict(&verdict, text, sizeof(text));
		return say(run, FAIL, "after the change: %s", text);
	}
	return say(run, is == next ? PASS : FAIL,
		   "GENERATION was 0x%x and is 0x%x after the change, 0x%x is expected",
		   was, is, next);
}

static enum result check_vector(struct run *run)
{
	int fired;

	if (run->deaf)
		return say(run, SKIP, "%s", run->deaf);
	fired = pvfeat_wait(run->f, VECTOR_MS);
	if (fired < 0)
		return say(run, SKIP, "waiting for vector 0 failed");
	return say(run, fired ? PASS : FAIL, "vector 0 %s within %u ms of the change",
		   fired ? "fired" : "did not fire", VECTOR_MS);
}

static enum result check_reset(struct run *run)
{
	__u32 before[PVFEAT_TABLE_MAX_WORDS] = { 0 };
	__u32 after[PVFEAT_TABLE_MAX_WORDS] = { 0 };
	unsigned int i;

	if (!run->f->ops->reset)
		return say(run, SKIP, "this transport cannot reset the function");
	if (!snapshot(run, before))
		return say(run, SKIP, "the table stays unstable");
	if (!run->f->ops->reset(run->f))
		return say(run, SKIP, "the reset was refused or failed");
	if (!snapshot(run, after))
		return say(run, FAIL, RESTLESS " after a reset", SNAPSHOT_MS);
	for (i = 0; i < run->nr; i++)
		if (before[i] != after[i])
			return say(run, FAIL, "word %u was 0x%x and is 0x%x after a reset",
				   i, before[i], after[i]);
	return say(run, PASS, "the words are the same after a reset");
}

/* ---- the firmware window ------------------------------------------------- */

/* PVF-DEV-03 covers MAX_LEAF in all windows */
static enum result check_firmware(struct run *run)
{
	const struct pvfeat_table *fw = run->c->firmware;
	const char *name = run->c->firmware_name;
	__u32 generation = run->words[PVFEAT_W_GENERATION];
	unsigned int w;

	if (run->c->firmware_error)
		return say(run, FAIL, "%s: %s", name, run->c->firmware_error);
	if (!fw)
		return say(run, SKIP, "no firmware window is available");
	if (fw->nr <= PVFEAT_W_FEATURES || fw->nr > PVFEAT_TABLE_MAX_WORDS)
		return say(run, FAIL, "%s has %u words, which is not the length of a table",
			   name, fw->nr);
	if (fw->words[PVFEAT_W_GENERATION] & PVFEAT_GENERATION_ODD)
		return say(run, FAIL, "GENERATION is odd in %s: 0x%x", name,
			   fw->words[PVFEAT_W_GENERATION]);
	if (fw->words[PVFEAT_W_GENERATION] != generation)
		return say(run, SKIP, "GENERATION was 0x%x in %s and is 0x%x now",
			   fw->words[PVFEAT_W_GENERATION], name, generation);
	for (w = PVFEAT_W_MAX_LEAF + 1; w < fw->nr || w < table_end(run); w++) {
		__u32 here = w < run->nr ? run->words[w] : 0;
		__u32 there = w < fw->nr ? fw->words[w] : 0;

		if (here != there)
			return say(run, FAIL, "word %u is 0x%x, but 0x%x in %s", w, here,
				   there, name);
	}
	return say(run, PASS, "%u words, as in %s", w, name);
}

/* ---- all of them --------------------------------------------------------- */

struct check {
	unsigned int number, needs;
	enum result (*judge)(struct run *run);
	const char *skip;
};

#define JUDGE(number, needs, judge)	{ number, needs, judge, NULL }
#define UNSEEN(number, why)		{ number, 0, NULL, why }
#define IN_TABLE			NEEDS_TABLE
#define IN_FEATURES			(NEEDS_TABLE | NEEDS_NWORDS)

static const struct check checks[] = {
	JUDGE(1, IN_TABLE, check_signature),
	JUDGE(2, IN_TABLE, check_version),
	JUDGE(3, IN_FEATURES, check_max_leaf),
	JUDGE(4, IN_TABLE, check_nwords),
	JUDGE(5, IN_FEATURES, check_reserved),
	JUDGE(6, IN_FEATURES, check_tee),
	JUDGE(7, IN_TABLE, check_method),
	JUDGE(8, IN_FEATURES, check_boundary),
	JUDGE(9, IN_TABLE, check_paravisor_id),
	UNSEEN(10, "it is not observable whether the device is configured"),
	UNSEEN(11, "requires an implementation that is configured to expose a bad table"),
	JUDGE(12, IN_FEATURES, check_rules),
	JUDGE(13, IN_FEATURES, check_unassigned),
	UNSEEN(14, "requires knowledge of why the table changes"),
	JUDGE(15, 0, check_one_locator),
	JUDGE(16, NEEDS_LOCATOR, check_class),
	UNSEEN(17, "each function is checked separately"),
	JUDGE(18, 0, check_fields),
	JUDGE(19, NEEDS_LOCATOR, check_bounds),
	JUDGE(20, IN_TABLE, check_bar),
	JUDGE(21, NEEDS_LOCATOR, check_bar_kind),
	JUDGE(22, IN_TABLE, check_reads),
	JUDGE(23, IN_TABLE, check_writes),
	UNSEEN(24, "other actions of the function are not observable"),
	JUDGE(25, NEEDS_LOCATOR, check_msix),
	JUDGE(26, IN_TABLE, check_reset),
	JUDGE(27, 0, check_generation),
	JUDGE(28, IN_TABLE, check_change),
	UNSEEN(29, "requires a clock and an observer of a single change"),
	JUDGE(30, IN_TABLE, check_vector),
	UNSEEN(31, "requires the interface that configures the table"),
	UNSEEN(32, "requires a migration"),
	UNSEEN(33, "requires a migration from a hostile source"),
	UNSEEN(34, "it is not observable which component serves an access"),
	UNSEEN(35, "functions that a paravisor hides are not observable"),
	JUDGE(36, IN_TABLE, check_firmware),
	UNSEEN(37, "requires repeated reads of the firmware windows"),
	UNSEEN(38, "requires a machine without a table"),
	UNSEEN(39, "requires a machine whose table exceeds a firmware window"),
};

static const struct check *check_of(unsigned int number)
{
	static const struct check none = UNSEEN(0, "there is no check for it yet");
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].number == number)
			return &checks[i];
	return &none;
}

/* The requirement that a device violates if a driver refuses its table or locator */
static unsigned int broken_by(const struct pvfeat_verdict *verdict)
{
	static const unsigned char numbers[PVFEAT_NR_CHECKS] = {
		[PVFEAT_BAD_LOCATOR_HEADER] = 15,
		[PVFEAT_BAD_LOCATOR_SHORT] = 18,
		[PVFEAT_BAD_LOCATOR_CUT] = 18,
		[PVFEAT_BAD_LOCATOR_SIGNATURE] = 18,
		[PVFEAT_BAD_LOCATOR_REVISION] = 18,
		[PVFEAT_BAD_LOCATOR_BAR] = 19,
		[PVFEAT_BAD_LOCATOR_ALIGN] = 19,
		[PVFEAT_BAD_LOCATOR_LENGTH] = 19,
		[PVFEAT_BAD_LOCATOR_WINDOW] = 19,
		[PVFEAT_BAD_GONE] = 27,
		[PVFEAT_BAD_BUSY] = 27,
		[PVFEAT_BAD_TORN] = 27,
		[PVFEAT_BAD_SIGNATURE] = 1,
		[PVFEAT_BAD_MAJOR] = 2,
		[PVFEAT_BAD_MAX_LEAF] = 3,
		[PVFEAT_BAD_WINDOW] = 3,
		[PVFEAT_BAD_NWORDS] = 4,
		[PVFEAT_BAD_NWORDS_LEAF] = 3,
		[PVFEAT_BAD_BOUNDARY] = 8,
		[PVFEAT_BAD_BOUNDARY_BIT] = 8,
		[PVFEAT_BAD_TEE] = 6,
		[PVFEAT_BAD_NEEDS] = 12,
		[PVFEAT_BAD_EXCLUDES] = 12,
	};

	return numbers[verdict->check];
}

/* Fail a check that passed if the driver's parser refuses what it covers */
static enum result agree(struct run *run, const struct check *check,
			 enum result result)
{
	char text[PVFEAT_VERDICT_TEXT];

	if (result != PASS || check->number != broken_by(&run->refused))
		return result;
	pvfeat_describe_verdict(&run->refused, text, sizeof(text));
	return say(run, FAIL, "a driver refuses it: %s", text);
}

static enum result judge(struct run *run, const struct check *check)
{
	if (!check->judge)
		return say(run, SKIP, "%s", check->skip);
	if (check->needs & NEEDS_LOCATOR && run->no_locator)
		return say(run, SKIP, "%s", run->no_locator);
	if (check->needs & NEEDS_TABLE && run->no_table)
		return say(run, SKIP, "%s", run->no_table);
	if (check->needs & NEEDS_NWORDS && !nwords_good(run))
		return say(run, SKIP, "cannot be judged while PVF-DEV-04 fails");
	return agree(run, check, check->judge(run));
}

/* Escape '#', which begins a directive in TAP */
static void print_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

unsigned int conformance_run(struct conformance *c)
{
	static const struct {
		unsigned int number;
		const char *id, *text;
	} requirements[] = {
#define REQUIREMENT_(kind, number, text) \
		{ number, "PVF-" kind "-", text },
		PVFEAT_REQUIREMENTS(REQUIREMENT_)
	};
	const unsigned int nr = sizeof(requirements) / sizeof(requirements[0]);
	struct run run = { .c = c, .f = c->function };
	unsigned int i, failed = 0;

	fprintf(c->out, "TAP version 13\n1..%u\n", nr);
	c->error.code = 0;
	gather(&run);
	for (i = 0; i < nr; i++) {
		enum result result = judge(&run, check_of(requirements[i].number));

		fprintf(c->out, "%sok %u - %s%02u ", result == FAIL ? "not " : "",
			i + 1, requirements[i].id, requirements[i].number);
		print_text(c->out, requirements[i].text);
		fprintf(c->out, result == SKIP ? " # SKIP %s\n" : "\n# %s\n", run.note);
		fflush(c->out);
		failed += result == FAIL;
	}
	return failed;
}
