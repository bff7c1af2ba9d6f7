// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: whether the host can write a window, as the platform reports it.
 *
 * The code of this file and of the CPUID window depends on the architecture. An
 * architecture that supports confidential guests but is missing here would be treated
 * as if it did not, so it must be added here when the kernel adds it.
 */
#include <linux/cc_platform.h>
#include <linux/mm.h>

#ifdef CONFIG_S390
#include <asm/uv.h>
#endif
/* Without it a kernel cannot run as a guest that pKVM protects */
#ifdef CONFIG_ARM_PKVM_GUEST
#include <linux/arm-smccc.h>
#include <asm/hypervisor.h>
#endif

#include "pvfeat_compat.h"
#ifdef PVFEAT_HAVE_REALMS
#include <asm/io.h>
#include <asm/rsi.h>
#endif
#ifdef PVFEAT_HAVE_PRIVATE_MMIO
#include <asm/x86_init.h>
#endif
#include "pvfeat_core.h"

/* The same tests as in Linux' pkvm-guest driver */
static bool pkvm_protects(void)
{
#ifdef CONFIG_ARM_PKVM_GUEST
	return kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_HYP_MEMINFO) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_SHARE) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_UNSHARE);
#else
	return false;
#endif
}

/**
 * pvfeat_guest_confidential - whether this is a guest that does not trust its host
 *
 * Return: true if this kernel can tell that it runs in a confidential guest:
 * TDX, SEV or Hyper-V on x86; PEF on powerpc; Secure Execution on s390; a
 * Realm, or a guest that pKVM protects, on arm64.
 */
bool pvfeat_guest_confidential(void)
{
	KUNIT_STATIC_STUB_REDIRECT(pvfeat_guest_confidential);
	if (pkvm_protects())
		return true;
#ifdef CONFIG_S390
	return is_prot_virt_guest();
#elif defined(PVFEAT_HAVE_REALMS)
	return is_realm_world();
#else
	/* On powerpc this attribute means a guest; on x86 also a host with SME */
	if (!IS_ENABLED(CONFIG_X86) && cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return true;
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
#endif
}

/**
 * pvfeat_range_private - whether the host cannot access a range of MMIO
 * @start: first physical address
 * @bytes: length of the range, at least 1
 *
 * The test is that of ioremap(), which maps such a range private; the driver does not
 * choose the mapping.
 *
 * Return: true if the platform reports the whole range as private.
 */
bool pvfeat_range_private(resource_size_t start, resource_size_t bytes)
{
	KUNIT_STATIC_STUB_REDIRECT(pvfeat_range_private, start, bytes);
#ifdef PVFEAT_HAVE_PRIVATE_MMIO
	resource_size_t page = ALIGN_DOWN(start, PAGE_SIZE);
	resource_size_t last = ALIGN_DOWN(start + (bytes - 1), PAGE_SIZE);

	while (x86_platform.hyper.is_private_mmio(page)) {
		if (page == last)
			return true;
		page += PAGE_SIZE;
	}
	return false;
#elif defined(PVFEAT_HAVE_REALMS)
	return arm64_is_protected_mmio(start, bytes);
#else
	return false;
#endif
}
