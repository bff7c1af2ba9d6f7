// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: whether the host can write a window, as the platform reports it.
 *
 * The code of this file and of the CPUID window depends on the architecture.
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
#include "pvfeat_trust.h"

/*
 * Architectures on which Linux cannot be a confidential guest: in the sources of all
 * kernels before this one, they select neither ARCH_HAS_CC_PLATFORM nor
 * ARCH_HAS_MEM_ENCRYPT (host-tests/check.t looks again). For a newer kernel there is no
 * answer.
 */
#define PLAIN_BEFORE KERNEL_VERSION(7, 4, 0)
#if defined(CONFIG_ARM) || defined(CONFIG_LOONGARCH) || defined(CONFIG_MIPS) || \
	defined(CONFIG_PARISC) || defined(CONFIG_RISCV) || defined(CONFIG_SPARC)
#define PLAIN_ONLY (LINUX_VERSION_CODE < PLAIN_BEFORE && \
		    !IS_ENABLED(CONFIG_ARCH_HAS_CC_PLATFORM) && \
		    !IS_ENABLED(CONFIG_ARCH_HAS_MEM_ENCRYPT))
#else
/* Under UML the guest is a process */
#define PLAIN_ONLY IS_ENABLED(CONFIG_UML)
#endif

/* The same tests as in Linux' pkvm-guest driver */
static bool __maybe_unused pkvm_protects(void)
{
#ifdef CONFIG_ARM_PKVM_GUEST
	return kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_HYP_MEMINFO) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_SHARE) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_UNSHARE);
#else
	return false;
#endif
}

static bool __maybe_unused realm(void)
{
#ifdef PVFEAT_HAVE_REALMS
	return is_realm_world();
#else
	return false;
#endif
}

/**
 * pvfeat_guest_kind - whether this is a guest that does not trust its host
 *
 * Detected are TDX, SEV and Hyper-V isolation on x86; PEF on powerpc; Secure Execution
 * on s390; a Realm, and a guest that pKVM protects, on arm64. A confidential guest
 * whose kernel cannot detect that is PVFEAT_GUEST_PLAIN, unless the kernel has no
 * means of detection at all.
 *
 * Return: the kind; PVFEAT_GUEST_UNKNOWN if this kernel has no interface to ask, or is
 * newer than what was checked.
 */
enum pvfeat_guest pvfeat_guest_kind(void)
{
	bool confidential = false;

	KUNIT_STATIC_STUB_REDIRECT(pvfeat_guest_kind);
#if defined(PVFEAT_X86)
	confidential = cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
#elif defined(CONFIG_ARM64)
	confidential = realm() || pkvm_protects();
#elif defined(CONFIG_S390)
	confidential = is_prot_virt_guest();
#elif defined(CONFIG_PPC)
	/* Of a guest here; on x86 also of a host with SME */
	confidential = cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#else
	if (!PLAIN_ONLY)
		return PVFEAT_GUEST_UNKNOWN;
#endif
	return confidential ? PVFEAT_GUEST_CONFIDENTIAL : PVFEAT_GUEST_PLAIN;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_guest_kind);

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
EXPORT_SYMBOL_IF_KUNIT(pvfeat_range_private);
