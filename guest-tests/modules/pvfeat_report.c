// SPDX-License-Identifier: GPL-2.0
/*
 * A provider of attestation reports for the test of "pvfeat doctor", registered like the
 * driver of a TEE. It does not generate reports.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/tsm.h>

static int report_new(struct tsm_report *report, void *data)
{
	return -ENODEV;
}

static const struct tsm_report_ops ops = {
	.name = "pvfeat_report",
	.report_new = report_new,
};

static int __init report_init(void)
{
	return tsm_report_register(&ops, NULL);
}
module_init(report_init);

static void __exit report_exit(void)
{
	tsm_report_unregister(&ops);
}
module_exit(report_exit);

MODULE_DESCRIPTION("Provider of attestation reports for a test");
MODULE_LICENSE("GPL");
