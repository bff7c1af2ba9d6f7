// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the driver believe that its guest is a confidential one, on machines that
 * cannot have any: by probes on the returns of the two functions that ask the
 * platform. All else is the driver as it is. To be loaded after pvfeat, and before
 * a function is bound.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static bool private;
module_param(private, bool, 0);
MODULE_PARM_DESC(private, "the platform also says that all MMIO is private");

static int say_yes(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	regs_set_return_value(regs, 1);
	return 0;
}

static struct kretprobe guest_confidential = {
	.kp.symbol_name = "pvfeat_guest_confidential",
	.handler = say_yes,
};

static struct kretprobe range_private = {
	.kp.symbol_name = "pvfeat_range_private",
	.handler = say_yes,
};

static int __init pvfeat_confidential_init(void)
{
	int ret = register_kretprobe(&guest_confidential);

	if (ret || !private)
		return ret;
	ret = register_kretprobe(&range_private);
	if (ret)
		unregister_kretprobe(&guest_confidential);
	return ret;
}
module_init(pvfeat_confidential_init);

static void __exit pvfeat_confidential_exit(void)
{
	if (private)
		unregister_kretprobe(&range_private);
	unregister_kretprobe(&guest_confidential);
}
module_exit(pvfeat_confidential_exit);

MODULE_DESCRIPTION("Test of paravisor feature enumeration: a guest that takes itself for confidential");
MODULE_LICENSE("GPL");
