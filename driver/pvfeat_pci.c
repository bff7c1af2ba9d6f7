// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the PCI window.
 *
 * Finds the table through the locator, a DVSEC or vendor-specific capability,
 * takes a snapshot of it and hands that to the core: at bind, on MSI-X vector 0 ("the
 * table changed"), after a system sleep or a reset, and on a write to pvfeat_reread. An
 * unstable table is read again after a while. In a confidential guest the host can
 * write config space and the BAR, so each byte is read once into private memory and
 * checked there.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/ratelimit.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "pvfeat_core.h"

/*
 * PVF-DRV-25: attempts at a snapshot and the least pause between two of them; after
 * SNAPSHOT_MS no more are made than SNAPSHOT_TRIES_MIN
 */
#define SNAPSHOT_TRIES		100
#define SNAPSHOT_TRIES_MIN	10
#define SNAPSHOT_WAIT_US	100
#define SNAPSHOT_MS		100

/*
 * A table that is still unstable after these attempts is read again after a pause,
 * which doubles each time: 100 ms to 12.8 s, 25.5 s in all. After that only an
 * interrupt, a resume, a reset or a write to pvfeat_reread has it read again.
 */
#define UNSTABLE_PAUSE_MS	100
#define UNSTABLE_RETRIES	8

/* The least time from one snapshot for an interrupt to the next one */
#define STORM_WAIT_US		1000
/* The same where the host is not trusted, and each snapshot could wake user space */
#define UNTRUSTED_WAIT_MS	100

/**
 * struct pvfeat_window - a table behind a BAR
 * @pdev: the function
 * @locator: where the table is in the function
 * @base: where the table starts
 * @words: number of words in the window
 * @trusted: pvfeat_window_trusted() when it was mapped
 * @listening: whether there is an interrupt
 * @bound: whether the function is bound
 * @retry: reads an unstable table again
 * @lock: guards the members below: one snapshot at a time
 * @table: buffer for the snapshot
 * @source: the window in the core; NULL if there is no good table
 * @retries: of UNSTABLE_RETRIES, how many have been scheduled
 * @resetting: whether the function is being reset and must not be read
 * @said_unstable: logged that the table is unstable; until there is a good one
 * @said_given_up: logged that the retries are used up; until there is a good one
 * @said_refused: logged that the table is refused; until there is a good one
 */
struct pvfeat_window {
	struct pci_dev *pdev;
	struct pvfeat_locator locator;
	void __iomem *base;
	unsigned int words;
	bool trusted;
	bool listening;
	bool bound;
	struct delayed_work retry;
	struct mutex lock;	/* guards the members below */
	struct pvfeat_table table;
	struct pvfeat_source *source;
	unsigned int retries;
	bool resetting;
	bool said_unstable;
	bool said_given_up;
	bool said_refused;
};

static void complain(struct pci_dev *pdev, const char *what,
		     const struct pvfeat_verdict *verdict)
{
	char text[PVFEAT_VERDICT_TEXT];

	pvfeat_describe_verdict(verdict, text, sizeof(text));
	pci_err(pdev, "%s: %s\n", what, text);
}

/* Read and parse one capability; false also if config space cannot be read */
static bool parse_capability(struct pci_dev *pdev, unsigned int pos, bool dvsec,
			     struct pvfeat_locator *locator,
			     struct pvfeat_verdict *verdict)
{
	const unsigned int end = dvsec ? pdev->cfg_size : PCI_CFG_SPACE_SIZE;
	const unsigned int want = dvsec ? PVFEAT_DVSEC_BYTES : PVFEAT_VNDR_BYTES;
	__le32 cap[PVFEAT_DVSEC_BYTES / 4];
	unsigned int i, size = min(want, end - pos);
	u32 word;

	/* Capabilities begin at multiples of 4; each read may leave the guest */
	for (i = 0; i < size / 4; i++) {
		/* A failed read leaves all ones, which is no locator's signature */
		pci_read_config_dword(pdev, pos + i * 4, &word);
		cap[i] = cpu_to_le32(word);
	}
	/* The capability's own length may extend past the bytes that were read */
	if (size == want)
		size = end - pos;
	return pvfeat_locator_parse((u8 *)cap, size, dvsec, locator, verdict);
}

static unsigned int next_capability(struct pci_dev *pdev, unsigned int pos,
				    bool dvsec)
{
	if (dvsec)
		return pci_find_next_ext_capability(pdev, pos, PCI_EXT_CAP_ID_DVSEC);
	if (pos)
		return pci_find_next_capability(pdev, pos, PCI_CAP_ID_VNDR);
	return pci_find_capability(pdev, PCI_CAP_ID_VNDR);
}

/*
 * PVF-DRV-08, PVF-DRV-07: the first locator; a verdict other than "header" means that it
 * is a broken one. With a PCI Express capability it is a DVSEC; without one the
 * function has no extended config space, even if the bus has (PCI-X mode 2). The PCI
 * core bounds each step, but in a list that is a ring there is always a next capability
 * (pci_find_dvsec_capability() does not return from one).
 */
static bool find_locator(struct pci_dev *pdev, struct pvfeat_locator *locator,
			 struct pvfeat_verdict *verdict)
{
	const bool dvsec = pci_is_pcie(pdev);
	DECLARE_BITMAP(seen, PCI_CFG_SPACE_EXP_SIZE / 4) = { 0 };
	unsigned int pos = 0;

	verdict->check = PVFEAT_BAD_LOCATOR_HEADER;
	verdict->found = 0;
	verdict->bound = PVFEAT_LOCATOR_MAGIC;
	while ((pos = next_capability(pdev, pos, dvsec)) &&
	       !__test_and_set_bit(pos / 4, seen)) {
		if (parse_capability(pdev, pos, dvsec, locator, verdict))
			return true;
		if (verdict->check != PVFEAT_BAD_LOCATOR_HEADER)
			return false;
	}
	return false;
}

static u64 memory_bar_size(struct pci_dev *pdev, int bar)
{
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		return 0;
	return pci_resource_len(pdev, bar);
}

static u32 read_word(void *context, unsigned int word)
{
	struct pvfeat_window *window = context;

	/* Ordered, little-endian, and only ever one access a word */
	return ioread32(window->base + word * 4);
}

static bool take_snapshot(struct pvfeat_window *window,
			  struct pvfeat_verdict *verdict)
{
	const unsigned long end = jiffies + msecs_to_jiffies(SNAPSHOT_MS);
	unsigned int tries = 0;

	while (!pvfeat_table_read(&window->table, read_word, window,
				  window->words, verdict)) {
		if (!pvfeat_verdict_transient(verdict) || ++tries == SNAPSHOT_TRIES)
			return false;
		/* A read can leave the guest, so that attempts can take long */
		if (tries >= SNAPSHOT_TRIES_MIN && time_after(jiffies, end))
			return false;
		usleep_range(SNAPSHOT_WAIT_US, 2 * SNAPSHOT_WAIT_US);
	}
	return true;
}

/* A bound device can cause any number of messages */
static bool may_log(const struct pvfeat_window *window)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	return !READ_ONCE(window->bound) || __ratelimit(&limit);
}

/* There is a good table, in window->table */
static int window_good(struct pvfeat_window *window)
{
	struct pci_dev *pdev = window->pdev;
	struct pvfeat_source *source;

	window->retries = 0;
	window->said_unstable = false;
	window->said_given_up = false;
	window->said_refused = false;
	if (window->source) {
		pvfeat_source_update(window->source, &window->table);
		return 0;
	}
	if (may_log(window))
		pci_info(pdev, "%u features, generation %u, from BAR%u+0x%x\n",
			 pvfeat_table_count(&window->table),
			 window->table.words[PVFEAT_W_GENERATION],
			 window->locator.bar, window->locator.offset);
	source = pvfeat_source_add(&pdev->dev, PVFEAT_KIND_PCI, window->trusted,
				   &window->table);
	if (IS_ERR(source)) {
		if (may_log(window))
			pci_err(pdev, "%pe\n", source);
		return PTR_ERR(source);
	}
	window->source = source;
	return 0;
}

/* Log once until there is a good table */
static void complain_once(struct pvfeat_window *window, bool *said, const char *what,
			  const struct pvfeat_verdict *verdict)
{
	if (*said || !may_log(window))
		return;
	complain(window->pdev, what, verdict);
	*said = true;
}

/*
 * The attempts at a snapshot are used up. The last good table stays in use (PVF-DRV-26),
 * and the window is read again later, a bounded number of times.
 */
static int window_unstable(struct pvfeat_window *window,
			   const struct pvfeat_verdict *verdict)
{
	complain_once(window, &window->said_unstable, window->source ?
		      "unstable, the last good table stays in use" :
		      "unstable, no feature is on until it stabilises", verdict);
	if (window->source)
		pvfeat_source_update(window->source, NULL);
	if (window->retries < UNSTABLE_RETRIES) {
		queue_delayed_work(system_freezable_wq, &window->retry,
				   msecs_to_jiffies(UNSTABLE_PAUSE_MS << window->retries));
		window->retries++;
	} else {
		complain_once(window, &window->said_given_up,
			      "still unstable, not read again before an interrupt, a reset, a resume or a write to pvfeat_reread",
			      verdict);
	}
	return -EBUSY;
}

/* A window whose table is malformed or gone does not exist for the core */
static int window_refused(struct pvfeat_window *window,
			  const struct pvfeat_verdict *verdict)
{
	complain_once(window, &window->said_refused, "refused", verdict);
	pvfeat_source_remove(window->source);
	window->source = NULL;
	return -ENODEV;
}

/* Take a snapshot and hand it to the core; -EBUSY if the table is unstable */
static int window_read_locked(struct pvfeat_window *window)
{
	struct pvfeat_verdict verdict;

	lockdep_assert_held(&window->lock);
	/* This read replaces a pending one; one that waits for the lock runs after it */
	cancel_delayed_work(&window->retry);
	if (window->resetting)
		return -EBUSY;
	if (take_snapshot(window, &verdict))
		return window_good(window);
	if (pvfeat_verdict_transient(&verdict))
		return window_unstable(window, &verdict);
	return window_refused(window, &verdict);
}

/* Read on an event that may have changed the table; it renews the retries */
static int window_read(struct pvfeat_window *window)
{
	int ret;

	mutex_lock(&window->lock);
	window->retries = 0;
	ret = window_read_locked(window);
	mutex_unlock(&window->lock);
	return ret;
}

static void window_retry(struct work_struct *work)
{
	struct pvfeat_window *window = container_of(to_delayed_work(work),
						    struct pvfeat_window, retry);

	mutex_lock(&window->lock);
	window_read_locked(window);
	mutex_unlock(&window->lock);
}

/*
 * PVF-DRV-30: all messages that arrive during a snapshot run this thread once more. The
 * pause bounds the processor time that a device which sends messages all the time can
 * take through this thread, a real-time one.
 */
static irqreturn_t window_changed(int irq, void *data)
{
	struct pvfeat_window *window = data;

	window_read(window);
	if (window->trusted)
		usleep_range(STORM_WAIT_US, 2 * STORM_WAIT_US);
	else
		msleep(UNTRUSTED_WAIT_MS);
	return IRQ_HANDLED;
}

/*
 * Runs after the interrupt is freed and before the window is unmapped. The retry is
 * the only reader left, and it is the only one that can queue itself.
 */
static void window_release(void *data)
{
	struct pvfeat_window *window = data;

	cancel_delayed_work_sync(&window->retry);
	pvfeat_source_remove(window->source);
}

/*
 * The PCI core maps and writes the vector table where the capability says that it
 * is, be that inside of the BAR or not: on arm64 an abort, at worst another device.
 * (It reads the capability itself, later; a host that changes it in between has
 * the core to deal with, not us.)
 */
static bool vectors_inside(struct pci_dev *pdev)
{
	u16 flags = 0;
	u32 table = 0;
	u64 end;

	if (!pdev->msix_cap)
		return false;
	pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &flags);
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	if ((table & PCI_MSIX_TABLE_BIR) >= PCI_STD_NUM_BARS)
		return false;
	end = (u64)(table & PCI_MSIX_TABLE_OFFSET) +
	      ((flags & PCI_MSIX_FLAGS_QSIZE) + 1) * PCI_MSIX_ENTRY_SIZE;
	return end <= memory_bar_size(pdev, table & PCI_MSIX_TABLE_BIR);
}

/* The vector is optional (PVF-DRV-32) */
static void listen(struct pvfeat_window *window)
{
	struct pci_dev *pdev = window->pdev;

	if (!vectors_inside(pdev) ||
	    pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX) != 1)
		return;
	/* A message is a write to memory */
	pci_set_master(pdev);
	/* Before the first message, which may arrive at once */
	window->listening = true;
	if (devm_request_threaded_irq(&pdev->dev,
				      pci_irq_vector(pdev, PVFEAT_PCI_MSIX_CHANGED),
				      NULL, window_changed, IRQF_ONESHOT,
				      "pvfeat", window))
		window->listening = false;
}

/* The BAR's size and LENGTH come from the host: map no more than a table can take */
static bool map_window(struct pvfeat_window *window)
{
	struct pci_dev *pdev = window->pdev;
	u32 bytes = pvfeat_locator_bytes(&window->locator);
	resource_size_t start = pci_resource_start(pdev, window->locator.bar) +
				window->locator.offset;

	if (!devm_request_mem_region(&pdev->dev, start, bytes, "pvfeat_pci"))
		return false;
	/* Asked once, as ioremap() asks: the answer is about this mapping */
	window->trusted = pvfeat_window_trusted(PVFEAT_KIND_PCI, start, bytes);
	window->base = devm_ioremap(&pdev->dev, start, bytes);
	window->words = bytes / 4;
	return window->base;
}

static int pvfeat_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_window *window;
	int ret;

	window = devm_kzalloc(&pdev->dev, sizeof(*window), GFP_KERNEL);
	if (!window)
		return -ENOMEM;
	window->pdev = pdev;
	mutex_init(&window->lock);
	INIT_DELAYED_WORK(&window->retry, window_retry);
	pci_set_drvdata(pdev, window);

	/* -ENODEV, for which the driver core logs no line of its own */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL) {
		pci_err(pdev, "refused: header type %u is not an endpoint's\n",
			pdev->hdr_type);
		return -ENODEV;
	}
	if (!find_locator(pdev, &window->locator, &verdict) ||
	    !pvfeat_locator_fits(&window->locator,
				 memory_bar_size(pdev, window->locator.bar),
				 &verdict)) {
		complain(pdev, "refused", &verdict);
		return -ENODEV;
	}

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (!map_window(window))
		return -ENOMEM;
	/* Before the interrupt is requested, so that it runs after that is freed */
	ret = devm_add_action(&pdev->dev, window_release, window);
	if (ret)
		return ret;
	/* PVF-DRV-30: before the first snapshot, so that no change is missed */
	listen(window);
	ret = window_read(window);
	/* -EBUSY: the retry or an interrupt reads it again */
	if (ret && ret != -EBUSY)
		return ret;
	WRITE_ONCE(window->bound, true);
	if (!window->listening)
		pci_info(pdev, "no MSI-X vector: write to pvfeat_reread after a change of the table\n");
	return 0;
}

/* Read the table again; needed where there is no vector */
static ssize_t pvfeat_reread_store(struct device *dev,
				   struct device_attribute *attr,
				   const char *buf, size_t count)
{
	return window_read(dev_get_drvdata(dev)) ?: count;
}
static DEVICE_ATTR_WO(pvfeat_reread);

static struct attribute *pvfeat_pci_attrs[] = {
	&dev_attr_pvfeat_reread.attr,
	NULL
};
ATTRIBUTE_GROUPS(pvfeat_pci);

/* The VM may have been moved while it slept, and messages of that time are lost */
static int pvfeat_pci_resume(struct device *dev)
{
	window_read(dev_get_drvdata(dev));
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(pvfeat_pci_pm, NULL, pvfeat_pci_resume);

/*
 * A function that is being reset reads as all ones or not at all, and sends no
 * messages. Under the lock: no reader is in the window when this returns, and none
 * enters it until reset_done, a retry that is pending included.
 */
static void pvfeat_pci_reset_prepare(struct pci_dev *pdev)
{
	struct pvfeat_window *window = pci_get_drvdata(pdev);

	mutex_lock(&window->lock);
	window->resetting = true;
	mutex_unlock(&window->lock);
	cancel_delayed_work(&window->retry);
}

static void pvfeat_pci_reset_done(struct pci_dev *pdev)
{
	struct pvfeat_window *window = pci_get_drvdata(pdev);

	mutex_lock(&window->lock);
	window->resetting = false;
	mutex_unlock(&window->lock);
	window_read(window);
}

static const struct pci_error_handlers pvfeat_pci_errors = {
	.reset_prepare = pvfeat_pci_reset_prepare,
	.reset_done = pvfeat_pci_reset_done,
};

/* Placeholder IDs from QEMU's range for experiments; others through new_id */
static const struct pci_device_id pvfeat_pci_ids[] = {
	{ PCI_DEVICE(PVFEAT_PCI_VENDOR_ID, PVFEAT_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, pvfeat_pci_ids);

static struct pci_driver pvfeat_pci_driver = {
	.name = "pvfeat_pci",
	.id_table = pvfeat_pci_ids,
	.probe = pvfeat_pci_probe,
	.dev_groups = pvfeat_pci_groups,
	.err_handler = &pvfeat_pci_errors,
	.driver.pm = pm_sleep_ptr(&pvfeat_pci_pm),
};

int __init pvfeat_pci_init(void)
{
	return pci_register_driver(&pvfeat_pci_driver);
}

void pvfeat_pci_exit(void)
{
	pci_unregister_driver(&pvfeat_pci_driver);
}
