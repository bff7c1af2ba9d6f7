// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the DeviceTree and ACPI windows, each an array property.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "pvfeat_provider.h"

static u32 fw_read(void *context, unsigned int word)
{
	return ((const u32 *)context)[word];
}

static void fw_release(struct pvfeat_view *view)
{
	kfree(view->context);
}

/*
 * Read the first of the properties @names that is an array, once, into private memory.
 * Its length is the capacity of the window.
 */
static int read_array(struct fwnode_handle *fwnode, const char * const *names,
		      unsigned int nr_names, struct pvfeat_view *view)
{
	unsigned int i;
	int count = 0;
	u32 *words;

	for (i = 0; i < nr_names; i++) {
		count = fwnode_property_count_u32(fwnode, names[i]);
		if (count > 0)
			break;
	}
	if (count <= 0) {
		pr_err("refused: %pfw has no array '%s'\n", fwnode, names[0]);
		return -EINVAL;
	}
	/* No table extends past PVFEAT_TABLE_MAX_WORDS */
	count = min(count, PVFEAT_TABLE_MAX_WORDS);
	words = kcalloc(count, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	if (fwnode_property_read_u32_array(fwnode, names[i], words, count)) {
		pr_err("refused: %pfw: '%s' is not an array of 32-bit words\n",
		       fwnode, names[i]);
		kfree(words);
		return -EINVAL;
	}
	view->context = words;
	view->capacity = count;
	return 0;
}

static int dt_detect(struct pvfeat_view *view)
{
	static const char * const names[] = {
		PVFEAT_DT_PROPERTY, PVFEAT_DT_PROPERTY_ARM
	};
	struct device_node *np;
	int ret;

	for_each_compatible_node(np, NULL, PVFEAT_DT_COMPATIBLE) {
		if (of_device_is_available(np))
			break;
	}
	if (!np)
		return -ENODEV;
	ret = read_array(of_fwnode_handle(np), names, ARRAY_SIZE(names), view);
	of_node_put(np);
	return ret;
}

static int acpi_detect(struct pvfeat_view *view)
{
	static const char * const names[] = { PVFEAT_ACPI_PROPERTY };
	struct acpi_device *adev;
	int ret;

	if (acpi_disabled)
		return -ENODEV;
	adev = acpi_dev_get_first_match_dev(PVFEAT_ACPI_HID, NULL, -1) ?:
	       acpi_dev_get_first_match_dev(PVFEAT_ACPI_CID, NULL, -1);
	if (!adev)
		return -ENODEV;
	ret = read_array(acpi_fwnode_handle(adev), names, ARRAY_SIZE(names), view);
	acpi_dev_put(adev);
	return ret;
}

const struct pvfeat_provider pvfeat_dt_provider = {
	.name = "dt",
	.stage = PVFEAT_STAGE_CORE,
	.detect = dt_detect,
	.read = fw_read,
	.release = fw_release,
};

const struct pvfeat_provider pvfeat_acpi_provider = {
	.name = "acpi",
	.stage = PVFEAT_STAGE_FS,
	.detect = acpi_detect,
	.read = fw_read,
	.release = fw_release,
};

/* The modalias of these IDs loads the module on a machine without the PCI function */
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
