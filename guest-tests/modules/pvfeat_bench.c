// SPDX-License-Identifier: GPL-2.0
/*
 * The cost of pvfeat_has() with a constant, compared with kernel functions that query
 * CPU features. bench/hotpath.sh reads the object code of the functions named ask_*
 * and has this module call them.
 *
 * Parameter calls: number of calls in each of nine runs; 0, the default, measures nothing.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "pvfeat.h"

#define RUNS 9

static unsigned int calls;
module_param(calls, uint, 0444);

/* The cost of the call itself */
static noinline bool ask_nothing(void)
{
	return false;
}

static noinline bool ask_pvfeat_has(void)
{
	return pvfeat_has(PVFEAT_ATTESTATION_REPORT);
}

#if defined(CONFIG_X86) || defined(CONFIG_UML)
#include <asm/cpufeature.h>

static noinline bool ask_boot_cpu_has(void)
{
	return boot_cpu_has(X86_FEATURE_LA57);
}

/* Patched into the code at boot; does not compile for UML */
#ifndef CONFIG_UML
static noinline bool ask_cpu_feature_enabled(void)
{
	return cpu_feature_enabled(X86_FEATURE_LA57);
}
#endif
#elif defined(CONFIG_ARM64)
#include <linux/cpufeature.h>

static noinline bool ask_cpus_have_cap(void)
{
	return cpus_have_cap(ARM64_HAS_CRC32);
}

static noinline bool ask_cpu_have_feature(void)
{
	return cpu_have_feature(cpu_feature(SHA2));
}
#endif

static void __init measure(const char *name, bool (*ask)(void))
{
	unsigned int i, run, on = 0;
	u64 start, ns, least = U64_MAX;

	/* Use the minimum, because other tasks may be scheduled during a run */
	for (run = 0; run < RUNS; run++) {
		start = ktime_get_ns();
		for (i = 0; i < calls; i++)
			on += ask();
		ns = ktime_get_ns() - start;
		least = min(least, ns);
	}
	pr_info("pvfeat_bench: %s %llu ps, %s\n", name,
		div_u64(least * 1000, calls), on ? "on" : "off");
}

#define MEASURE(name) measure(#name, name)

static int __init pvfeat_bench_init(void)
{
	if (!calls)
		return 0;
	MEASURE(ask_nothing);
	MEASURE(ask_pvfeat_has);
#if defined(CONFIG_X86) || defined(CONFIG_UML)
	MEASURE(ask_boot_cpu_has);
#ifndef CONFIG_UML
	MEASURE(ask_cpu_feature_enabled);
#endif
#elif defined(CONFIG_ARM64)
	MEASURE(ask_cpus_have_cap);
	MEASURE(ask_cpu_have_feature);
#endif
	return 0;
}
late_initcall(pvfeat_bench_init);

static void __exit pvfeat_bench_exit(void)
{
}
module_exit(pvfeat_bench_exit);

MODULE_DESCRIPTION("Benchmark of paravisor feature enumeration");
MODULE_LICENSE("GPL");
