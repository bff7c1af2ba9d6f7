// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: sources, the effective set, sysfs.
 *
 * A window (pvfeat_pci.c) hands in a checked table and whether it is to be
 * trusted. The core keeps the sources in the order in which they came, derives
 * the effective set from them and shows all of it under /sys/class/pvfeat.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pvfeat.h"
#include "pvfeat_core.h"

/**
 * struct pvfeat_source - one window onto a table
 * @dev: /sys/class/pvfeat/<kind><id>
 * @node: in pvfeat_sources, under pvfeat_lock
 * @table: the checked snapshot
 * @id: number in the name of @dev
 * @trusted: whether it may turn features on
 */
struct pvfeat_source {
	struct device dev;
	struct list_head node;
	struct pvfeat_table *table;
	int id;
	bool trusted;
};

#define to_source(d) container_of(d, struct pvfeat_source, dev)

/* Guards the list and what is derived from it */
static DEFINE_MUTEX(pvfeat_lock);
static LIST_HEAD(pvfeat_sources);
static DEFINE_IDA(pvfeat_ids);
static struct pvfeat_source *pvfeat_in_use;
static struct device *pvfeat_effective_dev;

unsigned long pvfeat_effective_map[BITS_TO_LONGS(PVFEAT_FEATURES_MAX)]
	__read_mostly;
EXPORT_SYMBOL_GPL(pvfeat_effective_map);

/*
 * The effective set is that of the first trusted source. pvfeat_has() reads one
 * bit without a lock, so each long is replaced as a whole.
 */
static void update_effective(void)
{
	struct pvfeat_source *source, *use = NULL;
	unsigned int i, word;

	lockdep_assert_held(&pvfeat_lock);

	list_for_each_entry(source, &pvfeat_sources, node) {
		if (source->trusted) {
			use = source;
			break;
		}
	}
	for (i = 0; i < ARRAY_SIZE(pvfeat_effective_map); i++) {
		unsigned long value = 0;

		for (word = BITS_PER_LONG / 32; use && word--; ) {
			unsigned int w = i * (BITS_PER_LONG / 32) + word;

			/* Two shifts: 32 is all of a 32-bit long */
			value = value << 16 << 16;
			if (w < pvfeat_table_nwords(use->table))
				value |= pvfeat_table_features(use->table)[w];
		}
		WRITE_ONCE(pvfeat_effective_map[i], value);
	}
	WRITE_ONCE(pvfeat_in_use, use);
}

/* ---- sysfs: /sys/class/pvfeat, see Documentation/ABI/testing/sysfs-class-pvfeat */

/* What a list that is longer than a page ends with */
#define CUT_MARK "...\n"

static ssize_t emit_features(char *buf, const struct pvfeat_table *table)
{
	unsigned int feature, nr = pvfeat_table_nwords(table) * PVFEAT_BITS_PER_WORD;
	ssize_t len = 0;

	for (feature = 0; feature < nr; feature++) {
		const char *name = pvfeat_feature_name(feature);

		if (!pvfeat_table_has(table, feature))
			continue;
		if (len > PAGE_SIZE - 64)
			return len + sysfs_emit_at(buf, len, CUT_MARK);
		if (name)
			len += sysfs_emit_at(buf, len, "%s\n", name);
		else
			len += sysfs_emit_at(buf, len, "feature-%u\n", feature);
	}
	return len;
}

static ssize_t emit_words(char *buf, const struct pvfeat_table *table)
{
	unsigned int i;
	ssize_t len = 0;

	for (i = 0; i < pvfeat_table_nwords(table); i++) {
		if (len > PAGE_SIZE - 64)
			return len + sysfs_emit_at(buf, len, CUT_MARK);
		len += sysfs_emit_at(buf, len, "%08x\n",
				     pvfeat_table_features(table)[i]);
	}
	return len;
}

static ssize_t emit_name(char *buf, const char *name, unsigned int value)
{
	if (name)
		return sysfs_emit(buf, "%s\n", name);
	return sysfs_emit(buf, "unknown (%u)\n", value);
}

static ssize_t features_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return emit_features(buf, to_source(dev)->table);
}
static DEVICE_ATTR_RO(features);

static ssize_t words_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return emit_words(buf, to_source(dev)->table);
}
static DEVICE_ATTR_RO(words);

static ssize_t generation_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  to_source(dev)->table->words[PVFEAT_W_GENERATION]);
}
static DEVICE_ATTR_RO(generation);

static ssize_t version_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	u32 version = to_source(dev)->table->words[PVFEAT_W_VERSION];

	return sysfs_emit(buf, "%u.%u\n", version >> PVFEAT_VERSION_MAJOR_SHIFT,
			  version & PVFEAT_VERSION_MINOR_MASK);
}
static DEVICE_ATTR_RO(version);

static ssize_t tee_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	u32 type = to_source(dev)->table->words[PVFEAT_W_TEE] &
		   PVFEAT_TEE_TYPE_MASK;

	return emit_name(buf, pvfeat_tee_name(type), type);
}
static DEVICE_ATTR_RO(tee);

static ssize_t access_method_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	u32 method = to_source(dev)->table->words[PVFEAT_W_ACCESS] &
		     PVFEAT_ACCESS_METHOD_MASK;

	return emit_name(buf, pvfeat_access_name(method), method);
}
static DEVICE_ATTR_RO(access_method);

static ssize_t shared_gpa_boundary_show(struct device *dev,
					struct device_attribute *attr, char *buf)
{
	u32 access = to_source(dev)->table->words[PVFEAT_W_ACCESS];

	return sysfs_emit(buf, "%u\n", access >> PVFEAT_ACCESS_BOUNDARY_SHIFT &
				       PVFEAT_ACCESS_BOUNDARY_MASK);
}
static DEVICE_ATTR_RO(shared_gpa_boundary);

static ssize_t paravisor_id_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	u32 id = to_source(dev)->table->words[PVFEAT_W_PARAVISOR_ID];

	return sysfs_emit(buf, "%04x:%04x\n", id & PVFEAT_PARAVISOR_VENDOR_MASK,
			  id >> PVFEAT_PARAVISOR_PRODUCT_SHIFT);
}
static DEVICE_ATTR_RO(paravisor_id);

static ssize_t paravisor_version_show(struct device *dev,
				      struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%08x\n",
			  to_source(dev)->table->words[PVFEAT_W_PARAVISOR_VERSION]);
}
static DEVICE_ATTR_RO(paravisor_version);

static ssize_t trusted_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", to_source(dev)->trusted);
}
static DEVICE_ATTR_RO(trusted);

static ssize_t in_use_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  READ_ONCE(pvfeat_in_use) == to_source(dev));
}
static DEVICE_ATTR_RO(in_use);

/* The table as the window has it: little-endian words */
static ssize_t table_read(struct file *file, struct kobject *kobj,
			  struct bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	const struct pvfeat_table *table = to_source(kobj_to_dev(kobj))->table;
	size_t size = table->nr * 4, i;

	if (pos >= size)
		return 0;
	count = min_t(size_t, count, size - pos);
	for (i = 0; i < count; i++)
		buf[i] = table->words[(pos + i) / 4] >> (pos + i) % 4 * 8;
	return count;
}
static BIN_ATTR_RO(table, PVFEAT_TABLE_MAX_BYTES);

static struct attribute *source_attrs[] = {
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
	&dev_attr_in_use.attr,
	NULL
};

static struct bin_attribute *source_bin_attrs[] = {
	&bin_attr_table,
	NULL
};

static const struct attribute_group source_group = {
	.attrs = source_attrs,
	.bin_attrs = source_bin_attrs,
};

static const struct attribute_group *source_groups[] = {
	&source_group,
	NULL
};

/* The effective set is that of the source in use, or empty */
static ssize_t show_in_use(char *buf,
			   ssize_t (*show)(struct device *dev,
					   struct device_attribute *attr,
					   char *buf))
{
	ssize_t len = 0;

	mutex_lock(&pvfeat_lock);
	if (pvfeat_in_use)
		len = show(&pvfeat_in_use->dev, NULL, buf);
	mutex_unlock(&pvfeat_lock);
	return len;
}

static ssize_t effective_features_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	return show_in_use(buf, features_show);
}

static ssize_t effective_words_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	return show_in_use(buf, words_show);
}

static ssize_t effective_generation_show(struct device *dev,
					 struct device_attribute *attr,
					 char *buf)
{
	return show_in_use(buf, generation_show);
}

static ssize_t source_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_name(dev));
}

static ssize_t effective_source_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	return show_in_use(buf, source_show);
}

static struct device_attribute effective_features =
	__ATTR(features, 0444, effective_features_show, NULL);
static struct device_attribute effective_words =
	__ATTR(words, 0444, effective_words_show, NULL);
static struct device_attribute effective_generation =
	__ATTR(generation, 0444, effective_generation_show, NULL);
static struct device_attribute effective_source =
	__ATTR(source, 0444, effective_source_show, NULL);

static struct attribute *effective_attrs[] = {
	&effective_features.attr,
	&effective_words.attr,
	&effective_generation.attr,
	&effective_source.attr,
	NULL
};
ATTRIBUTE_GROUPS(effective);

static void source_release(struct device *dev)
{
	struct pvfeat_source *source = to_source(dev);

	ida_free(&pvfeat_ids, source->id);
	kvfree(source->table);
	kfree(source);
}

static struct class pvfeat_class = {
	.name = "pvfeat",
};

/**
 * pvfeat_source_add - make a window's table count
 * @parent: the device behind the window, or NULL
 * @kind: name of the kind of window, such as "pci"
 * @trusted: whether it may turn features on
 * @table: a table that passed pvfeat_table_check(); it is copied
 *
 * Context: May sleep.
 * Return: the source, for pvfeat_source_remove(), or an ERR_PTR.
 */
struct pvfeat_source *pvfeat_source_add(struct device *parent,
					const char *kind, bool trusted,
					const struct pvfeat_table *table)
{
	struct pvfeat_source *source;
	int ret;

	source = kzalloc(sizeof(*source), GFP_KERNEL);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->id = ida_alloc(&pvfeat_ids, GFP_KERNEL);
	if (source->id < 0) {
		ret = source->id;
		kfree(source);
		return ERR_PTR(ret);
	}
	source->trusted = trusted;
	source->dev.class = &pvfeat_class;
	source->dev.parent = parent;
	source->dev.groups = source_groups;
	source->dev.release = source_release;
	device_initialize(&source->dev);
	/* From here on source_release() frees what there is */

	source->table = kvmalloc(sizeof(*table), GFP_KERNEL);
	if (!source->table) {
		ret = -ENOMEM;
		goto put;
	}
	memcpy(source->table, table, sizeof(*table));
	ret = dev_set_name(&source->dev, "%s%d", kind, source->id);
	if (ret)
		goto put;
	ret = device_add(&source->dev);
	if (ret)
		goto put;

	mutex_lock(&pvfeat_lock);
	list_add_tail(&source->node, &pvfeat_sources);
	update_effective();
	if (!trusted)
		dev_warn(&source->dev, "not trusted: turns nothing on\n");
	else if (pvfeat_in_use != source)
		dev_info(&source->dev, "not used: %s came first\n",
			 dev_name(&pvfeat_in_use->dev));
	mutex_unlock(&pvfeat_lock);
	return source;

put:
	put_device(&source->dev);
	return ERR_PTR(ret);
}

/**
 * pvfeat_source_remove - make a window's table count no more
 * @source: from pvfeat_source_add()
 *
 * When it returns, the effective set is that of the sources that are left.
 *
 * Context: May sleep; waits for readers of the source's sysfs files.
 */
void pvfeat_source_remove(struct pvfeat_source *source)
{
	mutex_lock(&pvfeat_lock);
	list_del(&source->node);
	update_effective();
	mutex_unlock(&pvfeat_lock);
	device_unregister(&source->dev);
}

static const char *name_or_number(unsigned int feature, char *buf, size_t size)
{
	const char *name = pvfeat_feature_name(feature);

	if (name)
		return name;
	snprintf(buf, size, "feature-%u", feature);
	return buf;
}

/**
 * pvfeat_describe_verdict - what a verdict says, with its values
 * @verdict: the verdict
 * @buf: gets the text
 * @size: of @buf; %PVFEAT_VERDICT_TEXT is enough
 *
 * Return: length of the text, as snprintf().
 */
int pvfeat_describe_verdict(const struct pvfeat_verdict *verdict, char *buf,
			    size_t size)
{
	const char *text = pvfeat_check_text(verdict->check);
	char found[20], bound[20];

	if (verdict->check == PVFEAT_BAD_NEEDS ||
	    verdict->check == PVFEAT_BAD_EXCLUDES)
		return snprintf(buf, size, "%s (%s, %s)", text,
				name_or_number(verdict->found, found, sizeof(found)),
				name_or_number(verdict->bound, bound, sizeof(bound)));
	return snprintf(buf, size, "%s (0x%x, against 0x%x)", text,
			verdict->found, verdict->bound);
}

int pvfeat_core_init(void)
{
	int ret;

	ret = class_register(&pvfeat_class);
	if (ret)
		return ret;
	pvfeat_effective_dev =
		device_create_with_groups(&pvfeat_class, NULL, 0, NULL,
					  effective_groups, "effective");
	if (IS_ERR(pvfeat_effective_dev)) {
		class_unregister(&pvfeat_class);
		return PTR_ERR(pvfeat_effective_dev);
	}
	return 0;
}

void pvfeat_core_exit(void)
{
	device_unregister(pvfeat_effective_dev);
	class_unregister(&pvfeat_class);
	ida_destroy(&pvfeat_ids);
}
