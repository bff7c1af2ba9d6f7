// SPDX-License-Identifier: GPL-2.0
/*
 * Make the driver assume a confidential guest on machines without support for one, by
 * return probes on the two functions that query the platform. The driver is otherwise
 * unmodified. Must be loaded after pvfeat and before a function is bound.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

#include "pvfeat_trust.h"

static bool private;
module_param(private, bool, 0);
MODULE_PARM_DESC(private, "the platform also reports all MMIO as private");

static int return_confidential(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs_set_return_value(regs, PVFEAT_GUEST_CONFIDENTIAL);
	return 0;
}

static int return_true(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs_set_return_value(regs, true);
	return 0;
}

static struct kretprobe guest_kind = {
	.kp.symbol_name = "pvfeat_guest_kind",
	.handler = return_confidential,
};

static struct kretprobe range_private = {
	.kp.symbol_name = "pvfeat_range_private",
	.handler = return_true,
};

static int __init pvfeat_confidential_init(void)
{
	int ret = register_kretprobe(&guest_kind);

	if (ret || !private)
		return ret;
	ret = register_kretprobe(&range_private);
	if (ret)
		unregister_kretprobe(&guest_kind);
	return ret;
}
module_init(pvfeat_confidential_init);

static void __exit pvfeat_confidential_exit(void)
{
	if (private)
		unregister_kretprobe(&range_private);
	unregister_kretprobe(&guest_kind);
}
module_exit(pvfeat_confidential_exit);

MODULE_DESCRIPTION("Test of paravisor feature enumeration: assume a confidential guest");
MODULE_LICENSE("GPL");
