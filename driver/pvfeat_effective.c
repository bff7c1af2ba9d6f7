// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: merges tables into the effective set, publishes it for
 * pvfeat_has(), and delivers its changes to notifiers.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/notifier.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "pvfeat_compat.h"
#include "pvfeat_effective.h"

const char * const pvfeat_policy_names[] = {
	[PVFEAT_POLICY_INTERSECT] = "intersect",
	[PVFEAT_POLICY_PCI_WINS] = "pci-wins",
	[PVFEAT_POLICY_ALL_OR_NOTHING] = "all-or-nothing",
};

struct pvfeat_set pvfeat_effective __read_mostly;
EXPORT_SYMBOL_GPL(pvfeat_effective);

/*
 * Protects pvfeat_effective. A raw lock, taken with interrupts disabled, so that a
 * reader in an interrupt, also on PREEMPT_RT, can neither interrupt a writer nor wait
 * for a preempted one.
 */
static DEFINE_RAW_SPINLOCK(publish_lock);
static seqcount_raw_spinlock_t publish_count =
	SEQCNT_RAW_SPINLOCK_ZERO(publish_count, &publish_lock);

/* ---- merge -------------------------------------------------------------- */

/**
 * pvfeat_merge_begin - start a merge with the features of the reference
 * @merge: the merge
 * @policy: how the other tables are merged with the reference
 * @reference: a table that passed pvfeat_table_check(), valid until
 *	pvfeat_merge_publish(); NULL if no window contributes
 */
void pvfeat_merge_begin(struct pvfeat_merge *merge, enum pvfeat_policy policy,
			const struct pvfeat_table *reference)
{
	unsigned int i;

	memset(merge, 0, sizeof(*merge));
	merge->policy = policy;
	merge->reference = reference;
	if (!reference)
		return;
	merge->nwords = pvfeat_table_nwords(reference);
	for (i = 0; i < merge->nwords; i++)
		merge->words[i] = pvfeat_table_word(reference, i);
}

/**
 * pvfeat_merge_table - merge the table of another contributing window
 * @merge: the merge
 * @table: a table that passed pvfeat_table_check()
 * @differs: whether @table differs from the reference
 *
 * PVF-DRV-37: a service stays on only if @table has it, too, except under the policy
 * pci-wins; a warning that @table has is turned on. The rules between features bind
 * tables; the merged set may violate them.
 */
void pvfeat_merge_table(struct pvfeat_merge *merge, const struct pvfeat_table *table,
			bool differs)
{
	const bool reference_wins = merge->policy == PVFEAT_POLICY_PCI_WINS;
	unsigned int i;

	merge->differ |= differs;
	for (i = 0; i < pvfeat_table_common(table, merge->reference); i++) {
		const u32 warnings = pvfeat_warnings(i);
		const u32 word = pvfeat_table_word(table, i);

		if (!reference_wins)
			merge->words[i] &= word | warnings;
		merge->words[i] |= word & warnings;
		if (merge->words[i] && i >= merge->nwords)
			merge->nwords = i + 1;
	}
	/* PVF-DRV-39: the field that this feature declares valid has two values */
	if (!reference_wins &&
	    pvfeat_table_boundary(table) != pvfeat_table_boundary(merge->reference))
		merge->words[PVFEAT_SHARED_GPA_BOUNDARY / PVFEAT_BITS_PER_WORD] &=
			~BIT(PVFEAT_SHARED_GPA_BOUNDARY % PVFEAT_BITS_PER_WORD);
}

/* ---- changes ------------------------------------------------------------ */

static BLOCKING_NOTIFIER_HEAD(notifiers);

/* The set delivered last; used only by the work, which never runs concurrently */
static struct pvfeat_set delivered;

/* Called after the notifiers, regardless of what they return */
static void (*observer)(const struct pvfeat_set *now);

static bool same_features(const struct pvfeat_set *a, const struct pvfeat_set *b)
{
	return bitmap_equal(a->features, b->features, PVFEAT_FEATURES_MAX);
}

static bool same_table(const struct pvfeat_set *a, const struct pvfeat_set *b)
{
	return a->generation == b->generation && a->nwords == b->nwords;
}

/* A change that is undone before its delivery is not delivered */
static void deliver(struct work_struct *work)
{
	struct pvfeat_set now;

	for (;;) {
		struct pvfeat_change change = { &delivered, &now };
		unsigned long event = PVFEAT_CHANGED;

		pvfeat_read_set(&now);
		if (same_features(&now, &delivered)) {
			if (same_table(&now, &delivered))
				return;
			event = PVFEAT_RENEWED;
		}
		blocking_notifier_call_chain(&notifiers, event, &change);
		observer(&now);
		delivered = now;
	}
}

static DECLARE_WORK(deliver_work, deliver);

/**
 * pvfeat_merge_publish - replace the effective set by the merged features
 * @merge: the merge
 *
 * When this function returns, pvfeat_has() gives the new answers. Notifiers are called
 * later.
 *
 * Context: Any; the caller serializes calls.
 */
void pvfeat_merge_publish(struct pvfeat_merge *merge)
{
	struct pvfeat_set next = { 0 };
	unsigned long flags;
	unsigned int i;

	if (merge->policy == PVFEAT_POLICY_ALL_OR_NOTHING && merge->differ) {
		for (i = 0; i < PVFEAT_NWORDS_MAX; i++)
			merge->words[i] &= pvfeat_warnings(i);
	}
	bitmap_from_arr32(next.features, merge->words, PVFEAT_FEATURES_MAX);
	if (merge->reference)
		next.generation = merge->reference->words[PVFEAT_W_GENERATION];
	next.nwords = merge->nwords;
	if (same_features(&next, &pvfeat_effective) && same_table(&next, &pvfeat_effective))
		return;

	raw_spin_lock_irqsave(&publish_lock, flags);
	write_seqcount_begin(&publish_count);
	/* pvfeat_has() reads a single long of the bitmap, without the seqcount */
	for (i = 0; i < BITS_TO_LONGS(PVFEAT_FEATURES_MAX); i++)
		WRITE_ONCE(pvfeat_effective.features[i], next.features[i]);
	pvfeat_effective.generation = next.generation;
	pvfeat_effective.nwords = next.nwords;
	write_seqcount_end(&publish_count);
	raw_spin_unlock_irqrestore(&publish_lock, flags);
	schedule_work(&deliver_work);
}

/**
 * pvfeat_read_set - read a consistent copy of the effective set
 * @set: filled in with the effective set; empty if there is no paravisor
 *
 * Context: Any except NMI.
 */
void pvfeat_read_set(struct pvfeat_set *set)
{
	unsigned int count;

	do {
		count = read_seqcount_begin(&publish_count);
		*set = pvfeat_effective;
	} while (read_seqcount_retry(&publish_count, count));
}
EXPORT_SYMBOL_GPL(pvfeat_read_set);

/**
 * pvfeat_register_notifier - register for changes of the effective set
 * @nb: called with %PVFEAT_CHANGED or %PVFEAT_RENEWED and a struct pvfeat_change
 *
 * The callback is called for each change after the registration, and possibly for one
 * shortly before it. It runs in a worker, after the change: the answers of pvfeat_has()
 * can be newer than those of the event, and a short-lived state may be skipped. The
 * callback may sleep, take any lock, and call anything except
 * pvfeat_register_notifier() and pvfeat_unregister_notifier(). These two must not be
 * called under a lock that the callback takes. A callback that returns NOTIFY_STOP hides
 * the change from the callbacks after it.
 *
 * Context: May sleep.
 * Return: 0, or -EEXIST if @nb is already registered.
 */
int pvfeat_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&notifiers, nb);
}
EXPORT_SYMBOL_GPL(pvfeat_register_notifier);

/**
 * pvfeat_unregister_notifier - undo pvfeat_register_notifier()
 * @nb: the registered notifier
 *
 * When this function returns, no callback is running.
 *
 * Context: May sleep.
 * Return: 0, or -ENOENT if @nb is not registered.
 */
int pvfeat_unregister_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&notifiers, nb);
}
EXPORT_SYMBOL_GPL(pvfeat_unregister_notifier);

/**
 * pvfeat_effective_observe - set the function to call after the notifiers of a change
 * @changed: receives the set that was delivered
 *
 * To be called before the first window is added.
 */
void pvfeat_effective_observe(void (*changed)(const struct pvfeat_set *now))
{
	observer = changed;
}

/**
 * pvfeat_effective_flush - wait until all changes are delivered
 *
 * Context: May sleep.
 */
void pvfeat_effective_flush(void)
{
	flush_work(&deliver_work);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_effective_flush);
