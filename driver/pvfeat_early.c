// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: answers for code that runs before core_initcall, in kernels with
 * the driver built in. The architecture's setup code calls pvfeat_early_init() when it
 * has detected what kind of guest it runs in; before that, every feature is off.
 */
#include <linux/array_size.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/of_fdt.h>
#include <linux/string.h>

#include "pvfeat.h"
#include "pvfeat_cpuid.h"
#include "pvfeat_endorse.h"
#include "pvfeat_table.h"
#include "pvfeat_trust.h"

/* The trusted table; all zeros, without a feature, while there is none */
static struct pvfeat_table early __initdata;

#if defined(CONFIG_X86)

static u32 __init read_word(void *context, unsigned int word)
{
	u32 regs[PVFEAT_WORDS_PER_LEAF];

	pvfeat_cpuid_read(word / PVFEAT_WORDS_PER_LEAF, regs);
	return regs[word % PVFEAT_WORDS_PER_LEAF];
}

static bool __init read_table(struct pvfeat_verdict *verdict)
{
	u32 first[PVFEAT_WORDS_PER_LEAF];

	return pvfeat_cpuid_present(first) &&
	       pvfeat_table_read(&early, read_word, NULL, PVFEAT_TABLE_MAX_WORDS, verdict);
}

#elif defined(CONFIG_OF_EARLY_FLATTREE)

/**
 * struct array - a property of the flattened DeviceTree
 * @words: the words; NULL if there is no such property
 * @count: number of words
 */
struct array {
	const __be32 *words;
	unsigned int count;
};

static u32 __init read_word(void *context, unsigned int word)
{
	const struct array *array = context;

	return be32_to_cpu(array->words[word]);
}

/* The string need not end with a NUL */
static bool __init is_available(unsigned long node)
{
	int size;
	const char *status = of_get_flat_dt_prop(node, "status", &size);

	return !status || (size == sizeof("ok") && !memcmp(status, "ok", size)) ||
	       (size == sizeof("okay") && !memcmp(status, "okay", size));
}

/* The first available node counts, and the first of its properties that is an array */
static int __init find_array(unsigned long node, const char *name, int depth, void *data)
{
	static const char * const names[] __initconst = {
		PVFEAT_DT_PROPERTY, PVFEAT_DT_PROPERTY_ARM
	};
	struct array *array = data;
	const void *words;
	unsigned int i;
	int size;

	if (!of_flat_dt_is_compatible(node, PVFEAT_DT_COMPATIBLE) || !is_available(node))
		return 0;
	for (i = 0; i < ARRAY_SIZE(names) && !array->words; i++) {
		words = of_get_flat_dt_prop(node, names[i], &size);
		if (!words || size <= 0 || size % sizeof(*array->words))
			continue;
		array->words = words;
		array->count = size / sizeof(*array->words);
	}
	return 1;
}

static bool __init read_table(struct pvfeat_verdict *verdict)
{
	struct array array = { 0 };

	of_scan_flat_dt(find_array, &array);
	return array.words &&
	       pvfeat_table_read(&early, read_word, &array,
				 min_t(unsigned int, array.count, PVFEAT_TABLE_MAX_WORDS),
				 verdict);
}

#else

static bool __init read_table(struct pvfeat_verdict *verdict)
{
	return false;
}

#endif

/* As is_trusted() in pvfeat_window.c, for a window that the host can write */
static bool __init is_trusted(void)
{
	u8 digest[PVFEAT_DIGEST_BYTES];

	return pvfeat_guest_kind() == PVFEAT_GUEST_PLAIN ||
	       (pvfeat_table_digest(&early, digest) && pvfeat_endorsed_has(digest));
}

/**
 * pvfeat_early_init - read the table that pvfeat_early_has() answers from
 *
 * To be called once by the architecture's setup code, after it has detected whether the
 * guest is confidential and after parse_early_param(). A malformed or untrusted table is
 * ignored here; the driver reports it later.
 *
 * Context: Early boot, one processor. Allocates no memory.
 */
void __init pvfeat_early_init(void)
{
	struct pvfeat_verdict verdict;

	if (!read_table(&verdict) || !is_trusted())
		memset(&early, 0, sizeof(early));
}

/**
 * pvfeat_early_has - test, before core_initcall, whether the paravisor offers a feature
 * @feature: as for pvfeat_has()
 *
 * The answer is from a single window: CPUID on x86, the flattened DeviceTree on other
 * architectures. In a confidential guest the host can write both, and the answer is true
 * only if the table's digest is endorsed on the command line (pvfeat.endorsed=). The
 * other windows, which pvfeat_has() merges, can turn a service off again.
 *
 * Context: Until the memory of __init functions is freed. No lock is taken.
 * Return: true if the feature is on; false if it is off or unknown, if the window is
 * not trusted, or before pvfeat_early_init().
 */
bool __init pvfeat_early_has(unsigned int feature)
{
	return pvfeat_table_has(&early, feature);
}

/* The driver's parameter of the same name reports digests that are ignored */
static void __init endorse_item(const char *item, size_t size)
{
	u8 digest[PVFEAT_DIGEST_BYTES];

	if (!pvfeat_digest_parse(item, size, digest))
		pvfeat_endorsed_add(digest, PVFEAT_ORIGIN_PARAMETER);
}

static int __init endorse_early(char *value)
{
	if (value)
		pvfeat_digest_list(value, endorse_item);
	return 0;
}
early_param("pvfeat.endorsed", endorse_early);
