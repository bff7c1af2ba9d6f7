// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the PCI window.
 *
 * Finds the table through the locator, a DVSEC or vendor-specific capability, takes a
 * snapshot of the table and passes it to the core: at bind, on MSI-X vector 0 ("the
 * table changed"), after a system sleep or a reset, and on a write of 1 to
 * pvfeat_rescan. An unstable table is read again after a pause. In a confidential guest
 * the host can write config space and the BAR, so each byte is read once into private
 * memory and checked there.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
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

#include "pvfeat_trust.h"
#include "pvfeat_window.h"

/*
 * PVF-DRV-25: maximum number of attempts for a snapshot, and minimum pause between two
 * attempts. After SNAPSHOT_MS the maximum is SNAPSHOT_TRIES_MIN.
 */
#define SNAPSHOT_TRIES		100
#define SNAPSHOT_TRIES_MIN	10
#define SNAPSHOT_WAIT_US	110
#define SNAPSHOT_MS		100

/*
 * A table that is still unstable after these attempts is read again after a pause,
 * which doubles each time: 100 ms to 12.8 s, 25.5 s in all. After that it is read again
 * only on an interrupt, a resume, a reset or a write of 1 to pvfeat_rescan.
 */
#define UNSTABLE_PAUSE_MS	100
#define UNSTABLE_RETRIES	8

/*
 * Number of messages that are served without delay in each INTERRUPT_MS; more messages
 * cause the vector to be masked for that time. Lower if the host is not trusted.
 */
#define INTERRUPT_MS		100
#define INTERRUPT_BURST		100
#define UNTRUSTED_BURST		1

/* The messages logged since there was a good table */
#define SAID_UNSTABLE		BIT(0)
#define SAID_GIVEN_UP		BIT(1)
#define SAID_REFUSED		BIT(2)

/**
 * struct pvfeat_function - a PCI function with a table behind a BAR
 * @pdev: the function
 * @locator: location of the table in the function
 * @base: mapping of the table
 * @words: number of words in the window
 * @private: whether the platform reports the window's range as private
 * @irq: interrupt of vector 0; 0 if there is none
 * @changed: reads the table after an interrupt
 * @interrupts: limits the rate of interrupts
 * @masked: whether the interrupt is masked for a pause
 * @silenced: whether the interrupt is about to be freed
 * @unmask: unmasks the interrupt after the pause
 * @bound: whether the function is bound
 * @retry: reads an unstable table again
 * @lock: guards the members below: one snapshot at a time
 * @table: buffer for the snapshot
 * @window: the registered window; NULL if there was no good table yet
 * @retries: number of retries scheduled so far, up to UNSTABLE_RETRIES
 * @resetting: whether the function is being reset and must not be read
 * @said: the messages that were logged, SAID_*
 */
struct pvfeat_function {
	struct pci_dev *pdev;
	struct pvfeat_locator locator;
	void __iomem *base;
	unsigned int words;
	bool private;
	unsigned int irq;
	struct work_struct changed;
	struct ratelimit_state interrupts;
	bool masked;
	bool silenced;
	struct delayed_work unmask;
	bool bound;
	struct delayed_work retry;
	struct mutex lock;	/* guards the members below */
	struct pvfeat_table table;
	struct pvfeat_window *window;
	unsigned int retries;
	bool resetting;
	unsigned int said;
};

static void complain(struct pci_dev *pdev, const char *what,
		     const struct pvfeat_verdict *verdict)
{
	char text[PVFEAT_VERDICT_TEXT];

	pvfeat_describe_verdict(verdict, text, sizeof(text));
	pci_err(pdev, "%s: %s\n", what, text);
}

/* Read and parse one capability; return false also if config space cannot be read */
static bool parse_capability(struct pci_dev *pdev, unsigned int pos, bool dvsec,
			     struct pvfeat_locator *locator,
			     struct pvfeat_verdict *verdict)
{
	const unsigned int end = dvsec ? pdev->cfg_size : PCI_CFG_SPACE_SIZE;
	const unsigned int want = dvsec ? PVFEAT_DVSEC_BYTES : PVFEAT_VNDR_BYTES;
	__le32 cap[PVFEAT_DVSEC_BYTES / 4];
	unsigned int i, size = min(want, end - pos);
	u32 word;

	/* Capabilities are aligned to 4; read dwords, as each read may cause a VM exit */
	for (i = 0; i < size / 4; i++) {
		/* A failed read returns all ones, which do not match a locator */
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
 * PVF-DRV-08, PVF-DRV-07: find the first locator. On failure, a verdict other than
 * "header" means that this locator is broken. On a function with a PCI Express
 * capability the locator is a DVSEC; a function without one has no extended config
 * space, even if the bus has (PCI-X mode 2). The PCI core bounds each step, but a
 * circular list always has a next capability (pci_find_dvsec_capability() does not
 * return then), so stop at a position that was visited before.
 */
static bool find_locator(struct pci_dev *pdev, struct pvfeat_locator *locator,
			 struct pvfeat_verdict *verdict)
{
	const bool dvsec = pci_is_pcie(pdev);
	DECLARE_BITMAP(seen, PCI_CFG_SPACE_EXP_SIZE / 4) = { 0 };
	unsigned int pos = 0;

	verdict->check = PVFEAT_BAD_LOCATOR_HEADER;
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

static u32 pci_read(void *context, unsigned int word)
{
	struct pvfeat_function *function = context;

	/* Ordered, little-endian, and exactly one access per word */
	return ioread32(function->base + word * 4);
}

static bool take_snapshot(struct pvfeat_function *function,
			  struct pvfeat_verdict *verdict)
{
	const unsigned long end = jiffies + msecs_to_jiffies(SNAPSHOT_MS);
	unsigned int tries = 0;

	while (!pvfeat_table_read(&function->table, pci_read, function,
				  function->words, verdict)) {
		if (!pvfeat_verdict_transient(verdict) || ++tries == SNAPSHOT_TRIES)
			return false;
		/* A read can cause a VM exit, so attempts can take long */
		if (tries >= SNAPSHOT_TRIES_MIN && time_after(jiffies, end))
			return false;
		usleep_range(SNAPSHOT_WAIT_US, 2 * SNAPSHOT_WAIT_US);
	}
	return true;
}

/* A bound device can cause an unlimited number of log messages */
static bool may_log(const struct pvfeat_function *function)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	return !READ_ONCE(function->bound) || __ratelimit(&limit);
}

/* Off after a reset that bypassed the kernel; reads of the BAR return zeros or ones then */
static bool decodes_memory(struct pci_dev *pdev)
{
	u16 command;

	return pci_read_config_word(pdev, PCI_COMMAND, &command) ||
	       command & PCI_COMMAND_MEMORY;
}

/* Log a message once until there is a good table */
static void complain_once(struct pvfeat_function *function, unsigned int said,
			  const char *what, const struct pvfeat_verdict *verdict)
{
	if (function->said & said || !may_log(function))
		return;
	complain(function->pdev, what, verdict);
	if (!decodes_memory(function->pdev))
		pci_err(function->pdev, "memory decoding is off, so the function was reset: remove it and rescan its bus\n");
	function->said |= said;
}

/* The snapshot in function->table is a good table */
static int function_good(struct pvfeat_function *function)
{
	struct pci_dev *pdev = function->pdev;
	struct pvfeat_window *window;

	function->retries = 0;
	function->said = 0;
	if (function->window) {
		pvfeat_window_update(function->window, &function->table);
		return 0;
	}
	if (may_log(function))
		pci_info(pdev, "%u features, generation %u, from BAR%u+0x%x\n",
			 pvfeat_table_count(&function->table),
			 function->table.words[PVFEAT_W_GENERATION],
			 function->locator.bar, function->locator.offset);
	window = pvfeat_window_add(&pvfeat_pci_provider, &pdev->dev, function->private,
				   function->irq, 0, &function->table);
	if (IS_ERR(window)) {
		if (may_log(function))
			pci_err(pdev, "%pe\n", window);
		return PTR_ERR(window);
	}
	function->window = window;
	if (window->trusted)
		WRITE_ONCE(function->interrupts.burst, INTERRUPT_BURST);
	return 0;
}

/*
 * All attempts for a snapshot failed. The last good table stays in use (PVF-DRV-26), and
 * the window is read again later, a bounded number of times.
 */
static int function_unstable(struct pvfeat_function *function,
			     const struct pvfeat_verdict *verdict)
{
	const bool good = function->window && pvfeat_window_unstable(function->window);

	complain_once(function, SAID_UNSTABLE, good ?
		      "unstable, the last good table stays in use" :
		      "unstable, no feature is on until it stabilises", verdict);
	if (function->retries < UNSTABLE_RETRIES) {
		queue_delayed_work(system_freezable_wq, &function->retry,
				   msecs_to_jiffies(UNSTABLE_PAUSE_MS << function->retries));
		function->retries++;
	} else {
		complain_once(function, SAID_GIVEN_UP,
			      "still unstable, not read again before an interrupt, a reset, a resume or a write of 1 to pvfeat_rescan",
			      verdict);
	}
	return -EBUSY;
}

/* The table is malformed or gone (PVF-DRV-28) */
static int function_refused(struct pvfeat_function *function,
			    const struct pvfeat_verdict *verdict)
{
	complain_once(function, SAID_REFUSED, "refused", verdict);
	if (function->window)
		pvfeat_window_refuse(function->window);
	return -ENODEV;
}

/* Take a snapshot and pass it to the core; return -EBUSY if the table is unstable */
static int function_read_locked(struct pvfeat_function *function)
{
	struct pvfeat_verdict verdict;

	lockdep_assert_held(&function->lock);
	/* This read replaces a pending retry; one that waits for the lock runs later */
	cancel_delayed_work(&function->retry);
	if (function->resetting)
		return -EBUSY;
	if (take_snapshot(function, &verdict))
		return function_good(function);
	if (pvfeat_verdict_transient(&verdict))
		return function_unstable(function, &verdict);
	return function_refused(function, &verdict);
}

/* Read after an event that may have changed the table; this restarts the retries */
static int function_read(struct pvfeat_function *function)
{
	int ret;

	mutex_lock(&function->lock);
	function->retries = 0;
	ret = function_read_locked(function);
	mutex_unlock(&function->lock);
	return ret;
}

static void function_retry(struct work_struct *work)
{
	struct pvfeat_function *function = container_of(to_delayed_work(work),
							struct pvfeat_function, retry);

	mutex_lock(&function->lock);
	function_read_locked(function);
	mutex_unlock(&function->lock);
}

/* PVF-DRV-30: the work runs again for a message that arrives during a snapshot */
static irqreturn_t function_interrupt(int irq, void *data)
{
	struct pvfeat_function *function = data;

	queue_work(system_freezable_wq, &function->changed);
	return IRQ_HANDLED;
}

/*
 * The vector of a device that sends too many messages is masked for INTERRUPT_MS; a
 * message that arrives in that time stays pending. (Due to an earlier message, this work
 * may run again while the vector is masked.)
 */
static void function_changed(struct work_struct *work)
{
	struct pvfeat_function *function = container_of(work, struct pvfeat_function,
							changed);
	bool pause;

	/* Pause after -EBUSY, too: such a run takes too long to reach the rate limit */
	pause = function_read(function) == -EBUSY;
	pause |= !__ratelimit(&function->interrupts);
	if (pause && !READ_ONCE(function->masked) && !READ_ONCE(function->silenced)) {
		WRITE_ONCE(function->masked, true);
		disable_irq_nosync(function->irq);
		queue_delayed_work(system_freezable_wq, &function->unmask,
				   msecs_to_jiffies(INTERRUPT_MS));
	}
}

static void function_unmask(struct work_struct *work)
{
	struct pvfeat_function *function = container_of(to_delayed_work(work),
							struct pvfeat_function, unmask);

	WRITE_ONCE(function->masked, false);
	enable_irq(function->irq);
	/* In case the device did not keep a message pending */
	function_read(function);
}

/*
 * Runs before the interrupt is freed; after this it is neither masked nor unmasked. (On
 * s390 the interrupt handler may still be called until the interrupt is freed.)
 */
static void function_silence(void *data)
{
	struct pvfeat_function *function = data;

	WRITE_ONCE(function->silenced, true);
	disable_irq(function->irq);
	cancel_work_sync(&function->changed);
	cancel_delayed_work_sync(&function->unmask);
}

/*
 * Runs after the interrupt is freed and before the window is unmapped. Cancel the retry
 * last: both works can queue it, and only the interrupt handler queues the other one.
 */
static void function_release(void *data)
{
	struct pvfeat_function *function = data;

	cancel_work_sync(&function->changed);
	cancel_delayed_work_sync(&function->retry);
	pvfeat_window_remove(function->window);
}

/*
 * The PCI core maps and writes the vector table at the location that the capability
 * gives, even if that is outside of the BAR: on arm64 the write aborts, at worst it
 * reaches another device. (The PCI core reads the capability again later; a change in
 * between is not detected here.)
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
static void listen(struct pvfeat_function *function)
{
	struct pci_dev *pdev = function->pdev;
	int irq;

	if (!vectors_inside(pdev) ||
	    pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX) != 1)
		return;
	/* A message is a write to memory by the function */
	pci_set_master(pdev);
	irq = pci_irq_vector(pdev, PVFEAT_PCI_MSIX_CHANGED);
	/* Mask the vector in disable_irq(), not when the next message arrives */
	irq_set_status_flags(irq, IRQ_DISABLE_UNLAZY);
	/* Set before the first message, which may arrive during the request */
	function->irq = irq;
	if (devm_request_irq(&pdev->dev, irq, function_interrupt, 0, "pvfeat",
			     function) ||
	    devm_add_action_or_reset(&pdev->dev, function_silence, function))
		function->irq = 0;
}

/* The host controls the BAR's size and LENGTH: map no more than the largest table */
static int map_window(struct pvfeat_function *function)
{
	struct pci_dev *pdev = function->pdev;
	u32 bytes = pvfeat_locator_bytes(&function->locator);
	resource_size_t start = pci_resource_start(pdev, function->locator.bar) +
				function->locator.offset;

	if (!devm_request_mem_region(&pdev->dev, start, bytes, "pvfeat_pci"))
		return -EBUSY;
	/* The query of ioremap(), made once: the answer applies to this mapping */
	function->private = pvfeat_range_private(start, bytes);
	function->base = devm_ioremap(&pdev->dev, start, bytes);
	function->words = bytes / 4;
	return function->base ? 0 : -ENOMEM;
}

static int pvfeat_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_function *function;
	int ret;

	function = devm_kzalloc(&pdev->dev, sizeof(*function), GFP_KERNEL);
	if (!function)
		return -ENOMEM;
	function->pdev = pdev;
	mutex_init(&function->lock);
	INIT_WORK(&function->changed, function_changed);
	INIT_DELAYED_WORK(&function->retry, function_retry);
	INIT_DELAYED_WORK(&function->unmask, function_unmask);
	pci_set_drvdata(pdev, function);

	/* Failed checks return -ENODEV, for which the driver core logs no error */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL) {
		pci_err(pdev, "refused: header type %u is not an endpoint's\n",
			pdev->hdr_type);
		return -ENODEV;
	}
	if (!find_locator(pdev, &function->locator, &verdict)) {
		if (verdict.check == PVFEAT_BAD_LOCATOR_HEADER)
			pci_err(pdev, "refused: it has no locator\n");
		else
			complain(pdev, "refused", &verdict);
		return -ENODEV;
	}
	if (!pvfeat_locator_fits(&function->locator,
				 memory_bar_size(pdev, function->locator.bar),
				 &verdict)) {
		complain(pdev, "refused", &verdict);
		return -ENODEV;
	}

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = map_window(function);
	if (ret)
		return ret;
	/* Added before the interrupt is requested, so that it runs after that is freed */
	ret = devm_add_action(&pdev->dev, function_release, function);
	if (ret)
		return ret;
	ratelimit_state_init(&function->interrupts, msecs_to_jiffies(INTERRUPT_MS),
			     UNTRUSTED_BURST);
	ratelimit_set_flags(&function->interrupts, RATELIMIT_MSG_ON_RELEASE);
	/* PVF-DRV-30: enable vector 0 before the first snapshot to miss no change */
	listen(function);
	ret = function_read(function);
	/* -EBUSY: the table is read again by the retry or after an interrupt */
	if (ret && ret != -EBUSY)
		return ret;
	WRITE_ONCE(function->bound, true);
	if (!function->irq)
		pci_info(pdev, "no MSI-X vector: write 1 to pvfeat_rescan after a change of the table\n");
	return 0;
}

/* Read the table again; required where there is no vector */
static ssize_t pvfeat_rescan_store(struct device *dev,
				   struct device_attribute *attr,
				   const char *buf, size_t count)
{
	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	return function_read(dev_get_drvdata(dev)) ?: count;
}
static DEVICE_ATTR_WO(pvfeat_rescan);

static struct attribute *pvfeat_pci_attrs[] = {
	&dev_attr_pvfeat_rescan.attr,
	NULL
};
ATTRIBUTE_GROUPS(pvfeat_pci);

/* The VM may have moved during the system sleep, and messages of that time are lost */
static int pvfeat_pci_resume(struct device *dev)
{
	function_read(dev_get_drvdata(dev));
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(pvfeat_pci_pm, NULL, pvfeat_pci_resume);

/*
 * Reads of a function that is being reset return all ones or fail, and it sends no
 * messages. Because @resetting is set under the lock, no reader accesses the window from
 * the return of this function until reset_done, not even a pending retry.
 */
static void pvfeat_pci_reset_prepare(struct pci_dev *pdev)
{
	struct pvfeat_function *function = pci_get_drvdata(pdev);

	mutex_lock(&function->lock);
	function->resetting = true;
	mutex_unlock(&function->lock);
	cancel_delayed_work(&function->retry);
	/* The vector table must not be written either */
	if (function->irq)
		disable_irq(function->irq);
}

static void pvfeat_pci_reset_done(struct pci_dev *pdev)
{
	struct pvfeat_function *function = pci_get_drvdata(pdev);

	mutex_lock(&function->lock);
	function->resetting = false;
	mutex_unlock(&function->lock);
	if (function->irq)
		enable_irq(function->irq);
	function_read(function);
}

static const struct pci_error_handlers pvfeat_pci_errors = {
	.reset_prepare = pvfeat_pci_reset_prepare,
	.reset_done = pvfeat_pci_reset_done,
};

/* Placeholder IDs from QEMU's experimental range; others can be added through new_id */
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

static int pci_start(void)
{
	return pci_register_driver(&pvfeat_pci_driver);
}

static void pci_stop(void)
{
	pci_unregister_driver(&pvfeat_pci_driver);
}

const struct pvfeat_provider pvfeat_pci_provider = {
	.name = "pci",
	.stage = PVFEAT_STAGE_DEVICE,
	.hotplug = true,
	.start = pci_start,
	.stop = pci_stop,
};
