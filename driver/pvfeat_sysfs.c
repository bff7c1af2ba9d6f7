// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the class in sysfs, its attributes and uevents; see
 * Documentation/ABI/testing/sysfs-class-pvfeat.
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "pvfeat_compat.h"
#include "pvfeat_measure.h"
#include "pvfeat_sysfs.h"
#include "pvfeat_trust.h"
#include "pvfeat_window.h"

/* ---- the windows -------------------------------------------------------- */

static const char * const status_names[] = {
	[PVFEAT_STATUS_REFUSED] = "refused",
	[PVFEAT_STATUS_UNTRUSTED] = "untrusted",
	[PVFEAT_STATUS_STALE] = "stale",
	[PVFEAT_STATUS_UNUSED] = "unused",
	[PVFEAT_STATUS_CURRENT] = "current",
};

/* Copy a part of the words, little-endian as in the PCI window */
static ssize_t read_words(char *buf, loff_t pos, size_t count, const u32 *words,
			  unsigned int nr)
{
	const size_t size = nr * sizeof(*words);
	size_t i;

	count = pos < size ? min_t(size_t, count, size - pos) : 0;
	for (i = 0; i < count; i++)
		buf[i] = words[(pos + i) / 4] >> (pos + i) % 4 * 8;
	return count;
}

static ssize_t emit_name(char *buf, const char *name, unsigned int value)
{
	if (name)
		return sysfs_emit(buf, "%s\n", name);
	return sysfs_emit(buf, "unknown (%u)\n", value);
}

/*
 * A file with a part of a window's table; empty while the window is refused.
 * emit_<name>() is called under pvfeat_windows_lock.
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

static ssize_t emit_digest(char *buf, const struct pvfeat_table *table)
{
	u8 digest[PVFEAT_DIGEST_BYTES];

	if (!pvfeat_table_digest(table, digest))
		return -EOPNOTSUPP;
	return sysfs_emit(buf, "%*phN\n", PVFEAT_DIGEST_BYTES, digest);
}
TABLE_ATTR_RO(digest);

static ssize_t trust_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	static const char * const names[] = {
		[PVFEAT_ACCEPTANCE_UNTRUSTED] = "untrusted",
		[PVFEAT_ACCEPTANCE_ALLOWED] = "allowed",
		[PVFEAT_ACCEPTANCE_ENDORSED] = "endorsed",
		[PVFEAT_ACCEPTANCE_TRUSTED] = "trusted",
	};
	const struct pvfeat_window *window = to_pvfeat_window(dev);
	enum pvfeat_acceptance acceptance;

	mutex_lock(&pvfeat_windows_lock);
	acceptance = pvfeat_window_acceptance(window);
	mutex_unlock(&pvfeat_windows_lock);
	return sysfs_emit(buf, "%s\n", names[acceptance]);
}
static DEVICE_ATTR_RO(trust);

static ssize_t notifies_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_pvfeat_window(dev)->notifies);
}
static DEVICE_ATTR_RO(notifies);

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

static ssize_t mask_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%08x\n", to_pvfeat_window(dev)->mask);
}
static DEVICE_ATTR_RO(mask);

static ssize_t mismatch_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	bool mismatch;

	mutex_lock(&pvfeat_windows_lock);
	mismatch = to_pvfeat_window(dev)->mismatch;
	mutex_unlock(&pvfeat_windows_lock);
	return sysfs_emit(buf, "%d\n", mismatch);
}
static DEVICE_ATTR_RO(mismatch);

static ssize_t table_read(struct file *file, struct kobject *kobj,
			  pvfeat_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	const struct pvfeat_table *table = to_pvfeat_window(kobj_to_dev(kobj))->table;
	ssize_t len;

	mutex_lock(&pvfeat_windows_lock);
	len = read_words(buf, pos, count, table->words, table->nr);
	mutex_unlock(&pvfeat_windows_lock);
	return len;
}
static BIN_ATTR_RO(table, PVFEAT_TABLE_MAX_BYTES);

static struct attribute *window_attrs[] = {
	&dev_attr_generation.attr,
	&dev_attr_version.attr,
	&dev_attr_tee.attr,
	&dev_attr_access_method.attr,
	&dev_attr_shared_gpa_boundary.attr,
	&dev_attr_paravisor_id.attr,
	&dev_attr_paravisor_version.attr,
	&dev_attr_digest.attr,
	&dev_attr_trust.attr,
	&dev_attr_notifies.attr,
	&dev_attr_status.attr,
	&dev_attr_mismatch.attr,
	&dev_attr_mask.attr,
	NULL
};

static pvfeat_bin_attr_ptr window_bin_attrs[] = {
	&bin_attr_table,
	NULL
};

/* Only a translation has a mask: a table can express all features */
static umode_t window_attr_is_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	return attr == &dev_attr_mask.attr && !to_pvfeat_window(kobj_to_dev(kobj))->mask ?
	       0 : attr->mode;
}

static const struct attribute_group window_group = {
	.is_visible = window_attr_is_visible,
	.attrs = window_attrs,
	.bin_attrs = window_bin_attrs,
};

static const struct attribute_group *window_groups[] = {
	&window_group,
	NULL
};

/* Add the state at the time of the uevent, which can be newer than its cause */
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

static ssize_t effective_generation_show(struct device *dev,
					 struct device_attribute *attr,
					 char *buf)
{
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	return set.nwords ? sysfs_emit(buf, "%u\n", set.generation) : 0;
}

static ssize_t effective_reference_show(struct device *dev,
					struct device_attribute *attr, char *buf)
{
	const struct pvfeat_window *reference;
	ssize_t len = 0;

	mutex_lock(&pvfeat_windows_lock);
	reference = pvfeat_windows_reference();
	if (reference)
		len = sysfs_emit(buf, "%s\n", dev_name(&reference->dev));
	mutex_unlock(&pvfeat_windows_lock);
	return len;
}

static ssize_t effective_guest_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	static const char * const names[] = {
		[PVFEAT_GUEST_PLAIN] = "plain",
		[PVFEAT_GUEST_CONFIDENTIAL] = "confidential",
		[PVFEAT_GUEST_UNKNOWN] = "unknown",
	};

	return sysfs_emit(buf, "%s\n", names[pvfeat_guest_kind()]);
}

static ssize_t effective_endorsed_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	ssize_t len;

	mutex_lock(&pvfeat_windows_lock);
	len = pvfeat_endorsed_emit(buf);
	mutex_unlock(&pvfeat_windows_lock);
	return len;
}

static ssize_t effective_unmeasured_show(struct device *dev,
					 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pvfeat_unmeasured());
}

/* Endorse a digest, or revoke one that follows "-" */
static ssize_t effective_endorse_store(struct device *dev, struct device_attribute *attr,
				       const char *buf, size_t count)
{
	const bool revoke = *buf == '-';
	size_t size = count - revoke;
	u8 digest[PVFEAT_DIGEST_BYTES];
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (size && buf[count - 1] == '\n')
		size--;
	ret = pvfeat_digest_parse(buf + revoke, size, digest);
	if (ret)
		return ret;
	ret = revoke ? pvfeat_windows_revoke(digest) :
		       pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS);
	if (ret)
		return ret;
	dev_info(dev, "%s through sysfs: %*phN\n", revoke ? "revoked" : "endorsed",
		 PVFEAT_DIGEST_BYTES, digest);
	return count;
}

static struct device_attribute effective_endorsed =
	__ATTR(endorsed, 0444, effective_endorsed_show, NULL);
static struct device_attribute effective_endorse =
	__ATTR(endorse, 0200, NULL, effective_endorse_store);
static struct device_attribute effective_guest =
	__ATTR(guest, 0444, effective_guest_show, NULL);
static struct device_attribute effective_unmeasured =
	__ATTR(unmeasured, 0444, effective_unmeasured_show, NULL);
static struct device_attribute effective_generation =
	__ATTR(generation, 0444, effective_generation_show, NULL);
static struct device_attribute effective_reference =
	__ATTR(reference, 0444, effective_reference_show, NULL);

static struct attribute *effective_attrs[] = {
	&effective_endorse.attr,
	&effective_endorsed.attr,
	&effective_guest.attr,
	&effective_generation.attr,
	&effective_reference.attr,
	&effective_unmeasured.attr,
	NULL
};

static ssize_t effective_bitmap_read(struct file *file, struct kobject *kobj,
				     pvfeat_bin_attribute *attr, char *buf, loff_t pos,
				     size_t count)
{
	u32 words[PVFEAT_NWORDS_MAX];
	struct pvfeat_set set;

	pvfeat_read_set(&set);
	bitmap_to_arr32(words, set.features, PVFEAT_FEATURES_MAX);
	return read_words(buf, pos, count, words, PVFEAT_NWORDS_MAX);
}

static BIN_ATTR(bitmap, 0444, effective_bitmap_read, NULL, PVFEAT_FEATURES_MAX / 8);

static pvfeat_bin_attr_ptr effective_bin_attrs[] = {
	&bin_attr_bitmap,
	NULL
};

static const struct attribute_group effective_group = {
	.attrs = effective_attrs,
	.bin_attrs = effective_bin_attrs,
};

/* One file per registered feature, with the feature's name */
static ssize_t feature_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct dev_ext_attribute *feature =
		container_of(attr, struct dev_ext_attribute, attr);

	return sysfs_emit(buf, "%d\n", pvfeat_has((unsigned long)feature->var));
}

#define FEATURE_ATTR_(n, id, _name, ...) \
	[n] = { { .attr = { .name = _name, .mode = 0444 }, .show = feature_show }, \
		(void *)(unsigned long)(n) },
static struct dev_ext_attribute feature_attributes[] = { PVFEAT_REGISTRY(FEATURE_ATTR_) };

#define FEATURE_ATTR_PTR_(n, ...) &feature_attributes[n].attr.attr,
static struct attribute *feature_attrs[] = { PVFEAT_REGISTRY(FEATURE_ATTR_PTR_) NULL };

static const struct attribute_group features_group = {
	.name = "features",
	.attrs = feature_attrs,
};

static const struct attribute_group *effective_groups[] = {
	&effective_group,
	&features_group,
	NULL
};

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

/* ---- initialization and exit -------------------------------------------- */

static struct class pvfeat_class = {
	.name = "pvfeat",
};

/**
 * pvfeat_sysfs_init - expose the effective set, and windows when they are added
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
