// SPDX-License-Identifier: GPL-2.0
/*
 * Sample: query a paravisor feature from other kernel code, and get notified of changes.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "pvfeat.h"

static void say(const char *when)
{
	pr_info("pvfeat_sample: %s: attestation-report is %s\n", when,
		pvfeat_has(PVFEAT_ATTESTATION_REPORT) ? "on" : "off");
}

static int features_changed(struct notifier_block *nb, unsigned long event,
			    void *data)
{
	const struct pvfeat_change *change = data;

	if (event != PVFEAT_CHANGED)
		return NOTIFY_DONE;
	pr_info("pvfeat_sample: generation %u, then %u\n",
		change->before->generation, change->after->generation);
	say("changed");
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = features_changed };

static int __init pvfeat_sample_init(void)
{
	int ret;

	/* Register before the first query, so that no change in between is missed */
	ret = pvfeat_register_notifier(&notifier);
	if (!ret)
		say("loaded");
	return ret;
}
module_init(pvfeat_sample_init);

static void __exit pvfeat_sample_exit(void)
{
	pvfeat_unregister_notifier(&notifier);
}
module_exit(pvfeat_sample_exit);

MODULE_DESCRIPTION("Sample user of paravisor features");
MODULE_LICENSE("GPL");
