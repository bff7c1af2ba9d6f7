// SPDX-License-Identifier: GPL-2.0
/*
 * Asks for all features before and after the architecture's setup code reads the early
 * window, and logs those that are on. With the parameter pvfeat_ask only.
 */
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/seq_buf.h>

#include "pvfeat.h"

static bool asked __initdata;

static void __init ask(const char *when)
{
	static char text[256] __initdata;
	unsigned int feature;
	struct seq_buf list;

	seq_buf_init(&list, text, sizeof(text));
	for (feature = 0; feature < PVFEAT_FEATURES_MAX; feature++) {
		if (pvfeat_early_has(feature))
			seq_buf_printf(&list, " %u", feature);
	}
	pr_info("pvfeat_ask: %s:%s\n", when, seq_buf_str(&list));
}

/* Parameters are parsed before the kind of guest is known */
static int __init ask_before(char *unused)
{
	asked = true;
	ask("before");
	return 0;
}
early_param("pvfeat_ask", ask_before);

/* The first initcalls after setup_arch() */
static int __init ask_after(void)
{
	if (asked)
		ask("after");
	return 0;
}
console_initcall(ask_after);
