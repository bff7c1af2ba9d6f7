// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: sources, policy, the effective set, sysfs.
 *
 * A window (pvfeat_pci.c, pvfeat_cpuid.c, pvfeat_fw.c) registers a checked table and
 * whether it is trusted. The core keeps these sources, cross-checks them, merges them
 * into the effective set by the policy, and exposes the result in /sys/class/pvfeat.
 */
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pvfeat.h"
#include "pvfeat_compat.h"
#include "pvfeat_core.h"

enum pvfeat_policy { POLICY_INTERSECT, POLICY_STRICT, POLICY_REPORT };

static const char * const policy_names[] = {
	[POLICY_INTERSECT] = "intersect",
	[POLICY_STRICT] = "strict",
	[POLICY_REPORT] = "report",
};

static const char * const kind_names[] = {
	[PVFEAT_KIND_PCI] = "pci",
	[PVFEAT_KIND_CPUID] = "cpuid",
	[PVFEAT_KIND_DT] = "dt",
	[PVFEAT_KIND_ACPI] = "acpi",
};

/* Whether and how a source contributes to the effective set; see the ABI document */
enum pvfeat_status {
	STATUS_CURRENT,		/* contributes */
	STATUS_STALE,		/* superseded by a newer generation, or unstable */
	STATUS_UNUSED,		/* a PCI window after the first one */
	STATUS_UNTRUSTED,
};

static const char * const status_names[] = {
	[STATUS_CURRENT] = "current",
	[STATUS_STALE] = "stale",
	[STATUS_UNUSED] = "unused",
	[STATUS_UNTRUSTED] = "untrusted",
};

/**
 * struct pvfeat_source - one window onto a table
 * @dev: /sys/class/pvfeat/<kind>, with a number where there can be several
 * @node: in pvfeat_sources, under pvfeat_lock
 * @table: the last good snapshot, under pvfeat_lock
 * @kind: of window
 * @status: set by update_effective(), under pvfeat_lock
 * @reference: the source that this one was last compared with, for the log
 * @id: number in the name of @dev
 * @trusted: pvfeat_window_trusted() when it was added
 * @allowed: whether it may contribute: trusted, or allow_untrusted was set
 * @outdated: a firmware window that was once older than the PCI window in use,
 *	under pvfeat_lock
 * @unstable: the window could not be read after a change, @table is its last good
 *	table, under pvfeat_lock
 */
struct pvfeat_source {
	struct device dev;
	struct list_head node;
	struct pvfeat_table *table;
	enum pvfeat_kind kind;
	enum pvfeat_status status;
	const struct pvfeat_source *reference;
	int id;
	bool trusted;
	bool allowed;
	bool outdated;
	bool unstable;
};

#define to_source(d) container_of(d, struct pvfeat_source, dev)

/* Guards the list and the state derived from it */
static DEFINE_MUTEX(pvfeat_lock);
static LIST_HEAD(pvfeat_sources);
static DEFINE_IDA(pvfeat_pci_numbers);
static BLOCKING_NOTIFIER_HEAD(pvfeat_notifiers);
static enum pvfeat_policy pvfeat_policy;
static bool untrusted_allowed;
static struct device *pvfeat_effective_dev;

/* The source that the others are compared with; NULL if none may contribute */
static struct pvfeat_source *pvfeat_reference;

/**
 * struct pvfeat_kept - a set, constant once it is published
 * @set: the set
 * @rcu: frees it after the last reader
 */
struct pvfeat_kept {
	struct pvfeat_words set;
	struct rcu_head rcu;
};

/* Fallback when the allocation fails; the first is also the initial, empty set */
static struct pvfeat_kept pvfeat_spare[2];
const struct pvfeat_words __rcu *pvfeat_effective __read_mostly =
	RCU_INITIALIZER(&pvfeat_spare[0].set);
EXPORT_SYMBOL_GPL(pvfeat_effective);
u32 pvfeat_now[PVFEAT_NWORDS_MAX] __read_mostly;
EXPORT_SYMBOL_GPL(pvfeat_now);

/* The effective set, under pvfeat_lock */
static const struct pvfeat_words *effective_locked(void)
{
	return rcu_dereference_protected(pvfeat_effective,
					 lockdep_is_held(&pvfeat_lock));
}

/* ---- comparison --------------------------------------------------------- */

static_assert(PVFEAT_FIRST_VENDOR_FEATURE % PVFEAT_BITS_PER_WORD == 0);

/*
 * PARAVISOR_ID defines what the features from PVFEAT_FIRST_VENDOR_FEATURE on mean.
 * A table takes part in them if it has the PARAVISOR_ID of the reference. If that is
 * 0, undisclosed, no table has such words, see pvfeat_table_nwords().
 */
static bool word_takes_part(const struct pvfeat_table *t,
			    const struct pvfeat_table *reference, unsigned int word)
{
	return word < PVFEAT_FIRST_VENDOR_FEATURE / PVFEAT_BITS_PER_WORD ||
	       t->words[PVFEAT_W_PARAVISOR_ID] ==
	       reference->words[PVFEAT_W_PARAVISOR_ID];
}

/* A feature word of a table; 0 past the table's NWORDS */
static u32 table_word(const struct pvfeat_table *t, unsigned int word)
{
	return word < pvfeat_table_nwords(t) ? pvfeat_table_features(t)[word] : 0;
}

static u32 table_boundary(const struct pvfeat_table *t)
{
	return t->words[PVFEAT_W_ACCESS] >> PVFEAT_ACCESS_BOUNDARY_SHIFT &
	       PVFEAT_ACCESS_BOUNDARY_MASK;
}

/* Last item of a list that does not fit its buffer */
#define CUT_MARK "..."

/**
 * struct list_text - text of items and separators
 * @buf: the text
 * @size: of @buf
 * @len: length of the text
 * @between: separator
 * @cut: whether an item did not fit
 */
struct list_text {
	char *buf;
	size_t size;
	size_t len;
	const char *between;
	bool cut;
};

static __printf(2, 3) void list_add_item(struct list_text *l, const char *fmt, ...)
{
	/* Room for the longest item, two separators and the mark */
	const size_t need = 64;
	va_list args;

	if (l->cut)
		return;
	if (l->len + need > l->size) {
		l->cut = true;
		l->len += scnprintf(l->buf + l->len, l->size - l->len,
				    "%s" CUT_MARK, l->between);
		return;
	}
	if (l->len)
		l->len += scnprintf(l->buf + l->len, l->size - l->len, "%s",
				    l->between);
	va_start(args, fmt);
	l->len += vscnprintf(l->buf + l->len, l->size - l->len, fmt, args);
	va_end(args);
}

static void list_add_feature(struct list_text *l, const char *sign,
			     unsigned int feature)
{
	char label[PVFEAT_FEATURE_LABEL];

	list_add_item(l, "%s%s", sign,
		      pvfeat_feature_label(feature, label, sizeof(label)));
}

/*
 * List the fields and features in which @a differs from the reference @b: names of
 * fields, +feature where only @a has it, -feature where only @b has it. The list is
 * empty if they agree.
 */
static void list_differences(struct list_text *l, const struct pvfeat_table *a,
			     const struct pvfeat_table *b)
{
	static const struct {
		unsigned int word;
		const char *name;
	} fields[] = {
		{ PVFEAT_W_VERSION, "VERSION" },
		{ PVFEAT_W_TEE, "TEE" },
		{ PVFEAT_W_NWORDS, "NWORDS" },
		{ PVFEAT_W_PARAVISOR_ID, "PARAVISOR_ID" },
		{ PVFEAT_W_PARAVISOR_VERSION, "PARAVISOR_VERSION" },
		{ PVFEAT_W_ACCESS, "ACCESS" },
	};
	const unsigned int nwords = max(pvfeat_table_nwords(a),
					pvfeat_table_nwords(b));
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		u32 found = a->words[fields[i].word];
		u32 other = b->words[fields[i].word];

		if (found != other)
			list_add_item(l, "%s=0x%x/0x%x", fields[i].name, found,
				      other);
	}
	for (i = 0; i < nwords && word_takes_part(a, b, i); i++) {
		u32 found = table_word(a, i), other = table_word(b, i);

		for (bit = 0; found != other && bit < 32; bit++) {
			if ((found ^ other) >> bit & 1)
				list_add_feature(l, found >> bit & 1 ? "+" : "-",
						 i * 32 + bit);
		}
	}
}

/* Log once for each pair of tables that differ */
static void report_difference(struct pvfeat_source *source)
{
	char text[384];
	struct list_text l = { text, sizeof(text), 0, " " };

	if (source->reference == pvfeat_reference)
		return;
	source->reference = pvfeat_reference;
	text[0] = '\0';
	list_differences(&l, source->table, pvfeat_reference->table);
	if (l.len)
		dev_warn_ratelimited(&source->dev, "disagrees with %s: %s (policy %s)\n",
				     dev_name(&pvfeat_reference->dev), text,
				     policy_names[pvfeat_policy]);
}

static bool same_content(const struct pvfeat_table *a, const struct pvfeat_table *b)
{
	char text[64];
	struct list_text l = { text, sizeof(text), 0, " " };

	text[0] = '\0';
	list_differences(&l, a, b);
	return !l.len;
}

/* ---- the effective set -------------------------------------------------- */

static bool is_firmware(const struct pvfeat_source *source)
{
	return source->kind != PVFEAT_KIND_PCI;
}

/*
 * The first trusted PCI window, else the first PCI window that is allowed to
 * contribute, else the first firmware window in the order of enum pvfeat_kind
 */
static struct pvfeat_source *choose_reference(void)
{
	struct pvfeat_source *source, *allowed = NULL, *firmware = NULL;

	list_for_each_entry(source, &pvfeat_sources, node) {
		if (!source->allowed || source->outdated)
			continue;
		if (is_firmware(source)) {
			if (!firmware || source->kind < firmware->kind)
				firmware = source;
			continue;
		}
		if (source->trusted)
			return source;
		allowed = allowed ?: source;
	}
	return allowed ?: firmware;
}

static enum pvfeat_status source_status(struct pvfeat_source *source)
{
	const struct pvfeat_source *reference = pvfeat_reference;

	if (!source->allowed)
		return STATUS_UNTRUSTED;
	/* PVF-DRV-40: permanent, also after the PCI window is removed */
	if (source->outdated)
		return STATUS_STALE;
	if (source == reference)
		return source->unstable ? STATUS_STALE : STATUS_CURRENT;
	if (!is_firmware(source))
		return STATUS_UNUSED;
	/* Serial number arithmetic: 0 is newer than a number that is about to wrap */
	if (!is_firmware(reference) &&
	    (s32)(source->table->words[PVFEAT_W_GENERATION] -
		  reference->table->words[PVFEAT_W_GENERATION]) < 0)
		source->outdated = true;
	return source->outdated ? STATUS_STALE : STATUS_CURRENT;
}

/* Whether a window beside the reference has a part in the effective set */
static bool contributes(const struct pvfeat_source *source)
{
	return source != pvfeat_reference && source->status == STATUS_CURRENT;
}

/*
 * Merge another window's table into the set: a service stays on if the table has it,
 * unless the policy is that the reference wins; a warning is turned on by any table.
 */
static void merge_table(struct pvfeat_words *set, const struct pvfeat_table *t,
			const struct pvfeat_table *reference)
{
	const bool reference_wins = pvfeat_policy == POLICY_REPORT;
	unsigned int i;

	for (i = 0; i < PVFEAT_NWORDS_MAX && word_takes_part(t, reference, i); i++) {
		const u32 warnings = pvfeat_warnings(i), word = table_word(t, i);

		if (!reference_wins)
			set->words[i] &= word | warnings;
		set->words[i] |= word & warnings;
		if (set->words[i] && i >= set->nwords)
			set->nwords = i + 1;
	}
	/* The field that the feature declares valid has two values */
	if (!reference_wins && table_boundary(t) != table_boundary(reference))
		set->words[PVFEAT_SHARED_GPA_BOUNDARY / PVFEAT_BITS_PER_WORD] &=
			~BIT(PVFEAT_SHARED_GPA_BOUNDARY % PVFEAT_BITS_PER_WORD);
}

/*
 * PVF-DRV-37: derive the set from the reference and the other windows that contribute.
 * The rules between features bind tables; a merged set may break them.
 */
static void compute_words(struct pvfeat_words *out)
{
	const struct pvfeat_table *reference;
	const struct pvfeat_source *source;
	bool differ = false;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	if (!pvfeat_reference)
		return;
	reference = pvfeat_reference->table;
	out->generation = reference->words[PVFEAT_W_GENERATION];
	out->nwords = pvfeat_table_nwords(reference);
	for (i = 0; i < out->nwords; i++)
		out->words[i] = table_word(reference, i);
	list_for_each_entry(source, &pvfeat_sources, node) {
		if (!contributes(source))
			continue;
		differ |= !same_content(source->table, reference);
		merge_table(out, source->table, reference);
	}
	for (i = 0; differ && pvfeat_policy == POLICY_STRICT && i < out->nwords; i++)
		out->words[i] &= pvfeat_warnings(i);
}

/* Wake pollers of "generation" and send a uevent */
static void announce(struct device *dev, u32 generation)
{
	char text[sizeof("GENERATION=4294967295")];
	char *env[2] = { text };

	snprintf(text, sizeof(text), "GENERATION=%u", generation);
	sysfs_notify(&dev->kobj, NULL, "generation");
	kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, env);
}

/* Allocate the set that replaces a published one; does not fail */
static struct pvfeat_words *new_set(const struct pvfeat_words *published)
{
	struct pvfeat_kept *next = kmalloc_obj(*next, GFP_KERNEL | __GFP_NOWARN);

	if (!next) {
		/* The spare set that is not published may still have readers */
		synchronize_rcu();
		next = &pvfeat_spare[published == &pvfeat_spare[0].set];
	}
	return &next->set;
}

static void free_set(const struct pvfeat_words *set, bool published)
{
	struct pvfeat_kept *kept = container_of((struct pvfeat_words *)set,
						struct pvfeat_kept, set);

	if (kept == &pvfeat_spare[0] || kept == &pvfeat_spare[1])
		return;
	if (published)
		kfree_rcu(kept, rcu);
	else
		kfree(kept);
}

/* Compute the state of the sources and the effective set */
static void update_effective(void)
{
	const struct pvfeat_words *before;
	struct pvfeat_source *source;
	struct pvfeat_words *next;
	unsigned int i;

	lockdep_assert_held(&pvfeat_lock);

	/* A module parameter can be set before pvfeat_early_init() and after it failed */
	if (IS_ERR_OR_NULL(pvfeat_effective_dev))
		return;
	pvfeat_reference = choose_reference();
	list_for_each_entry(source, &pvfeat_sources, node) {
		WRITE_ONCE(source->status, source_status(source));
		if (source == pvfeat_reference || source->status != STATUS_CURRENT)
			source->reference = NULL;
		else
			report_difference(source);
	}

	before = effective_locked();
	next = new_set(before);
	compute_words(next);
	if (!memcmp(before, next, sizeof(*next))) {
		free_set(next, false);
		return;
	}
	rcu_assign_pointer(pvfeat_effective, next);
	for (i = 0; i < PVFEAT_NWORDS_MAX; i++)
		if (pvfeat_now[i] != next->words[i])
			WRITE_ONCE(pvfeat_now[i], next->words[i]);
	if (memcmp(before->words, next->words, sizeof(next->words))) {
		struct pvfeat_change change = { before, next };

		blocking_notifier_call_chain(&pvfeat_notifiers, PVFEAT_CHANGED,
					     &change);
	}
	announce(pvfeat_effective_dev, next->generation);
	free_set(before, true);
}

/**
 * pvfeat_register_notifier - register for changes of the effective set
 * @nb: called with PVFEAT_CHANGED and a struct pvfeat_change
 *
 * The callback is called for each change after the registration, which can be before
 * this function returns; call pvfeat_has() afterwards for the state before. Callbacks
 * may sleep and may call pvfeat_has(), which gives the new answers; they must not call
 * pvfeat_register_notifier() or pvfeat_unregister_notifier(), and these must not be
 * called under a lock that the callback takes. A callback that returns NOTIFY_STOP
 * hides the change from the callbacks after it.
 *
 * Context: May sleep.
 * Return: 0, or -EEXIST if @nb is registered already.
 */
int pvfeat_register_notifier(struct notifier_block *nb)
{
	int ret;

	/* Orders the registration after a change that the callback does not get */
	mutex_lock(&pvfeat_lock);
	ret = blocking_notifier_chain_register(&pvfeat_notifiers, nb);
	mutex_unlock(&pvfeat_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(pvfeat_register_notifier);

/**
 * pvfeat_unregister_notifier - undo pvfeat_register_notifier()
 * @nb: the registered notifier
 *
 * No callback is running when it returns.
 *
 * Context: May sleep.
 * Return: 0, or -ENOENT if @nb is not registered.
 */
int pvfeat_unregister_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&pvfeat_notifiers, nb);
}
EXPORT_SYMBOL_GPL(pvfeat_unregister_notifier);

/**
 * pvfeat_set_policy - set how sources that differ are merged
 * @value: intersect, strict or report; a newline may follow
 *
 * Context: May sleep.
 * Return: 0, or -EINVAL for another name.
 */
int pvfeat_set_policy(const char *value)
{
	int policy = sysfs_match_string(policy_names, value);

	if (policy < 0) {
		pr_err("pvfeat: policy is intersect, strict or report, not '%s'\n",
		       value);
		return policy;
	}
	mutex_lock(&pvfeat_lock);
	pvfeat_policy = policy;
	update_effective();
	mutex_unlock(&pvfeat_lock);
	return 0;
}

static int policy_set(const char *value, const struct kernel_param *kp)
{
	return pvfeat_set_policy(value);
}

static int policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", policy_names[READ_ONCE(pvfeat_policy)]);
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_set,
	.get = policy_get,
};
module_param_cb(policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(policy, "services where windows differ: intersect (default): on if each contributing window has them; strict: all off; report: as in the reference, the PCI window if there is one; a warning is on if any contributing window has it");

/**
 * pvfeat_allow_untrusted - let untrusted windows that are added later contribute
 * @value: a boolean, as for kstrtobool()
 *
 * The host of a confidential guest can turn features on then, so the kernel is
 * tainted.
 *
 * Return: 0, or -EINVAL if @value is not a boolean.
 */
int pvfeat_allow_untrusted(const char *value)
{
	int ret = kstrtobool(value, &untrusted_allowed);

	if (!ret && untrusted_allowed) {
		pr_warn("pvfeat: allow_untrusted is set: the host of a confidential guest can turn features on; the kernel is tainted\n");
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	}
	return ret;
}

static int allow_untrusted_set(const char *value, const struct kernel_param *kp)
{
	return pvfeat_allow_untrusted(value ?: "y");
}

static const struct kernel_param_ops allow_untrusted_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = allow_untrusted_set,
	.get = param_get_bool,
};
module_param_cb(allow_untrusted, &allow_untrusted_ops, &untrusted_allowed, 0444);
MODULE_PARM_DESC(allow_untrusted, "let windows contribute that the host of a confidential guest can write; taints the kernel");

/* ---- sysfs: /sys/class/pvfeat, see Documentation/ABI/testing/sysfs-class-pvfeat */

/* Terminate the last line of a sysfs file with one item per line */
static ssize_t end_list(const struct list_text *l)
{
	return l->len ? l->len + sysfs_emit_at(l->buf, l->len, "\n") : 0;
}

static ssize_t emit_feature_list(char *buf, const u32 *words,
				 unsigned int nwords)
{
	struct list_text l = { buf, PAGE_SIZE - 1, 0, "\n" };
	unsigned int feature;

	for (feature = 0; feature < nwords * PVFEAT_BITS_PER_WORD; feature++) {
		if (pvfeat_words_have(words, nwords, feature))
			list_add_feature(&l, "", feature);
	}
	return end_list(&l);
}

static ssize_t emit_word_list(char *buf, const u32 *words, unsigned int nwords)
{
	ssize_t len = 0;
	unsigned int i;

	/* PVFEAT_NWORDS_MAX lines fit a page */
	for (i = 0; i < nwords; i++)
		len += sysfs_emit_at(buf, len, "%08x\n", words[i]);
	return len;
}

static ssize_t emit_name(char *buf, const char *name, unsigned int value)
{
	if (name)
		return sysfs_emit(buf, "%s\n", name);
	return sysfs_emit(buf, "unknown (%u)\n", value);
}

/* A file with a part of a source's table; emit_<name>() is called under the lock */
#define TABLE_ATTR_RO(_name)						\
static ssize_t _name##_show(struct device *dev,			\
			    struct device_attribute *attr, char *buf)	\
{									\
	ssize_t len;							\
									\
	mutex_lock(&pvfeat_lock);					\
	len = emit_##_name(buf, to_source(dev)->table);		\
	mutex_unlock(&pvfeat_lock);					\
	return len;							\
}									\
static DEVICE_ATTR_RO(_name)

static ssize_t emit_features(char *buf, const struct pvfeat_table *table)
{
	return emit_feature_list(buf, pvfeat_table_features(table),
				 pvfeat_table_nwords(table));
}
TABLE_ATTR_RO(features);

static ssize_t emit_words(char *buf, const struct pvfeat_table *table)
{
	return emit_word_list(buf, pvfeat_table_features(table),
			      pvfeat_table_nwords(table));
}
TABLE_ATTR_RO(words);

static ssize_t emit_generation(char *buf, const struct pvfeat_table *table)
{
	return sysfs_emit(buf, "%u\n", table->words[PVFEAT_W_GENERATION]);
}
TABLE_ATTR_RO(generation);

static ssize_t emit_version(char *buf, const struct pvfeat_table *table)
{
	u32 version = table->words[PVFEAT_W_VERSION];

	return sysfs_emit(buf, "%u.%u\n", version >> PVFEAT_VERSION_MAJOR_SHIFT,
			  version & PVFEAT_VERSION_MINOR_MASK);
}
TABLE_ATTR_RO(version);

static ssize_t emit_tee(char *buf, const struct pvfeat_table *table)
{
	u32 type = table->words[PVFEAT_W_TEE] & PVFEAT_TEE_TYPE_MASK;

	return emit_name(buf, pvfeat_tee_name(type), type);
}
TABLE_ATTR_RO(tee);

static ssize_t emit_access_method(char *buf, const struct pvfeat_table *table)
{
	u32 method = table->words[PVFEAT_W_ACCESS] & PVFEAT_ACCESS_METHOD_MASK;

	return emit_name(buf, pvfeat_access_name(method), method);
}
TABLE_ATTR_RO(access_method);

static ssize_t emit_shared_gpa_boundary(char *buf,
					const struct pvfeat_table *table)
{
	return sysfs_emit(buf, "%u\n", table_boundary(table));
}
TABLE_ATTR_RO(shared_gpa_boundary);

static ssize_t emit_paravisor_id(char *buf, const struct pvfeat_table *table)
{
	u32 id = table->words[PVFEAT_W_PARAVISOR_ID];

	return sysfs_emit(buf, "%04x:%04x\n", id & PVFEAT_PARAVISOR_VENDOR_MASK,
			  id >> PVFEAT_PARAVISOR_PRODUCT_SHIFT);
}
TABLE_ATTR_RO(paravisor_id);

static ssize_t emit_paravisor_version(char *buf, const struct pvfeat_table *table)
{
	return sysfs_emit(buf, "0x%08x\n",
			  table->words[PVFEAT_W_PARAVISOR_VERSION]);
}
TABLE_ATTR_RO(paravisor_version);

static ssize_t trusted_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", to_source(dev)->trusted);
}
static DEVICE_ATTR_RO(trusted);

static ssize_t status_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  status_names[READ_ONCE(to_source(dev)->status)]);
}
static DEVICE_ATTR_RO(status);

/* Differences from the reference, also of a source that does not contribute */
static ssize_t disagreements_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct list_text l = { buf, PAGE_SIZE - 1, 0, "\n" };

	mutex_lock(&pvfeat_lock);
	if (pvfeat_reference)
		list_differences(&l, to_source(dev)->table,
				 pvfeat_reference->table);
	mutex_unlock(&pvfeat_lock);
	return end_list(&l);
}
static DEVICE_ATTR_RO(disagreements);

/* The table as in the PCI window: little-endian words */
static ssize_t table_read(struct file *file, struct kobject *kobj,
			  pvfeat_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	const struct pvfeat_table *table;
	size_t size, i;

	mutex_lock(&pvfeat_lock);
	table = to_source(kobj_to_dev(kobj))->table;
	size = table->nr * 4;
	count = pos < size ? min_t(size_t, count, size - pos) : 0;
	for (i = 0; i < count; i++)
		buf[i] = table->words[(pos + i) / 4] >> (pos + i) % 4 * 8;
	mutex_unlock(&pvfeat_lock);
	return count;
}
static BIN_ATTR_RO(table, PVFEAT_TABLE_MAX_BYTES);

static struct attribute *source_attrs[] = {
	&dev_attr_features.attr,
	&dev_attr_words.attr,
	&dev_attr_generation.attr,
	&dev_attr_version.attr,
	&dev_attr_tee.attr,
	&dev_attr_access_method.attr,
	&dev_attr_shared_gpa_boundary.attr,
	&dev_attr_paravisor_id.attr,
	&dev_attr_paravisor_version.attr,
	&dev_attr_trusted.attr,
	&dev_attr_status.attr,
	&dev_attr_disagreements.attr,
	NULL
};

static pvfeat_bin_attr_ptr source_bin_attrs[] = {
	&bin_attr_table,
	NULL
};

static const struct attribute_group source_group = {
	.attrs = source_attrs,
	.bin_attrs = source_bin_attrs,
};

static const struct attribute_group *source_groups[] = {
	&source_group,
	NULL
};

static ssize_t effective_features_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	const struct pvfeat_words *set;
	ssize_t len;

	mutex_lock(&pvfeat_lock);
	set = effective_locked();
	len = emit_feature_list(buf, set->words, set->nwords);
	mutex_unlock(&pvfeat_lock);
	return len;
}

static ssize_t effective_words_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	const struct pvfeat_words *set;
	ssize_t len;

	mutex_lock(&pvfeat_lock);
	set = effective_locked();
	len = emit_word_list(buf, set->words, set->nwords);
	mutex_unlock(&pvfeat_lock);
	return len;
}

static ssize_t effective_generation_show(struct device *dev,
					 struct device_attribute *attr,
					 char *buf)
{
	ssize_t len = 0;

	mutex_lock(&pvfeat_lock);
	if (pvfeat_reference)
		len = sysfs_emit(buf, "%u\n", effective_locked()->generation);
	mutex_unlock(&pvfeat_lock);
	return len;
}

/* The sources that contribute, the reference first */
static ssize_t effective_sources_show(struct device *dev,
				      struct device_attribute *attr, char *buf)
{
	struct list_text l = { buf, PAGE_SIZE - 1, 0, "\n" };
	struct pvfeat_source *source;

	mutex_lock(&pvfeat_lock);
	if (pvfeat_reference)
		list_add_item(&l, "%s", dev_name(&pvfeat_reference->dev));
	list_for_each_entry(source, &pvfeat_sources, node) {
		if (source != pvfeat_reference && source->status == STATUS_CURRENT)
			list_add_item(&l, "%s", dev_name(&source->dev));
	}
	mutex_unlock(&pvfeat_lock);
	return end_list(&l);
}

static struct device_attribute effective_features =
	__ATTR(features, 0444, effective_features_show, NULL);
static struct device_attribute effective_words =
	__ATTR(words, 0444, effective_words_show, NULL);
static struct device_attribute effective_generation =
	__ATTR(generation, 0444, effective_generation_show, NULL);
static struct device_attribute effective_sources =
	__ATTR(sources, 0444, effective_sources_show, NULL);

static struct attribute *effective_attrs[] = {
	&effective_features.attr,
	&effective_words.attr,
	&effective_generation.attr,
	&effective_sources.attr,
	NULL
};
ATTRIBUTE_GROUPS(effective);

static void source_release(struct device *dev)
{
	struct pvfeat_source *source = to_source(dev);

	if (!is_firmware(source))
		ida_free(&pvfeat_pci_numbers, source->id);
	kvfree(source->table);
	kfree(source);
}

static struct class pvfeat_class = {
	.name = "pvfeat",
};

static int name_source(struct pvfeat_source *source)
{
	const char *kind = kind_names[source->kind];

	/* There is at most one of each firmware window */
	if (is_firmware(source))
		return dev_set_name(&source->dev, "%s", kind);
	return dev_set_name(&source->dev, "%s%d", kind, source->id);
}

/**
 * pvfeat_window_trusted - whether a window is trusted
 * @kind: of window
 * @start: physical address of a PCI window; else ignored
 * @bytes: length of a PCI window; else ignored
 *
 * PVF-DRV-41. The host of a confidential guest provides the firmware's tables and
 * serves this range of CPUID.
 *
 * Return: true if its features are not ignored.
 */
bool pvfeat_window_trusted(enum pvfeat_kind kind, resource_size_t start,
			   resource_size_t bytes)
{
	if (!pvfeat_guest_confidential())
		return true;
	return kind == PVFEAT_KIND_PCI && pvfeat_range_private(start, bytes);
}

/**
 * pvfeat_source_add - register a window's table
 * @parent: the device behind the window, or NULL
 * @kind: of window; one source at most for each kind but PVFEAT_KIND_PCI
 * @trusted: from pvfeat_window_trusted()
 * @table: a table that passed pvfeat_table_check(); it is copied
 *
 * Context: May sleep.
 * Return: the source, for pvfeat_source_remove(), or an ERR_PTR.
 */
struct pvfeat_source *pvfeat_source_add(struct device *parent,
					enum pvfeat_kind kind, bool trusted,
					const struct pvfeat_table *table)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_source *source;
	int ret;

	/* Built in, later initcalls run even if pvfeat_early_init() failed */
	if (IS_ERR_OR_NULL(pvfeat_effective_dev))
		return ERR_PTR(-ENODEV);
	if (!pvfeat_table_check(table, &verdict))
		return ERR_PTR(-EINVAL);
	source = kzalloc_obj(*source, GFP_KERNEL);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->kind = kind;
	if (!is_firmware(source)) {
		source->id = ida_alloc(&pvfeat_pci_numbers, GFP_KERNEL);
		if (source->id < 0) {
			ret = source->id;
			kfree(source);
			return ERR_PTR(ret);
		}
	}
	source->trusted = trusted;
	source->allowed = trusted || untrusted_allowed;
	source->status = source->allowed ? STATUS_CURRENT : STATUS_UNTRUSTED;
	source->dev.class = &pvfeat_class;
	source->dev.parent = parent;
	source->dev.groups = source_groups;
	source->dev.release = source_release;
	device_initialize(&source->dev);
	/* From here on source_release() frees everything */

	source->table = kvmalloc_obj(*source->table, GFP_KERNEL);
	if (!source->table) {
		ret = -ENOMEM;
		goto put;
	}
	memcpy(source->table, table, sizeof(*table));
	ret = name_source(source);
	if (ret)
		goto put;
	/* The uevent is sent after the source has its status */
	dev_set_uevent_suppress(&source->dev, true);
	ret = device_add(&source->dev);
	if (ret)
		goto put;

	mutex_lock(&pvfeat_lock);
	list_add_tail(&source->node, &pvfeat_sources);
	update_effective();
	if (source->status == STATUS_UNTRUSTED)
		dev_warn_ratelimited(&source->dev, "untrusted, features ignored\n");
	else if (!trusted)
		dev_warn_ratelimited(&source->dev,
				     "untrusted, contributes because allow_untrusted is set\n");
	if (source->status == STATUS_UNUSED)
		dev_info(&source->dev, "not used: %s is in use\n",
			 dev_name(&pvfeat_reference->dev));
	mutex_unlock(&pvfeat_lock);
	dev_set_uevent_suppress(&source->dev, false);
	kobject_uevent(&source->dev.kobj, KOBJ_ADD);
	return source;

put:
	put_device(&source->dev);
	return ERR_PTR(ret);
}

/**
 * pvfeat_source_update - replace a window's table
 * @source: from pvfeat_source_add()
 * @table: a table that passed pvfeat_table_check(); it is copied. NULL if the
 *	   window is unstable: then the last good table stays in use, and the
 *	   source is marked stale.
 *
 * Readers see the effective set of before or the one of after, not a mix.
 *
 * Context: May sleep.
 */
void pvfeat_source_update(struct pvfeat_source *source,
			  const struct pvfeat_table *table)
{
	struct pvfeat_source *other;
	bool changed = false;

	mutex_lock(&pvfeat_lock);
	source->unstable = !table;
	if (table) {
		changed = source->table->nr != table->nr ||
			  memcmp(source->table->words, table->words,
				 table->nr * sizeof(table->words[0]));
		memcpy(source->table, table, sizeof(*table));
	}
	if (changed) {
		/* Compare the others with this table again, and log differences */
		source->reference = NULL;
		list_for_each_entry(other, &pvfeat_sources, node) {
			if (other->reference == source)
				other->reference = NULL;
		}
	}
	update_effective();
	mutex_unlock(&pvfeat_lock);
	if (changed)
		announce(&source->dev, table->words[PVFEAT_W_GENERATION]);
}

/**
 * pvfeat_source_remove - unregister a window's table
 * @source: from pvfeat_source_add(); NULL and ERR_PTRs are ignored
 *
 * When it returns, the effective set is that of the remaining sources.
 *
 * Context: May sleep; waits for readers of the source's sysfs files.
 */
void pvfeat_source_remove(struct pvfeat_source *source)
{
	struct pvfeat_source *other;

	if (IS_ERR_OR_NULL(source))
		return;
	mutex_lock(&pvfeat_lock);
	list_del(&source->node);
	list_for_each_entry(other, &pvfeat_sources, node) {
		if (other->reference == source)
			other->reference = NULL;
	}
	update_effective();
	mutex_unlock(&pvfeat_lock);
	device_unregister(&source->dev);
}

/**
 * pvfeat_window_lost - log that a window exists but cannot be registered
 * @kind: of window
 * @error: the reason, such as -ENOMEM
 *
 * The effective set is computed without it, as without a window that is refused.
 *
 * Return: NULL, as there is no source.
 */
struct pvfeat_source *pvfeat_window_lost(enum pvfeat_kind kind, int error)
{
	pr_err("pvfeat %s: lost: %pe\n", kind_names[kind], ERR_PTR(error));
	return NULL;
}

/**
 * pvfeat_window_add - read and register a window that does not change
 * @kind: of window
 * @read: reads a word of it
 * @context: for @read
 * @capacity: number of words in the window
 *
 * If the window is malformed or there is no memory for it, it is refused with a line
 * in the log.
 *
 * Context: May sleep.
 * Return: the source, or NULL.
 */
struct pvfeat_source *pvfeat_window_add(enum pvfeat_kind kind,
					pvfeat_read_fn read, void *context,
					unsigned int capacity)
{
	char text[PVFEAT_VERDICT_TEXT];
	struct pvfeat_source *source;
	struct pvfeat_verdict verdict;
	struct pvfeat_table *table;

	table = kvmalloc_obj(*table, GFP_KERNEL);
	if (!table)
		return pvfeat_window_lost(kind, -ENOMEM);
	if (!pvfeat_table_read(table, read, context, capacity, &verdict)) {
		pvfeat_describe_verdict(&verdict, text, sizeof(text));
		pr_err("pvfeat %s: refused: %s\n", kind_names[kind], text);
		kvfree(table);
		return NULL;
	}
	pr_info("pvfeat %s: %u features, generation %u\n", kind_names[kind],
		pvfeat_table_count(table), table->words[PVFEAT_W_GENERATION]);
	source = pvfeat_source_add(NULL, kind, pvfeat_window_trusted(kind, 0, 0),
				   table);
	kvfree(table);
	if (IS_ERR(source))
		return pvfeat_window_lost(kind, PTR_ERR(source));
	return source;
}

/* ---- start and end ------------------------------------------------------ */

static struct pvfeat_source *firmware_sources[PVFEAT_NR_KINDS];

/*
 * The core and the windows that need no bus, CPUID and DeviceTree: if built in, before
 * PCI is scanned.
 */
static int __init pvfeat_early_init(void)
{
	int ret;

	ret = class_register(&pvfeat_class);
	if (ret)
		return ret;
	pvfeat_effective_dev =
		device_create_with_groups(&pvfeat_class, NULL, 0, NULL,
					  effective_groups, "effective");
	if (IS_ERR(pvfeat_effective_dev)) {
		class_unregister(&pvfeat_class);
		return PTR_ERR(pvfeat_effective_dev);
	}
	firmware_sources[PVFEAT_KIND_CPUID] = pvfeat_cpuid_window();
	firmware_sources[PVFEAT_KIND_DT] = pvfeat_dt_window();
	return 0;
}

/* The ACPI namespace is built by the initcall that scans PCI (subsys_initcall) */
static int __init pvfeat_acpi_init(void)
{
	firmware_sources[PVFEAT_KIND_ACPI] = pvfeat_acpi_window();
	return 0;
}

static void pvfeat_core_exit(void)
{
	const struct pvfeat_words *last;
	struct device *effective;
	unsigned int kind;

	for (kind = 0; kind < PVFEAT_NR_KINDS; kind++)
		pvfeat_source_remove(firmware_sources[kind]);
	mutex_lock(&pvfeat_lock);
	effective = pvfeat_effective_dev;
	pvfeat_effective_dev = NULL;
	last = effective_locked();
	memset(&pvfeat_spare[0], 0, sizeof(pvfeat_spare[0]));
	rcu_assign_pointer(pvfeat_effective, &pvfeat_spare[0].set);
	free_set(last, true);
	mutex_unlock(&pvfeat_lock);
	device_unregister(effective);
	class_unregister(&pvfeat_class);
	ida_destroy(&pvfeat_pci_numbers);
}

static void __exit pvfeat_exit(void)
{
	pvfeat_pci_exit();
	pvfeat_core_exit();
}
module_exit(pvfeat_exit);

#ifdef MODULE
static int __init pvfeat_init(void)
{
	int ret;

	ret = pvfeat_early_init();
	if (ret)
		return ret;
	pvfeat_acpi_init();
	ret = pvfeat_pci_init();
	if (ret)
		pvfeat_core_exit();
	return ret;
}
module_init(pvfeat_init);
#else
core_initcall(pvfeat_early_init);
fs_initcall(pvfeat_acpi_init);
device_initcall(pvfeat_pci_init);
#endif

MODULE_DESCRIPTION("Paravisor feature enumeration");
MODULE_LICENSE("GPL");
