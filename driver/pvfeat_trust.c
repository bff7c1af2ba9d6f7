// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: what the platform says of who can write a window.
 *
 * Architectures differ here, and nowhere else in the driver but the CPUID
 * window. An architecture that can be confidential and is not named below would
 * be taken for one that cannot, so this list has to grow with the kernel's.
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

/* What Linux' own driver for such guests goes by, too */
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
 * pvfeat_guest_confidential - whether the host is not trusted
 *
 * Return: true if, as far as this kernel knows, it is a confidential guest:
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
 * pvfeat_range_private - whether the host is kept out of a range of MMIO
 * @start: first physical address
 * @bytes: length of the range, at least 1
 *
 * Asks what ioremap() asks, which maps the range private then: the driver never
 * chooses a mapping by itself.
 *
 * Return: true if the platform says so of all of the range.
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
