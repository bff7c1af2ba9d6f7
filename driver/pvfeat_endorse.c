// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: tables that the guest's owner endorsed by their digests.
 *
 * Each digest is kept with its origin, which a verifier requires: the host controls a
 * command line that is not measured.
 */
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "pvfeat_compat.h"
#include "pvfeat_endorse.h"
#include "pvfeat_measure.h"

static const char * const origin_names[] = {
	[PVFEAT_ORIGIN_PARAMETER] = "parameter",
	[PVFEAT_ORIGIN_SYSFS] = "sysfs",
};

/*
 * Protected by pvfeat_windows_lock, except in early boot. A static array, because the
 * command line is parsed before memory can be allocated.
 */
static struct pvfeat_endorsement {
	u8 digest[PVFEAT_DIGEST_BYTES];
	enum pvfeat_origin origin;
} endorsed[PVFEAT_ENDORSED_MAX];
static unsigned int nr_endorsed;

/**
 * pvfeat_table_digest - compute the digest of a table (PVF-DRV-46)
 * @table: a table that passed pvfeat_table_check()
 * @digest: filled in with the SHA-256 of the little-endian words with GENERATION 0;
 *	PVFEAT_DIGEST_BYTES long
 *
 * Context: Any; allocates no memory.
 * Return: false if this kernel has no SHA-256.
 */
bool pvfeat_table_digest(const struct pvfeat_table *table, u8 *digest)
{
#if IS_REACHABLE(CONFIG_CRYPTO_LIB_SHA256)
	__le32 block[SHA256_BLOCK_SIZE / sizeof(__le32)];
	pvfeat_sha256_state state;
	unsigned int i, n = 0;

	static_assert(PVFEAT_DIGEST_BYTES == SHA256_DIGEST_SIZE);
	sha256_init(&state);
	for (i = 0; i < table->nr; i++) {
		block[n++] = cpu_to_le32(pvfeat_table_digest_word(table, i));
		if (n == ARRAY_SIZE(block) || i == table->nr - 1) {
			sha256_update(&state, (const u8 *)block, n * sizeof(*block));
			n = 0;
		}
	}
	sha256_final(&state, digest);
	return true;
#else
	return false;
#endif
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_table_digest);

/**
 * pvfeat_digest_parse - parse a digest
 * @text: hexadecimal digits; need not end with a NUL
 * @size: number of bytes in @text
 * @digest: filled in, PVFEAT_DIGEST_BYTES long
 *
 * Return: 0, or -EINVAL if @text is not 64 hexadecimal digits.
 */
int pvfeat_digest_parse(const char *text, size_t size, u8 *digest)
{
	if (size != 2 * PVFEAT_DIGEST_BYTES || hex2bin(digest, text, PVFEAT_DIGEST_BYTES))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_digest_parse);

/**
 * pvfeat_digest_list - split a list of digests
 * @list: digests with commas in between
 * @item: called with each item, which need not be a digest, and its number of bytes
 */
void pvfeat_digest_list(const char *list, void (*item)(const char *text, size_t size))
{
	size_t size;

	for (;; list += size + 1) {
		size = strcspn(list, ",");
		item(list, size);
		if (list[size] != ',')
			return;
	}
}

static struct pvfeat_endorsement *find(const u8 *digest)
{
	unsigned int i;

	for (i = 0; i < nr_endorsed; i++) {
		if (!memcmp(endorsed[i].digest, digest, PVFEAT_DIGEST_BYTES))
			return &endorsed[i];
	}
	return NULL;
}

/**
 * pvfeat_endorsed_add - endorse a digest
 * @digest: the digest
 * @origin: origin of the endorsement; a digest keeps its first origin
 *
 * Return: 0, -EEXIST if @digest is already endorsed, -ENOSPC if the list is full, or
 * -EOPNOTSUPP if this kernel has no SHA-256.
 */
int pvfeat_endorsed_add(const u8 *digest, enum pvfeat_origin origin)
{
	if (!IS_REACHABLE(CONFIG_CRYPTO_LIB_SHA256))
		return -EOPNOTSUPP;
	if (find(digest))
		return -EEXIST;
	if (nr_endorsed == PVFEAT_ENDORSED_MAX)
		return -ENOSPC;
	memcpy(endorsed[nr_endorsed].digest, digest, PVFEAT_DIGEST_BYTES);
	endorsed[nr_endorsed].origin = origin;
	nr_endorsed++;
	/* Digests of the parameter are measured later, when memory can be allocated */
	if (origin != PVFEAT_ORIGIN_PARAMETER)
		pvfeat_measure_endorsement(origin_names[origin], digest);
	return 0;
}

/**
 * pvfeat_endorsed_remove - revoke an endorsement
 * @digest: the digest
 *
 * Return: 0, or -ENOENT if @digest is not endorsed.
 */
int pvfeat_endorsed_remove(const u8 *digest)
{
	struct pvfeat_endorsement *entry = find(digest);

	if (!entry)
		return -ENOENT;
	nr_endorsed--;
	memmove(entry, entry + 1, (&endorsed[nr_endorsed] - entry) * sizeof(*entry));
	return 0;
}

/**
 * pvfeat_endorsed_has - test whether a digest is endorsed
 * @digest: the digest
 *
 * Return: true if it is.
 */
bool pvfeat_endorsed_has(const u8 *digest)
{
	return find(digest);
}

/**
 * pvfeat_endorsed_measure - measure the digests of the parameter
 *
 * Context: May sleep.
 */
void pvfeat_endorsed_measure(void)
{
	unsigned int i;

	for (i = 0; i < nr_endorsed; i++) {
		if (endorsed[i].origin == PVFEAT_ORIGIN_PARAMETER)
			pvfeat_measure_endorsement(origin_names[PVFEAT_ORIGIN_PARAMETER],
						   endorsed[i].digest);
	}
}

/**
 * pvfeat_endorsed_emit - list the endorsed digests
 * @buf: the buffer of a sysfs attribute
 *
 * Return: the number of bytes written.
 */
ssize_t pvfeat_endorsed_emit(char *buf)
{
	ssize_t len = 0;
	unsigned int i;

	for (i = 0; i < nr_endorsed; i++)
		len += sysfs_emit_at(buf, len, "%*phN %s\n", PVFEAT_DIGEST_BYTES,
				     endorsed[i].digest, origin_names[endorsed[i].origin]);
	return len;
}
