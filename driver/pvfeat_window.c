// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the registry of windows. It decides which windows are trusted
 * and which contribute, compares them, and has the tables of the contributing windows
 * merged into the effective set.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kobject.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "pvfeat_compat.h"
#include "pvfeat_measure.h"
#include "pvfeat_translate.h"
#include "pvfeat_trust.h"
#include "pvfeat_window.h"

static LIST_HEAD(windows);
static DEFINE_IDA(window_ids);
static enum pvfeat_policy windows_policy;
static bool untrusted_allowed;
static struct class *windows_class;
static const struct device_type *windows_type;

/* The contributing window that the others are compared with; NULL if there is none */
static struct pvfeat_window *windows_reference;

/* Protects the list, the policy, the reference and the windows */
DEFINE_MUTEX(pvfeat_windows_lock);

/* ---- comparison --------------------------------------------------------- */

static void add_difference(void *context, const char *text)
{
	seq_buf_printf(context, " %s", text);
}

/* The table to compare with that of the reference; a translation is completed from it */
static const struct pvfeat_table *comparable(const struct pvfeat_window *window)
{
	/* Protected by pvfeat_windows_lock; too large for the stack */
	static struct pvfeat_table filled;

	if (!window->mask)
		return window->table;
	pvfeat_translation_fill(&filled, window->table, window->mask, windows_reference->table);
	return &filled;
}

/* PVF-DRV-36: compare a window with the reference; log once for each pair of tables */
static void compare(struct pvfeat_window *window)
{
	struct seq_buf list;
	char text[384];

	if (window->compared == windows_reference)
		return;
	window->compared = windows_reference;
	seq_buf_init(&list, text, sizeof(text));
	window->mismatch = pvfeat_table_compare(comparable(window), windows_reference->table,
						add_difference, &list);
	if (!window->mismatch)
		return;
	/* Drop the last item, which was truncated */
	if (seq_buf_has_overflowed(&list))
		*strrchr(text, ' ') = '\0';
	dev_warn_ratelimited(&window->dev, "disagrees with %s:%s%s (policy %s)\n",
			     dev_name(&windows_reference->dev), text,
			     seq_buf_has_overflowed(&list) ? " ..." : "",
			     pvfeat_policy_names[windows_policy]);
}

/* Request new comparisons for a table that changed and for those compared with it */
static void forget_comparison(const struct pvfeat_window *window)
{
	struct pvfeat_window *other;

	list_for_each_entry(other, &windows, node) {
		if (other == window || other->compared == window)
			other->compared = NULL;
	}
}

/* ---- which windows contribute ------------------------------------------- */

/**
 * pvfeat_window_acceptance - whether a good table of a window may contribute, and why
 * @window: the window
 *
 * Return: the reason, or PVFEAT_ACCEPTANCE_UNTRUSTED if it may not.
 */
enum pvfeat_acceptance pvfeat_window_acceptance(const struct pvfeat_window *window)
{
	if (window->trusted)
		return PVFEAT_ACCEPTANCE_TRUSTED;
	if (window->endorsed)
		return PVFEAT_ACCEPTANCE_ENDORSED;
	return window->allowed ? PVFEAT_ACCEPTANCE_ALLOWED : PVFEAT_ACCEPTANCE_UNTRUSTED;
}

static bool is_accepted(const struct pvfeat_window *window)
{
	return window->table->nr &&
	       pvfeat_window_acceptance(window) != PVFEAT_ACCEPTANCE_UNTRUSTED;
}

/*
 * The first trusted PCI function, else the first endorsed one (the host can expose an
 * endorsed table at any time), else the first one that allow_untrusted allows, else the
 * first firmware window, else the first translation.
 */
static struct pvfeat_window *choose_reference(void)
{
	struct pvfeat_window *window, *pci = NULL, *firmware = NULL, *translation = NULL;

	list_for_each_entry(window, &windows, node) {
		if (!is_accepted(window) || window->superseded)
			continue;
		if (window->mask)
			translation = translation ?: window;
		else if (!window->provider->hotplug)
			firmware = firmware ?: window;
		else if (!pci || pvfeat_window_acceptance(window) >
				 pvfeat_window_acceptance(pci))
			pci = window;
	}
	return pci ?: firmware ?: translation;
}

static enum pvfeat_status choose_status(struct pvfeat_window *window)
{
	const struct pvfeat_window *reference = windows_reference;

	if (!window->table->nr)
		return PVFEAT_STATUS_REFUSED;
	if (!is_accepted(window))
		return PVFEAT_STATUS_UNTRUSTED;
	/* PVF-DRV-40: permanent, even after the PCI window is removed */
	if (window->superseded)
		return PVFEAT_STATUS_STALE;
	if (window == reference)
		return window->unstable ? PVFEAT_STATUS_STALE : PVFEAT_STATUS_CURRENT;
	/* Another function is in use, or a table contributes (PVF-DRV-49) */
	if (window->provider->hotplug || window->mask)
		return PVFEAT_STATUS_UNUSED;
	/* Serial number arithmetic: 0 is newer than a number that is about to wrap */
	window->superseded = reference->provider->hotplug &&
			     (s32)(window->table->words[PVFEAT_W_GENERATION] -
				   reference->table->words[PVFEAT_W_GENERATION]) < 0;
	return window->superseded ? PVFEAT_STATUS_STALE : PVFEAT_STATUS_CURRENT;
}

/* The reference contributes its last good table even while it is unstable */
static bool contributes(const struct pvfeat_window *window)
{
	return window == windows_reference || window->status == PVFEAT_STATUS_CURRENT;
}

/* PVF-DRV-42: log why a window contributes or is ignored, once until that changes */
static void report_acceptance(struct pvfeat_window *window)
{
	const enum pvfeat_acceptance now = pvfeat_window_acceptance(window);

	if (now == window->reported ||
	    (window->status != PVFEAT_STATUS_UNTRUSTED && !contributes(window)))
		return;
	window->reported = now;
	if (now == PVFEAT_ACCEPTANCE_UNTRUSTED && window->digested)
		dev_warn_ratelimited(&window->dev, "untrusted, features ignored, digest %*phN\n",
				     PVFEAT_DIGEST_BYTES, window->digest);
	else if (now == PVFEAT_ACCEPTANCE_UNTRUSTED)
		dev_warn_ratelimited(&window->dev, "untrusted, features ignored\n");
	else if (now == PVFEAT_ACCEPTANCE_ENDORSED)
		dev_info_ratelimited(&window->dev, "contributes, its digest is endorsed\n");
	else if (now == PVFEAT_ACCEPTANCE_ALLOWED)
		dev_warn_ratelimited(&window->dev,
				     "untrusted, contributes because allow_untrusted is set\n");
}

/* Measure the table, unless it was the last one measured, whatever its generation */
static void measure(struct pvfeat_window *window)
{
	if (window->measured &&
	    (!window->digested || !memcmp(window->measured_digest, window->digest,
					  sizeof(window->digest))))
		return;
	window->measured = true;
	memcpy(window->measured_digest, window->digest, sizeof(window->digest));
	pvfeat_measure_table(dev_name(&window->dev), window->table);
}

static void set_status(struct pvfeat_window *window, enum pvfeat_status status)
{
	const enum pvfeat_status before = window->status;

	window->status = status;
	report_acceptance(window);
	if (contributes(window))
		measure(window);
	if (status == before)
		return;
	/* PVF-DRV-34: report which function is in use */
	if (status == PVFEAT_STATUS_UNUSED)
		dev_info_ratelimited(&window->dev, "not used: %s is in use\n",
				     dev_name(&windows_reference->dev));
	else if (before == PVFEAT_STATUS_UNUSED && window == windows_reference)
		dev_info_ratelimited(&window->dev, "now in use\n");
}

/* A translation that does not contribute is compared with the reference, too */
static bool is_compared(const struct pvfeat_window *window)
{
	if (window == windows_reference)
		return false;
	return window->status == PVFEAT_STATUS_CURRENT ||
	       (window->mask && window->status == PVFEAT_STATUS_UNUSED);
}

/* Derive the state of the windows and the effective set from the tables */
static void evaluate(void)
{
	struct pvfeat_window *window;
	struct pvfeat_merge merge;

	lockdep_assert_held(&pvfeat_windows_lock);
	windows_reference = choose_reference();
	pvfeat_merge_begin(&merge, windows_policy,
			   windows_reference ? windows_reference->table : NULL);
	list_for_each_entry(window, &windows, node) {
		set_status(window, choose_status(window));
		if (is_compared(window)) {
			compare(window);
		} else {
			window->compared = NULL;
			window->mismatch = false;
		}
		if (window != windows_reference && window->status == PVFEAT_STATUS_CURRENT)
			pvfeat_merge_table(&merge, window->table, window->mismatch);
	}
	pvfeat_merge_publish(&merge);
}

/**
 * pvfeat_windows_reference - the window that the others are compared with
 *
 * Return: the window, valid under pvfeat_windows_lock; NULL if none contributes.
 */
const struct pvfeat_window *pvfeat_windows_reference(void)
{
	lockdep_assert_held(&pvfeat_windows_lock);
	return windows_reference;
}

/**
 * pvfeat_windows_set_policy - set the policy for merging windows that differ
 * @policy: the policy
 *
 * Context: May sleep.
 */
void pvfeat_windows_set_policy(enum pvfeat_policy policy)
{
	mutex_lock(&pvfeat_windows_lock);
	WRITE_ONCE(windows_policy, policy);
	evaluate();
	mutex_unlock(&pvfeat_windows_lock);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_windows_set_policy);

/**
 * pvfeat_windows_policy - get the policy for merging windows that differ
 *
 * Return: the policy.
 */
enum pvfeat_policy pvfeat_windows_policy(void)
{
	return READ_ONCE(windows_policy);
}

/**
 * pvfeat_windows_allow_untrusted - let untrusted windows that are added later contribute
 * @allow: whether they may
 *
 * Allowing this enables the host of a confidential guest to turn features on, so it
 * taints the kernel.
 */
void pvfeat_windows_allow_untrusted(bool allow)
{
	untrusted_allowed = allow;
	if (!allow)
		return;
	pr_warn("allow_untrusted is set: the host of a confidential guest can turn features on; the kernel is tainted\n");
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_windows_allow_untrusted);

/**
 * pvfeat_windows_untrusted_allowed - whether untrusted windows may contribute
 *
 * Return: true if pvfeat_windows_allow_untrusted() allowed it.
 */
bool pvfeat_windows_untrusted_allowed(void)
{
	return untrusted_allowed;
}

/* ---- windows ------------------------------------------------------------ */

/*
 * PVF-DRV-41: the host of a confidential guest provides the firmware tables and serves
 * this range of CPUID. If the kind of guest is unknown, no window is trusted.
 */
static bool is_trusted(bool range_private)
{
	switch (pvfeat_guest_kind()) {
	case PVFEAT_GUEST_PLAIN:
		return true;
	case PVFEAT_GUEST_CONFIDENTIAL:
		return range_private;
	default:
		pr_warn_once("this kernel cannot tell whether its guest is confidential: no window is trusted\n");
		return false;
	}
}

/* A separate work, so that notifiers of the effective set do not wait for it */
static void announce(struct work_struct *work)
{
	struct pvfeat_window *window = container_of(work, struct pvfeat_window, announce);

	sysfs_notify(&window->dev.kobj, NULL, "generation");
	kobject_uevent(&window->dev.kobj, KOBJ_CHANGE);
}

static void window_release(struct device *dev)
{
	struct pvfeat_window *window = to_pvfeat_window(dev);

	if (window->provider->hotplug)
		ida_free(&window_ids, window->id);
	kvfree(window->table);
	kfree(window);
}

static int set_name(struct pvfeat_window *window)
{
	if (window->provider->hotplug)
		return dev_set_name(&window->dev, "%s%d", window->provider->name,
				    window->id);
	return dev_set_name(&window->dev, "%s", window->provider->name);
}

/*
 * The digest is that of the private copy of the table, which the host cannot change. The
 * caller computes it outside of the lock.
 */
static void set_digest(struct pvfeat_window *window, const u8 *digest)
{
	lockdep_assert_held(&pvfeat_windows_lock);
	window->digested = digest;
	if (digest)
		memcpy(window->digest, digest, sizeof(window->digest));
	window->endorsed = digest && pvfeat_endorsed_has(digest);
}

/* A function that becomes good or accepted again must not displace the one in use */
static void list_accepted(struct pvfeat_window *window)
{
	if (window->provider->hotplug)
		list_move_tail(&window->node, &windows);
}

static const u8 *digest_of(const struct pvfeat_table *table, u8 *digest)
{
	return table && pvfeat_table_digest(table, digest) ? digest : NULL;
}

static void list_window(struct pvfeat_window *window)
{
	u8 buf[PVFEAT_DIGEST_BYTES];
	const u8 *digest = digest_of(window->table, buf);

	mutex_lock(&pvfeat_windows_lock);
	set_digest(window, digest);
	list_add_tail(&window->node, &windows);
	evaluate();
	mutex_unlock(&pvfeat_windows_lock);
}

static void unlist_window(struct pvfeat_window *window)
{
	mutex_lock(&pvfeat_windows_lock);
	list_del(&window->node);
	forget_comparison(window);
	evaluate();
	mutex_unlock(&pvfeat_windows_lock);
}

/**
 * pvfeat_window_add - register a window with its table
 * @provider: the provider that found it; without @hotplug this is its only window
 * @parent: the device behind the window, or NULL
 * @range_private: whether the platform reports the window's range as private
 * @notifies: whether pvfeat_window_update() is called for each change
 * @mask: 0; for a translation, the features of word 0 that it can express
 * @table: a table that passed pvfeat_table_check(); it is copied
 *
 * Firmware windows must be added in their order of precedence as the reference.
 *
 * Context: May sleep.
 * Return: the window, to be passed to pvfeat_window_remove(), or an ERR_PTR.
 */
struct pvfeat_window *pvfeat_window_add(const struct pvfeat_provider *provider,
					struct device *parent, bool range_private,
					bool notifies, u32 mask,
					const struct pvfeat_table *table)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_window *window;
	int ret;

	/* In a built-in driver, later initcalls run even if the first one failed */
	if (!windows_class)
		return ERR_PTR(-ENODEV);
	if (!pvfeat_table_check(table, &verdict))
		return ERR_PTR(-EINVAL);
	window = kzalloc_obj(*window, GFP_KERNEL);
	if (!window)
		return ERR_PTR(-ENOMEM);
	window->provider = provider;
	window->notifies = notifies;
	window->mask = mask;
	INIT_WORK(&window->announce, announce);
	if (provider->hotplug) {
		window->id = ida_alloc(&window_ids, GFP_KERNEL);
		if (window->id < 0) {
			ret = window->id;
			kfree(window);
			return ERR_PTR(ret);
		}
	}
	window->trusted = is_trusted(range_private);
	window->allowed = untrusted_allowed;
	window->dev.class = windows_class;
	window->dev.type = windows_type;
	window->dev.parent = parent;
	window->dev.release = window_release;
	device_initialize(&window->dev);
	/* From here on window_release() frees everything */

	ret = -ENOMEM;
	window->table = kvmalloc_obj(*window->table, GFP_KERNEL);
	if (!window->table)
		goto put;
	memcpy(window->table, table, sizeof(*table));
	ret = set_name(window);
	if (ret)
		goto put;
	/*
	 * Before device_add() sends the uevent, so that user space finds the window's
	 * status and the resulting answers. If device_add() fails, these are withdrawn.
	 */
	list_window(window);
	ret = device_add(&window->dev);
	if (ret)
		goto unlist;
	return window;

unlist:
	unlist_window(window);
put:
	put_device(&window->dev);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_window_add);

/* Replace the table; @now is NULL if there is no good one */
static void replace_table(struct pvfeat_window *window, const struct pvfeat_table *now)
{
	struct pvfeat_table *table = window->table;
	const unsigned int nr = now ? now->nr : 0;
	u8 buf[PVFEAT_DIGEST_BYTES];
	const u8 *digest = digest_of(now, buf);
	bool changed, accepted;

	mutex_lock(&pvfeat_windows_lock);
	window->unstable = false;
	accepted = is_accepted(window);
	changed = table->nr != nr ||
		  (nr && memcmp(table->words, now->words, nr * sizeof(*now->words)));
	if (changed) {
		table->nr = nr;
		if (nr)
			memcpy(table->words, now->words, nr * sizeof(*now->words));
		set_digest(window, digest);
		/* Without SHA-256 every change is measured */
		if (nr && !digest)
			window->measured = false;
		forget_comparison(window);
	}
	if (!accepted && is_accepted(window))
		list_accepted(window);
	evaluate();
	accepted |= is_accepted(window);
	mutex_unlock(&pvfeat_windows_lock);
	/* The host of a confidential guest must not be able to keep user space busy */
	if (changed && accepted)
		schedule_work(&window->announce);
}

/**
 * pvfeat_window_update - replace a window's table
 * @window: from pvfeat_window_add()
 * @table: a table that passed pvfeat_table_check(); it is copied
 *
 * Context: May sleep.
 */
void pvfeat_window_update(struct pvfeat_window *window, const struct pvfeat_table *table)
{
	replace_table(window, table);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_window_update);

/**
 * pvfeat_window_refuse - mark a window as malformed or gone
 * @window: from pvfeat_window_add()
 *
 * PVF-DRV-28: the window does not contribute until pvfeat_window_update(). It stays
 * registered, so that a device cannot cause an unlimited number of removals and
 * additions.
 *
 * Context: May sleep.
 */
void pvfeat_window_refuse(struct pvfeat_window *window)
{
	replace_table(window, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_window_refuse);

/**
 * pvfeat_window_unstable - mark a window as unstable
 * @window: from pvfeat_window_add()
 *
 * PVF-DRV-26: the last good table stays in use, and the window is marked stale, until
 * pvfeat_window_update() or pvfeat_window_refuse().
 *
 * Context: May sleep.
 * Return: false if the window is refused; it stays refused then.
 */
bool pvfeat_window_unstable(struct pvfeat_window *window)
{
	bool good;

	mutex_lock(&pvfeat_windows_lock);
	good = window->table->nr;
	window->unstable = good;
	evaluate();
	mutex_unlock(&pvfeat_windows_lock);
	return good;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_window_unstable);

/**
 * pvfeat_window_remove - unregister a window
 * @window: from pvfeat_window_add(), or NULL
 *
 * When this function returns, the effective set is that of the remaining windows.
 *
 * Context: May sleep; waits for readers of the window's sysfs files.
 */
void pvfeat_window_remove(struct pvfeat_window *window)
{
	if (!window)
		return;
	unlist_window(window);
	cancel_work_sync(&window->announce);
	device_unregister(&window->dev);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_window_remove);

/* Evaluate all windows after a change of the list of endorsed digests */
static void evaluate_endorsed(void)
{
	struct pvfeat_window *window, *next;

	/* A window that moves to the end of the list is visited again, without effect */
	list_for_each_entry_safe(window, next, &windows, node) {
		const bool before = is_accepted(window);

		window->endorsed = window->digested && pvfeat_endorsed_has(window->digest);
		if (!before && is_accepted(window))
			list_accepted(window);
	}
	evaluate();
}

/**
 * pvfeat_windows_endorse - endorse a digest: windows whose table has it may contribute
 * @digest: the digest, PVFEAT_DIGEST_BYTES long
 * @origin: origin of the endorsement
 *
 * Context: May sleep.
 * Return: 0, also if the digest is already endorsed, -ENOSPC or -EOPNOTSUPP.
 */
int pvfeat_windows_endorse(const u8 *digest, enum pvfeat_origin origin)
{
	int ret;

	mutex_lock(&pvfeat_windows_lock);
	ret = pvfeat_endorsed_add(digest, origin);
	if (!ret)
		evaluate_endorsed();
	mutex_unlock(&pvfeat_windows_lock);
	return ret == -EEXIST ? 0 : ret;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_windows_endorse);

/**
 * pvfeat_windows_revoke - undo pvfeat_windows_endorse()
 * @digest: the digest
 *
 * When this function returns, features that were on because of the endorsement are off.
 *
 * Context: May sleep.
 * Return: 0, or -ENOENT if the digest was not endorsed.
 */
int pvfeat_windows_revoke(const u8 *digest)
{
	int ret;

	mutex_lock(&pvfeat_windows_lock);
	ret = pvfeat_endorsed_remove(digest);
	if (!ret)
		evaluate_endorsed();
	mutex_unlock(&pvfeat_windows_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_windows_revoke);

/**
 * pvfeat_windows_init - permit windows to be added
 * @class: class of the windows' devices
 * @type: type of the windows' devices
 */
void pvfeat_windows_init(struct class *class, const struct device_type *type)
{
	windows_type = type;
	windows_class = class;
	mutex_lock(&pvfeat_windows_lock);
	pvfeat_endorsed_measure();
	mutex_unlock(&pvfeat_windows_lock);
}

/**
 * pvfeat_windows_exit - undo pvfeat_windows_init()
 *
 * All windows must have been removed.
 */
void pvfeat_windows_exit(void)
{
	windows_class = NULL;
	ida_destroy(&window_ids);
}
