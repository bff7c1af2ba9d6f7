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

/*
 * Read the array once into private memory: the first of the properties @names that is
 * one. Its length is the size of the window.
 */
static struct pvfeat_source *fwnode_window(struct fwnode_handle *fwnode,
					   enum pvfeat_kind kind,
					   const char * const *names,
					   unsigned int nr_names)
{
	struct pvfeat_source *source = NULL;
	unsigned int i;
	int count = 0;
	u32 *words;

	for (i = 0; i < nr_names; i++) {
		count = fwnode_property_count_u32(fwnode, names[i]);
		if (count > 0)
			break;
	}
	if (count <= 0) {
		pr_err("pvfeat: refused: %pfw has no array '%s'\n", fwnode, names[0]);
		return NULL;
	}
	/* A table does not extend past PVFEAT_TABLE_MAX_WORDS */
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
	static const char * const names[] = {
		PVFEAT_DT_PROPERTY, PVFEAT_DT_PROPERTY_ARM
	};
	struct device_node *np;
	struct pvfeat_source *source;

	for_each_compatible_node(np, NULL, PVFEAT_DT_COMPATIBLE) {
		if (of_device_is_available(np))
			break;
	}
	if (!np)
		return NULL;
	source = fwnode_window(of_fwnode_handle(np), PVFEAT_KIND_DT, names,
			       ARRAY_SIZE(names));
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
	static const char * const names[] = { PVFEAT_ACPI_PROPERTY };
	struct pvfeat_source *source;
	struct acpi_device *adev;

	if (acpi_disabled)
		return NULL;
	adev = acpi_dev_get_first_match_dev(PVFEAT_ACPI_HID, NULL, -1) ?:
	       acpi_dev_get_first_match_dev(PVFEAT_ACPI_CID, NULL, -1);
	if (!adev)
		return NULL;
	source = fwnode_window(acpi_fwnode_handle(adev), PVFEAT_KIND_ACPI, names,
			       ARRAY_SIZE(names));
	acpi_dev_put(adev);
	return source;
}

/* The modalias of these loads the module on a machine without the PCI function */
static const struct of_device_id pvfeat_of_ids[] = {
	{ .compatible = PVFEAT_DT_COMPATIBLE },
	{ }
};
MODULE_DEVICE_TABLE(of, pvfeat_of_ids);

static const struct acpi_device_id pvfeat_acpi_ids[] = {
	{ PVFEAT_ACPI_HID },
	{ PVFEAT_ACPI_CID },
	{ }
};
MODULE_DEVICE_TABLE(acpi, pvfeat_acpi_ids);
