// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the measurement of tables and endorsements by IMA, as critical data
 * with the label "pvfeat". A worker makes the measurements outside the driver's locks.
 */
#include <linux/atomic.h>
#include <linux/ima.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "pvfeat_compat.h"
#include "pvfeat_endorse.h"
#include "pvfeat_measure.h"

/* Rate limit: IMA's list never shrinks, and the host can change a table at any rate */
#define MEASURE_INTERVAL	(3600 * HZ)
#define MEASURE_BURST		64

/**
 * struct measurement - data to be measured
 * @node: entry in the list of pending measurements
 * @name: name of the event; IMA ignores an event whose name and data it already has
 * @size: number of bytes in @data
 * @data: the data
 */
struct measurement {
	struct list_head node;
	char name[40];
	size_t size;
	u8 data[];
};

static void measure(struct work_struct *work);

static LIST_HEAD(pending);
static bool started;
static DEFINE_SPINLOCK(pending_lock);	/* protects pending and started */
static DECLARE_WORK(measure_work, measure);
static atomic_t unmeasured;

static void measure(struct work_struct *work)
{
	struct measurement *m, *next;
	LIST_HEAD(taken);
	int ret;

	spin_lock(&pending_lock);
	list_splice_init(&pending, &taken);
	spin_unlock(&pending_lock);
	list_for_each_entry_safe(m, next, &taken, node) {
		/* -ENOENT if IMA's policy has no rule for critical data */
		ret = ima_measure_critical_data("pvfeat", m->name, m->data, m->size, false,
						NULL, 0);
		if (ret && ret != -EEXIST)
			atomic_inc(&unmeasured);
		kfree(m);
	}
}

/* Allocate a measurement of @size bytes; NULL, and counted as unmeasured, on failure */
static struct measurement *new_measurement(const char *kind, const char *what, size_t size)
{
	struct measurement *m = kmalloc(sizeof(*m) + size, GFP_KERNEL);

	if (!m) {
		atomic_inc(&unmeasured);
		return NULL;
	}
	m->size = size;
	snprintf(m->name, sizeof(m->name), "%s-%s", kind, what);
	return m;
}

static void queue(struct measurement *m)
{
	spin_lock(&pending_lock);
	list_add_tail(&m->node, &pending);
	if (started)
		schedule_work(&measure_work);
	spin_unlock(&pending_lock);
}

/* Record in IMA's list that it is incomplete, and how many measurements are missing */
static void measure_excess(const char *window)
{
	const __le32 count = cpu_to_le32(atomic_read(&unmeasured));
	struct measurement *m = new_measurement("unmeasured", window, sizeof(count));

	if (!m)
		return;
	memcpy(m->data, &count, sizeof(count));
	queue(m);
}

/**
 * pvfeat_measure_table - measure a table that begins to contribute
 * @window: the window's name
 * @table: the table; it is copied
 *
 * The event is named <window>-<generation>. Its data are the words that the digest
 * covers (PVF-DRV-46).
 *
 * Context: May sleep; called under pvfeat_windows_lock.
 */
void pvfeat_measure_table(const char *window, const struct pvfeat_table *table)
{
	static DEFINE_RATELIMIT_STATE(limit, MEASURE_INTERVAL, MEASURE_BURST);
	static bool exceeded;
	struct measurement *m;
	char generation[12];
	__le32 *words;
	unsigned int i;

	KUNIT_STATIC_STUB_REDIRECT(pvfeat_measure_table, window, table);
	if (!__ratelimit(&limit)) {
		atomic_inc(&unmeasured);
		if (!exceeded)
			measure_excess(window);
		exceeded = true;
		return;
	}
	exceeded = false;
	snprintf(generation, sizeof(generation), "%u", table->words[PVFEAT_W_GENERATION]);
	m = new_measurement(window, generation, table->nr * sizeof(*words));
	if (!m)
		return;
	words = (__le32 *)m->data;
	for (i = 0; i < table->nr; i++)
		words[i] = cpu_to_le32(pvfeat_table_digest_word(table, i));
	queue(m);
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_measure_table);

/**
 * pvfeat_measure_endorsement - measure a digest that was endorsed
 * @origin: the name of the endorsement's origin
 * @digest: the digest, PVFEAT_DIGEST_BYTES long; it is copied
 *
 * The event is named endorsed-<origin>. The host cannot cause an unlimited number of
 * endorsements, so their rate is not limited.
 *
 * Context: May sleep.
 */
void pvfeat_measure_endorsement(const char *origin, const u8 *digest)
{
	struct measurement *m = new_measurement("endorsed", origin, PVFEAT_DIGEST_BYTES);

	if (!m)
		return;
	memcpy(m->data, digest, PVFEAT_DIGEST_BYTES);
	queue(m);
}

/**
 * pvfeat_unmeasured - get the number of tables and endorsements that IMA did not measure
 *
 * Return: the number since the start of the driver, without the measurements that wait for
 * pvfeat_measure_start().
 */
unsigned int pvfeat_unmeasured(void)
{
	return atomic_read(&unmeasured);
}

/**
 * pvfeat_measure_start - make the pending measurements, and later ones without delay
 *
 * IMA accepts no measurement before its own late_initcall().
 */
void pvfeat_measure_start(void)
{
	spin_lock(&pending_lock);
	started = true;
	schedule_work(&measure_work);
	spin_unlock(&pending_lock);
}

/**
 * pvfeat_measure_flush - wait until all pending measurements are made
 *
 * Context: May sleep. To be called after pvfeat_measure_start().
 */
void pvfeat_measure_flush(void)
{
	flush_work(&measure_work);
}
