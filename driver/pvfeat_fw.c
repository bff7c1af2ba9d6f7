// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the DeviceTree and ACPI windows, an array property each.
 */
#include <linux/acpi.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "pvfeat_core.h"

static u32 read_word(void *context, unsigned int word)
{
	return ((const u32 *)context)[word];
}

/* Read the property once into private memory; its length is what there is */
static struct pvfeat_source *fwnode_window(struct fwnode_handle *fwnode,
					   enum pvfeat_kind kind)
{
	static const char * const names[] = {
		PVFEAT_FW_PROPERTY_ARM, PVFEAT_FW_PROPERTY
	};
	struct pvfeat_source *source = NULL;
	unsigned int i;
	int count = 0;
	u32 *words;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		count = fwnode_property_count_u32(fwnode, names[i]);
		if (count > 0)
			break;
	}
	if (count <= 0) {
		pr_err("pvfeat: refused: %pfw has no array '%s'\n", fwnode,
		       PVFEAT_FW_PROPERTY);
		return NULL;
	}
	/* What is behind the largest table is not ours to read */
	count = min(count, PVFEAT_TABLE_MAX_WORDS);
	words = kcalloc(count, sizeof(*words), GFP_KERNEL);
	if (!words)
		return pvfeat_window_lost(kind, -ENOMEM);
	if (fwnode_property_read_u32_array(fwnode, names[i], words, count))
		pr_err("pvfeat: refused: %pfw: '%s' is not an array of 32-bit words\n",
		       fwnode, names[i]);
	else
		source = pvfeat_window_add(kind, read_word, words, count);
	kfree(words);
	return source;
}

/**
 * pvfeat_dt_window - look for the table in the DeviceTree
 *
 * Return: the source, or NULL.
 */
struct pvfeat_source *pvfeat_dt_window(void)
{
	struct device_node *np;
	struct pvfeat_source *source;

	np = of_find_compatible_node(NULL, NULL, PVFEAT_DT_COMPATIBLE);
	if (!np)
		return NULL;
	source = fwnode_window(of_fwnode_handle(np), PVFEAT_KIND_DT);
	of_node_put(np);
	return source;
}

/**
 * pvfeat_acpi_window - look for the table in ACPI's namespace
 *
 * Return: the source, or NULL.
 */
struct pvfeat_source *pvfeat_acpi_window(void)
{
	struct pvfeat_source *source;
	struct acpi_device *adev;

	if (acpi_disabled)
		return NULL;
	adev = acpi_dev_get_first_match_dev(PVFEAT_ACPI_CID, NULL, -1);
	if (!adev)
		return NULL;
	source = fwnode_window(acpi_fwnode_handle(adev), PVFEAT_KIND_ACPI);
	acpi_dev_put(adev);
	return source;
}

/* Their modalias loads the module also where there is no PCI function */
static const struct of_device_id pvfeat_of_ids[] = {
	{ .compatible = PVFEAT_DT_COMPATIBLE },
	{ }
};
MODULE_DEVICE_TABLE(of, pvfeat_of_ids);

static const struct acpi_device_id pvfeat_acpi_ids[] = {
	{ PVFEAT_ACPI_CID },
	{ }
};
MODULE_DEVICE_TABLE(acpi, pvfeat_acpi_ids);
