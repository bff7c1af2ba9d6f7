// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the class in sysfs, its attributes and uevents; see
 * Documentation/ABI/testing/sysfs-class-pvfeat.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "pvfeat_compat.h"
#include "pvfeat_sysfs.h"
#include "pvfeat_window.h"

/* ---- the windows -------------------------------------------------------- */

static const char * const status_names[] = {
	[PVFEAT_STATUS_REFUSED] = "refused",
	[PVFEAT_STATUS_UNTRUSTED] = "untrusted",
	[PVFEAT_STATUS_STALE] = "stale",
	[PVFEAT_STATUS_UNUSED] = "unused",
	[PVFEAT_STATUS_CURRENT] = "current",
};

/* One feature per line */
static ssize_t emit_feature_list(char *buf, const u32 *words, unsigned int nwords)
{
	char label[PVFEAT_FEATURE_LABEL];
	struct seq_buf list;
	unsigned int feature;

	pvfeat_list_begin(&list, buf, PAGE_SIZE);
	for (feature = 0; feature < nwords * PVFEAT_BITS_PER_WORD; feature++) {
		if (pvfeat_words_have(words, nwords, feature))
			seq_buf_printf(&list, "%s\n",
				       pvfeat_feature_label(feature, label, sizeof(label)));
	}
	return pvfeat_list_end(&list, '\n');
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

/*
 * A file with a part of a window's table, empty while the window is refused;
 * emit_<name>() is called under the lock
 */
#define TABLE_ATTR_RO(_name)						\
static ssize_t _name##_show(struct device *dev,			\
			    struct device_attribute *attr, char *buf)	\
{									\
	const struct pvfeat_table *table = to_pvfeat_window(dev)->table; \
	ssize_t len = 0;						\
									\
	mutex_lock(&pvfeat_windows_lock);				\
	if (table->nr)							\
		len = emit_##_name(buf, table);				\
	mutex_unlock(&pvfeat_windows_lock);				\
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

static ssize_t emit_shared_gpa_boundary(char *buf, const struct pvfeat_table *table)
{
	return sysfs_emit(buf, "%u\n", pvfeat_table_boundary(table));
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
	return sysfs_emit(buf, "%d\n", to_pvfeat_window(dev)->trusted);
}
static DEVICE_ATTR_RO(trusted);

static ssize_t status_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	enum pvfeat_status status;

	mutex_lock(&pvfeat_windows_lock);
	status = to_pvfeat_window(dev)->status;
	mutex_unlock(&pvfeat_windows_lock);
	return sysfs_emit(buf, "%s\n", status_names[status]);
}
static DEVICE_ATTR_RO(status);

/* Differences from the reference, also of a window that does not contribute */
static ssize_t disagreements_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct seq_buf list;

	pvfeat_list_begin(&list, buf, PAGE_SIZE);
	mutex_lock(&pvfeat_windows_lock);
	pvfeat_window_differences(to_pvfeat_window(dev), &list, '\n');
	mutex_unlock(&pvfeat_windows_lock);
	return pvfeat_list_end(&list, '\n');
}
static DEVICE_ATTR_RO(disagreements);

/* The table as in the PCI window: little-endian words */
static ssize_t table_read(struct file *file, struct kobject *kobj,
			  pvfeat_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	const struct pvfeat_table *table = to_pvfeat_window(kobj_to_dev(kobj))->table;
	size_t size, i;

	mutex_lock(&pvfeat_windows_lock);
	size = table->nr * 4;
	count = pos < size ? min_t(size_t, count, size - pos) : 0;
	for (i = 0; i < count; i++)
		buf[i] = table->words[(pos + i) / 4] >> (pos + i) % 4 * 8;
	mutex_unlock(&pvfeat_windows_lock);
	return count;
}
static BIN_ATTR_RO(table, PVFEAT_TABLE_MAX_BYTES);

static struct attribute *window_attrs[] = {
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

static pvfeat_bin_attr_ptr window_bin_attrs[] = {
	&bin_attr_table,
	NULL
};

static const struct attribute_group window_group = {
	.attrs = window_attrs,
	.bin_attrs = window_bin_attrs,
};

static const struct attribute_group *window_groups[] = {
	&window_group,
	NULL
};

/* The state when the event is sent, which can be newer than its cause */
static int window_uevent(pvfeat_uevent_device *dev, struct kobj_uevent_env *env)
{
	const struct pvfeat_window *window = to_pvfeat_window(dev);
	int ret;

	mutex_lock(&pvfeat_windows_lock);
	ret = add_uevent_var(env, "STATUS=%s", status_names[window->status]);
	if (!ret && window->table->nr)
		ret = add_uevent_var(env, "GENERATION=%u",
				     window->table->words[PVFEAT_W_GENERATION]);
	mutex_unlock(&pvfeat_windows_lock);
	return ret;
}

static const struct device_type window_type = {
	.groups = window_groups,
	.uevent = window_uevent,
};

/* ---- the effective set -------------------------------------------------- */

static ssize_t effective_features_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	u32 words[PVFEAT_NWORDS_MAX];
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	bitmap_to_arr32(words, set.features, PVFEAT_FEATURES_MAX);
	return emit_feature_list(buf, words, set.nwords);
}

static ssize_t effective_words_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	u32 words[PVFEAT_NWORDS_MAX];
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	bitmap_to_arr32(words, set.features, PVFEAT_FEATURES_MAX);
	return emit_word_list(buf, words, set.nwords);
}

static ssize_t effective_generation_show(struct device *dev,
					 struct device_attribute *attr,
					 char *buf)
{
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	return set.nwords ? sysfs_emit(buf, "%u\n", set.generation) : 0;
}

static ssize_t effective_sources_show(struct device *dev,
				      struct device_attribute *attr, char *buf)
{
	struct seq_buf list;

	pvfeat_list_begin(&list, buf, PAGE_SIZE);
	mutex_lock(&pvfeat_windows_lock);
	pvfeat_windows_contributing(&list, '\n');
	mutex_unlock(&pvfeat_windows_lock);
	return pvfeat_list_end(&list, '\n');
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

static struct device *effective;

/* Wake pollers of "generation" and send a uevent */
static void effective_changed(const struct pvfeat_set *now)
{
	char text[sizeof("GENERATION=4294967295")];
	char *env[2] = { text };

	snprintf(text, sizeof(text), "GENERATION=%u", now->generation);
	sysfs_notify(&effective->kobj, NULL, "generation");
	kobject_uevent_env(&effective->kobj, KOBJ_CHANGE, env);
}

/* ---- start and end ------------------------------------------------------ */

static struct class pvfeat_class = {
	.name = "pvfeat",
};

/**
 * pvfeat_sysfs_init - expose the effective set, and windows that are added
 *
 * Context: May sleep.
 * Return: 0, or an error.
 */
int pvfeat_sysfs_init(void)
{
	int ret;

	ret = class_register(&pvfeat_class);
	if (ret)
		return ret;
	effective = device_create_with_groups(&pvfeat_class, NULL, 0, NULL,
					      effective_groups, "effective");
	if (IS_ERR(effective)) {
		class_unregister(&pvfeat_class);
		return PTR_ERR(effective);
	}
	pvfeat_effective_observe(effective_changed);
	pvfeat_windows_init(&pvfeat_class, &window_type);
	return 0;
}

/**
 * pvfeat_sysfs_exit - undo pvfeat_sysfs_init()
 *
 * All windows must have been removed.
 *
 * Context: May sleep; waits for readers of the files.
 */
void pvfeat_sysfs_exit(void)
{
	pvfeat_windows_exit();
	pvfeat_effective_flush();
	device_unregister(effective);
	class_unregister(&pvfeat_class);
}
