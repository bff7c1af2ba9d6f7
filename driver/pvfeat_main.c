// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: the list of window providers, and the module's parameters,
 * initialization and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "pvfeat_compat.h"
#include "pvfeat_measure.h"
#include "pvfeat_provider.h"
#include "pvfeat_sysfs.h"
#include "pvfeat_window.h"

/* Firmware windows, then translations, in their order of precedence as the reference */
static const struct pvfeat_provider * const providers[] = {
#ifdef CONFIG_X86
	&pvfeat_cpuid_provider,
#endif
	&pvfeat_dt_provider,
	&pvfeat_acpi_provider,
#ifdef CONFIG_X86
	&pvfeat_hyperv_provider,
#endif
#ifdef CONFIG_PCI
	&pvfeat_pci_provider,
#endif
};

/* The window that detect() of each provider found; NULL if there is no good window */
static struct pvfeat_window *found[ARRAY_SIZE(providers)];

/* ---- parameters --------------------------------------------------------- */

static int policy_set(const char *value, const struct kernel_param *kp)
{
	int policy = __sysfs_match_string(pvfeat_policy_names, PVFEAT_NR_POLICIES, value);

	if (policy < 0) {
		pr_err("policy is intersect, pci-wins or all-or-nothing, not '%s'\n",
		       value);
		return policy;
	}
	pvfeat_windows_set_policy(policy);
	return 0;
}

static int policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", pvfeat_policy_names[pvfeat_windows_policy()]);
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_set,
	.get = policy_get,
};
module_param_cb(policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(policy, "services where windows differ: intersect (default): on if each contributing window has them; pci-wins: as in the PCI window, or the first firmware window without one; all-or-nothing: all off; a warning is on if any contributing window has it");

static int allow_untrusted_set(const char *value, const struct kernel_param *kp)
{
	bool allow;
	int ret = kstrtobool(value ?: "y", &allow);

	if (!ret)
		pvfeat_windows_allow_untrusted(allow);
	return ret;
}

static int allow_untrusted_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%c\n", pvfeat_windows_untrusted_allowed() ? 'Y' : 'N');
}

static const struct kernel_param_ops allow_untrusted_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = allow_untrusted_set,
	.get = allow_untrusted_get,
};
module_param_cb(allow_untrusted, &allow_untrusted_ops, NULL, 0444);
MODULE_PARM_DESC(allow_untrusted, "let windows contribute that the host of a confidential guest can write; taints the kernel");

static void endorse(const u8 *digest)
{
	const int ret = pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_PARAMETER);

	if (ret)
		pr_err("endorsed: ignored %*phN: %s\n", PVFEAT_DIGEST_BYTES, digest,
		       ret == -ENOSPC ? "the list is full" : "this kernel has no SHA-256");
	else
		pr_info("endorsed by parameter: %*phN\n", PVFEAT_DIGEST_BYTES, digest);
}

static void endorse_item(const char *item, size_t size)
{
	u8 digest[PVFEAT_DIGEST_BYTES];

	if (pvfeat_digest_parse(item, size, digest))
		pr_err("endorsed: ignored '%.*s': not 64 hexadecimal digits\n",
		       (int)min_t(size_t, size, 80), item);
	else
		endorse(digest);
}

/* The list can exceed the maximum length of a string parameter */
static int endorsed_set(const char *value, const struct kernel_param *kp)
{
	pvfeat_digest_list(value, endorse_item);
	return 0;
}

static const struct kernel_param_ops endorsed_ops = {
	.set = endorsed_set,
};
module_param_cb(endorsed, &endorsed_ops, NULL, 0);
MODULE_PARM_DESC(endorsed, "SHA-256 digests of tables, with commas in between, that are trusted in a confidential guest; for a measured command line");

/* ---- windows that do not change ----------------------------------------- */

/*
 * Read and register the window. NULL if its table is refused: the effective set is then
 * computed without it.
 */
static struct pvfeat_window *add_window(const struct pvfeat_provider *provider,
					const struct pvfeat_view *view)
{
	struct pvfeat_window *window = NULL;
	char text[PVFEAT_VERDICT_TEXT];
	struct pvfeat_verdict verdict;
	struct pvfeat_table *table;

	table = kvmalloc_obj(*table, GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	if (pvfeat_table_read(table, provider->read, view->context, view->capacity,
			      &verdict)) {
		window = pvfeat_window_add(provider, NULL, view->range_private, false, view->mask,
					   table);
		if (!IS_ERR(window))
			dev_info(&window->dev, "%u features, generation %u\n",
				 pvfeat_table_count(table),
				 table->words[PVFEAT_W_GENERATION]);
	} else {
		pvfeat_describe_verdict(&verdict, text, sizeof(text));
		pr_err("%s: refused: %s\n", provider->name, text);
	}
	kvfree(table);
	return window;
}

static struct pvfeat_window *find_window(const struct pvfeat_provider *provider)
{
	struct pvfeat_window *window;
	struct pvfeat_view view = { 0 };
	int ret = provider->detect(&view);

	if (ret == -ENODEV || ret == -EINVAL)
		return NULL;
	window = ret ? ERR_PTR(ret) : add_window(provider, &view);
	if (!ret)
		provider->release(&view);
	if (!IS_ERR(window))
		return window;
	pr_err("%s: lost: %pe\n", provider->name, window);
	return NULL;
}

/* ---- initialization and exit -------------------------------------------- */

static int start_providers(enum pvfeat_stage stage)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(providers); i++) {
		if (providers[i]->stage != stage)
			continue;
		if (providers[i]->start)
			ret = providers[i]->start() ?: ret;
		else
			found[i] = find_window(providers[i]);
	}
	return ret;
}

static int __init pvfeat_core_init(void)
{
	int ret = pvfeat_sysfs_init();

	return ret ?: start_providers(PVFEAT_STAGE_CORE);
}

static int __init pvfeat_fs_init(void)
{
	return start_providers(PVFEAT_STAGE_FS);
}

static int __init pvfeat_device_init(void)
{
	return start_providers(PVFEAT_STAGE_DEVICE);
}

#ifdef MODULE
static void remove_windows(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(providers); i++)
		pvfeat_window_remove(found[i]);
}

static int __init pvfeat_init(void)
{
	int ret = pvfeat_core_init();

	if (ret)
		return ret;
	pvfeat_measure_start();
	pvfeat_fs_init();
	ret = pvfeat_device_init();
	if (ret) {
		remove_windows();
		pvfeat_sysfs_exit();
		pvfeat_measure_flush();
	}
	return ret;
}
module_init(pvfeat_init);

static void __exit pvfeat_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(providers); i++) {
		if (providers[i]->stop)
			providers[i]->stop();
	}
	remove_windows();
	pvfeat_sysfs_exit();
	/* Flush after the removal of sysfs, through which a digest can be endorsed */
	pvfeat_measure_flush();
}
module_exit(pvfeat_exit);
#else
/* Runs after IMA's late_initcall() */
static int __init pvfeat_late_init(void)
{
	pvfeat_measure_start();
	return 0;
}

core_initcall(pvfeat_core_init);
fs_initcall(pvfeat_fs_init);
device_initcall(pvfeat_device_init);
late_initcall_sync(pvfeat_late_init);
#endif

MODULE_DESCRIPTION("Paravisor feature enumeration");
MODULE_LICENSE("GPL");
