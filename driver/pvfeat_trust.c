// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: what the platform says of who can write a window.
 *
 * Architectures differ here, and nowhere else in the driver but the CPUID
 * window. An architecture that can be confidential and is not named below would
 * be taken for one that cannot, so this list has to grow with the kernel's.
 */
#include <linux/cc_platform.h>
#include <linux/kconfig.h>
#include <linux/version.h>

#ifdef CONFIG_S390
#include <asm/uv.h>
#endif
/* Earlier kernels cannot be the guest of a Realm */
#if defined(CONFIG_ARM64) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#include <asm/rsi.h>
#define HAVE_REALMS
#endif

#include "pvfeat_core.h"

/**
 * pvfeat_guest_confidential - whether the host is not trusted
 *
 * Return: true if, as far as this kernel knows, it is a confidential guest:
 * TDX, SEV or Hyper-V on x86; PEF on powerpc; Secure Execution on s390; a
 * Realm on arm64.
 */
bool pvfeat_guest_confidential(void)
{
#ifdef CONFIG_S390
	return is_prot_virt_guest();
#elif defined(HAVE_REALMS)
	return is_realm_world();
#else
	/* On powerpc this attribute means a guest; on x86 also a host with SME */
	if (!IS_ENABLED(CONFIG_X86) && cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return true;
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
#endif
}
