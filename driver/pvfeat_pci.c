// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the PCI window.
 *
 * Finds the table through the locator, a DVSEC or vendor-specific capability,
 * takes a snapshot of it and gives that to the core. Config space and BAR are
 * the host's to write in a confidential guest, so each byte is read once into
 * memory and checked there.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "pvfeat_core.h"

/* PVF-DRV-07: how often a changing table is read, and the wait in between */
#define SNAPSHOT_TRIES		100
#define SNAPSHOT_WAIT_US	100

/**
 * struct pvfeat_window - a table behind a BAR
 * @base: where the table starts
 * @words: how many words the window has
 */
struct pvfeat_window {
	void __iomem *base;
	unsigned int words;
};

static void refuse(struct pci_dev *pdev, const struct pvfeat_verdict *verdict)
{
	char text[PVFEAT_VERDICT_TEXT];

	pvfeat_describe_verdict(verdict, text, sizeof(text));
	pci_err(pdev, "refused: %s\n", text);
}

/* Read and parse one capability; false also if config space cannot be read */
static bool parse_capability(struct pci_dev *pdev, unsigned int pos, bool dvsec,
			     struct pvfeat_locator *locator,
			     struct pvfeat_verdict *verdict)
{
	const unsigned int end = dvsec ? pdev->cfg_size : PCI_CFG_SPACE_SIZE;
	const unsigned int want = dvsec ? PVFEAT_DVSEC_LENGTH : PVFEAT_VNDR_LENGTH;
	u8 cap[PVFEAT_DVSEC_LENGTH];
	unsigned int i, size = min(want, end - pos);

	for (i = 0; i < size; i++) {
		/* A failed read leaves all ones, which no check lets pass */
		pci_read_config_byte(pdev, pos + i, &cap[i]);
	}
	/* What follows in config space counts for the length, unread */
	if (size == want)
		size = end - pos;
	return pvfeat_locator_parse(cap, size, dvsec, locator, verdict);
}

/*
 * PVF-DRV-02: the first locator counts, on PCI Express the DVSEC before the
 * vendor-specific capability. The walks are the PCI core's and bounded there.
 */
static bool find_locator(struct pci_dev *pdev, struct pvfeat_locator *locator,
			 struct pvfeat_verdict *verdict)
{
	unsigned int pos;

	pos = pci_find_dvsec_capability(pdev, PVFEAT_DVSEC_VENDOR,
					PVFEAT_DVSEC_ID);
	if (pos)
		return parse_capability(pdev, pos, true, locator, verdict);

	verdict->check = PVFEAT_BAD_LOCATOR_HEADER;
	verdict->found = 0;
	verdict->bound = PVFEAT_LOCATOR_MAGIC;
	for (pos = pci_find_capability(pdev, PCI_CAP_ID_VNDR); pos;
	     pos = pci_find_next_capability(pdev, pos, PCI_CAP_ID_VNDR)) {
		if (parse_capability(pdev, pos, false, locator, verdict))
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
			  struct pvfeat_table *table,
			  struct pvfeat_verdict *verdict)
{
	unsigned int tries = SNAPSHOT_TRIES;

	while (!pvfeat_table_read(table, read_word, window, window->words,
				  verdict)) {
		if (!pvfeat_verdict_transient(verdict) || !--tries)
			return false;
		usleep_range(SNAPSHOT_WAIT_US, 2 * SNAPSHOT_WAIT_US);
	}
	return true;
}

/* Map no more of the BAR than the table can take: its size is the host's word */
static bool map_window(struct pci_dev *pdev, const struct pvfeat_locator *locator,
		       struct pvfeat_window *window)
{
	u32 bytes = min_t(u32, locator->length, PVFEAT_TABLE_MAX_BYTES);
	resource_size_t start = pci_resource_start(pdev, locator->bar) +
				locator->offset;

	if (!devm_request_mem_region(&pdev->dev, start, bytes, "pvfeat_pci"))
		return false;
	window->base = devm_ioremap(&pdev->dev, start, bytes);
	window->words = bytes / 4;
	return window->base;
}

static int pvfeat_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pvfeat_locator locator;
	struct pvfeat_verdict verdict;
	struct pvfeat_window window;
	struct pvfeat_source *source;
	struct pvfeat_table *table;
	int ret;

	/* -ENODEV, so that the driver core does not say it once more */
	if (!find_locator(pdev, &locator, &verdict) ||
	    !pvfeat_locator_fits(&locator, memory_bar_size(pdev, locator.bar),
				 &verdict)) {
		refuse(pdev, &verdict);
		return -ENODEV;
	}

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (!map_window(pdev, &locator, &window))
		return -ENOMEM;

	table = kvmalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	if (!take_snapshot(&window, table, &verdict)) {
		refuse(pdev, &verdict);
		kvfree(table);
		return -ENODEV;
	}
	pci_info(pdev, "%u features, generation %u, from BAR%u+0x%x\n",
		 pvfeat_table_count(table), table->words[PVFEAT_W_GENERATION],
		 locator.bar, locator.offset);
	/*
	 * PVF-DRV-15: in a confidential guest the host serves this BAR, unless
	 * the platform says that the range is private, which no kernel tells
	 * drivers yet.
	 */
	source = pvfeat_source_add(&pdev->dev, PVFEAT_KIND_PCI,
				   !pvfeat_guest_confidential(), table);
	kvfree(table);
	if (IS_ERR(source))
		return PTR_ERR(source);
	pci_set_drvdata(pdev, source);
	return 0;
}

static void pvfeat_pci_remove(struct pci_dev *pdev)
{
	pvfeat_source_remove(pci_get_drvdata(pdev));
}

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
	.remove = pvfeat_pci_remove,
};

int __init pvfeat_pci_init(void)
{
	return pci_register_driver(&pvfeat_pci_driver);
}

void pvfeat_pci_exit(void)
{
	pci_unregister_driver(&pvfeat_pci_driver);
}
