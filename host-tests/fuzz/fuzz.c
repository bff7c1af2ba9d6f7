// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions shared by the fuzz targets, see fuzz.h.
 */
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

struct fuzz_naps fuzz_naps;

/* Replaces the function of libc: count, and return without sleeping */
int nanosleep(const struct timespec *wanted, struct timespec *left)
{
	(void)left;
	fuzz_naps.nr++;
	fuzz_naps.ns += wanted->tv_sec * 1000000000ull + wanted->tv_nsec;
	return 0;
}

void *fuzz_copy(const void *from, size_t size)
{
	/* Allocate at least a byte, as malloc(0) may return NULL */
	void *copy = malloc(size ? size : 1);

	CHECK(copy);
	return size ? memcpy(copy, from, size) : copy;
}

char *fuzz_string(struct fuzz_input *in)
{
	char *text = malloc(in->left + 1);

	CHECK(text);
	memcpy(text, in->p, in->left);
	text[in->left] = '\0';
	in->left = 0;
	return text;
}

bool fuzz_edit(struct fuzz_input *in, unsigned int reads, struct fuzz_edit *edit)
{
	struct fuzz_input ahead = *in;

	edit->when = fuzz_take(&ahead, 2);
	if (!in->left || edit->when > reads)
		return false;
	edit->where = fuzz_take(&ahead, 2);
	edit->value = fuzz_take(&ahead, 4);
	*in = ahead;
	return true;
}

unsigned int fuzz_good_table(__u32 *words, unsigned int nwords)
{
	words[PVFEAT_W_MAX_LEAF] = PVFEAT_MAX_LEAF(nwords);
	words[PVFEAT_W_SIGNATURE_B] = PVFEAT_SIGNATURE_B;
	words[PVFEAT_W_SIGNATURE_C] = PVFEAT_SIGNATURE_C;
	words[PVFEAT_W_SIGNATURE_D] = PVFEAT_SIGNATURE_D;
	words[PVFEAT_W_VERSION] = PVFEAT_VERSION_MAJOR << PVFEAT_VERSION_MAJOR_SHIFT |
				  PVFEAT_VERSION_MINOR;
	words[PVFEAT_W_NWORDS] = nwords;
	return PVFEAT_LEAVES(nwords) * PVFEAT_WORDS_PER_LEAF;
}

/* ---- the device ---------------------------------------------------------- */

/* Offsets of its capabilities: PCI Express or the locator, MSI-X, and a DVSEC */
#define FIRST_AT	PCI_STD_HEADER_SIZEOF
#define MSIX_AT		(PVFEAT_CONFIG_BYTES - 0x10)
#define DVSEC_AT	PCI_CFG_SPACE_SIZE

/* Possible sizes of config space; 0 for a function that was removed */
static const unsigned int readable[] = {
	PVFEAT_CONFIG_BYTES_EXTENDED, PVFEAT_CONFIG_BYTES, PCI_STD_HEADER_SIZEOF, 0,
};

#define to_device(function) ((struct fuzz_device *)(function))

static void put_le(__u8 *p, __u32 value)
{
	const __le32 le = htole32(value);

	memcpy(p, &le, sizeof(le));
}

/* An edit has one of four ranges, three of which are small and contain data */
static void apply(struct fuzz_device *d, const struct fuzz_edit *edit)
{
	static const struct {
		unsigned int at, nr;
	} config[] = {
		{ 0, PVFEAT_CONFIG_BYTES_EXTENDED - 3 },
		{ 0, FIRST_AT + PVFEAT_VNDR_BYTES },
		{ MSIX_AT, PVFEAT_CONFIG_BYTES - MSIX_AT },
		{ DVSEC_AT, PVFEAT_DVSEC_BYTES },
	}, bar[] = {
		{ 0, PVFEAT_PCI_BAR_BYTES / 4 },
		{ 0, PVFEAT_TABLE_MIN_BYTES / 4 },
		{ 0, PVFEAT_TABLE_MIN_BYTES / 4 },
		{ 0, PVFEAT_TABLE_MAX_BYTES / 4 },
	};
	const unsigned int kind = edit->where >> 13 & 3;

	if (edit->where == 0xffff)
		d->readable = readable[edit->value & 3];
	else if (edit->where & 0x8000)
		put_le(d->config + config[kind].at + edit->where % config[kind].nr,
		       edit->value);
	else
		put_le((__u8 *)&d->bar[bar[kind].at + edit->where % bar[kind].nr],
		       edit->value);
}

/* Apply the edits that are due before the next access */
static void tick(struct fuzz_device *d)
{
	struct fuzz_edit edit;

	/* Check in->left first, because most accesses have no pending edits */
	while (d->in->left && fuzz_edit(d->in, d->configs + d->reads, &edit)) {
		d->changes += d->configs + d->reads > 0;
		apply(d, &edit);
	}
}

static bool config(struct pvfeat_function *f, unsigned int pos, void *buf,
		   unsigned int n)
{
	struct fuzz_device *d = to_device(f);
	unsigned int i;

	CHECK(n && pos < sizeof(d->config) && n <= sizeof(d->config) - pos);
	/* The header is not a capability, and is read byte by byte, except the BARs */
	CHECK(n == 1 || pos >= FIRST_AT || pos == PCI_BASE_ADDRESS_0);
	/*
	 * A read must not cross from conventional to extended config space, because some
	 * machines use different mechanisms for them.
	 */
	CHECK(pos >= PVFEAT_CONFIG_BYTES || n <= PVFEAT_CONFIG_BYTES - pos);
	tick(d);
	d->configs++;
	for (i = 0; i < n && (pos + i < d->readable || d->ones); i++)
		((__u8 *)buf)[i] = pos + i < d->readable ? d->config[pos + i] : 0xff;
	return i == n;
}

static __u64 bar_size(struct pvfeat_function *f, unsigned int bar)
{
	CHECK(bar <= PVFEAT_LOCATOR_BAR_MAX);
	return to_device(f)->bar_size[bar];
}

static bool map(struct pvfeat_function *f, unsigned int bar,
		struct pvfeat_error *error)
{
	struct fuzz_device *d = to_device(f);
	const __u64 end = (__u64)f->locator.offset + f->locator.length;

	/* The locator must be valid when its BAR is mapped */
	CHECK(bar == f->locator.bar && end <= bar_size(f, bar));
	if (d->unmappable)
		return pvfeat_fail(error, EBUSY, "it is in use");
	d->mapped = bar;
	return true;
}

/* Check that a processor could make this access to the BAR */
static void access_bar(struct fuzz_device *d, __u64 offset, unsigned int width)
{
	CHECK(d->mapped >= 0);
	CHECK(width == 1 || width == 2 || width == 4 || width == 8);
	CHECK(offset % width == 0);
	CHECK(offset < d->bar_size[d->mapped]);
	CHECK(width <= d->bar_size[d->mapped] - offset);
	tick(d);
	d->reads++;
}

static __u64 read_bar(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	struct fuzz_device *d = to_device(f);
	__le64 le = 0;

	access_bar(d, offset, width);
	if (offset < sizeof(d->bar))
		memcpy(&le, (__u8 *)d->bar + offset, width);
	if (d->lies && width == 1)
		le ^= 0xff;
	return le64toh(le);
}

static void write_bar(struct pvfeat_function *f, __u64 offset, unsigned int width,
		      __u64 value)
{
	struct fuzz_device *d = to_device(f);
	const __le64 le = htole64(value);

	access_bar(d, offset, width);
	if (d->writable && offset < sizeof(d->bar))
		memcpy((__u8 *)d->bar + offset, &le, width);
}

static bool listen_to(struct pvfeat_function *f)
{
	return to_device(f)->vector >= 0;
}

static int wait_for(struct pvfeat_function *f, int ms)
{
	const int vector = to_device(f)->vector;

	/* Either always an error, or the vector fires only after the change */
	return ms || !vector ? vector - 1 : 0;
}

static bool reset(struct pvfeat_function *f)
{
	return !to_device(f)->writable;
}

static void close_device(struct pvfeat_function *f)
{
	((struct fuzz_device *)f)->closed++;
}

static const struct pvfeat_function_ops readable_ops = {
	.config = config, .bar_size = bar_size, .map = map, .read = read_bar,
	.close = close_device,
}, all_ops = {
	.config = config, .bar_size = bar_size, .map = map, .read = read_bar,
	.write = write_bar, .listen = listen_to, .wait = wait_for, .reset = reset,
	.close = close_device,
};

/* A locator's body, for the table at the start of BAR 0 */
static void put_locator(__u8 *body)
{
	put_le(body + PVFEAT_LOCATOR_SIGNATURE, PVFEAT_LOCATOR_MAGIC);
	body[PVFEAT_LOCATOR_REVISION] = PVFEAT_LOCATOR_REVISION_1;
	put_le(body + PVFEAT_LOCATOR_LENGTH, PVFEAT_TABLE_MAX_BYTES);
}

static void put_capabilities(__u8 *c, bool express)
{
	c[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	c[PCI_CAPABILITY_LIST] = FIRST_AT;
	c[FIRST_AT] = express ? PCI_CAP_ID_EXP : PCI_CAP_ID_VNDR;
	c[FIRST_AT + 1] = MSIX_AT;
	c[MSIX_AT] = PCI_CAP_ID_MSIX;
	put_le(c + MSIX_AT + PCI_MSIX_TABLE, PVFEAT_PCI_MSIX_BAR);
	put_le(c + MSIX_AT + PCI_MSIX_PBA, PVFEAT_PCI_MSIX_BAR);
	if (!express) {
		c[FIRST_AT + PVFEAT_VNDR_LENGTH] = PVFEAT_VNDR_BYTES;
		put_locator(c + FIRST_AT + PVFEAT_VNDR_BODY);
		return;
	}
	put_le(c + DVSEC_AT, 1 << 16 | PCI_EXT_CAP_ID_DVSEC);
	put_le(c + DVSEC_AT + PVFEAT_DVSEC_HEADER1, PVFEAT_DVSEC_BYTES << 20 |
	       PVFEAT_DVSEC_REVISION << 16 | PVFEAT_DVSEC_VENDOR);
	put_le(c + DVSEC_AT + PVFEAT_DVSEC_HEADER2, PVFEAT_DVSEC_ID);
	put_locator(c + DVSEC_AT + PVFEAT_DVSEC_BODY);
}

void fuzz_device(struct fuzz_device *d, struct fuzz_input *in)
{
	static const __u64 sizes[] = {
		PVFEAT_PCI_BAR_BYTES, 0, 16, PVFEAT_TABLE_MIN_BYTES,
		PVFEAT_TABLE_MAX_BYTES, PVFEAT_PCI_BAR_BYTES,
		2 * PVFEAT_PCI_BAR_BYTES, ~0ull,
	};
	const unsigned int flags = fuzz_take(in, 1), bars = fuzz_take(in, 1);
	__u32 words[PVFEAT_TABLE_MAX_WORDS] = { 0 };
	unsigned int i, nr;

	memset(d, 0, sizeof(*d));
	memset(&fuzz_naps, 0, sizeof(fuzz_naps));
	d->in = in;
	d->mapped = -1;
	d->f.ops = flags & 1 ? &readable_ops : &all_ops;
	d->readable = readable[flags >> 1 & 3];
	d->ones = flags & 8;
	d->unmappable = bars & 8;
	d->lies = bars & 0x80;
	d->writable = flags & 0x10;
	d->vector = (int)(flags >> 6) - 1;
	put_capabilities(d->config, !(flags & 0x20));
	for (i = 0; i <= PVFEAT_LOCATOR_BAR_MAX; i++)
		d->bar_size[i] = sizes[(i ? bars >> 4 : bars) & 7];
	nr = fuzz_good_table(words, fuzz_take(in, 2) % PVFEAT_NWORDS_ROOM + 1);
	for (i = 0; i < nr; i++)
		put_le((__u8 *)&d->bar[i], words[i]);
}
