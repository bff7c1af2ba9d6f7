// SPDX-License-Identifier: GPL-2.0
/*
 * Paravisor features: whether the host can write a window, according to the platform.
 *
 * The code of this file and of the CPUID window depends on the architecture.
 */
#include <linux/cc_platform.h>
#include <linux/mm.h>

#ifdef CONFIG_S390
#include <asm/facility.h>
#include <asm/uv.h>
#endif
#ifdef CONFIG_ARM64
#include <linux/arm-smccc.h>
#include <asm/hypervisor.h>
#endif
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/msr.h>
#include <asm/x86_init.h>
#endif

#include "pvfeat_compat.h"
#if defined(CONFIG_ARM64) && defined(PVFEAT_HAVE_REALMS)
#include <linux/io.h>
#include <asm/rsi.h>
#endif
#include "pvfeat_translate.h"
#include "pvfeat_trust.h"

/*
 * Architectures on which Linux cannot be a confidential guest: they select neither
 * ARCH_HAS_CC_PLATFORM nor ARCH_HAS_MEM_ENCRYPT
 */
#if defined(CONFIG_ARM) || defined(CONFIG_LOONGARCH) || defined(CONFIG_MIPS) || \
	defined(CONFIG_PARISC) || defined(CONFIG_RISCV) || defined(CONFIG_SPARC)
#define PLAIN_ONLY (PVFEAT_KERNEL_REVIEWED && \
		    !IS_ENABLED(CONFIG_ARCH_HAS_CC_PLATFORM) && \
		    !IS_ENABLED(CONFIG_ARCH_HAS_MEM_ENCRYPT))
#else
/* Under UML the guest is a process of its host */
#define PLAIN_ONLY IS_ENABLED(CONFIG_UML)
#endif

/*
 * Except for UML, a 64-bit kernel with neither of these options cannot detect a
 * confidential guest; a 32-bit kernel cannot be one.
 */
#define X86_UNKNOWN (IS_ENABLED(CONFIG_X86_64) && \
		     !IS_ENABLED(CONFIG_AMD_MEM_ENCRYPT) && \
		     !IS_ENABLED(CONFIG_INTEL_TDX_GUEST))

#ifdef CONFIG_X86
static void read_leaf(__u32 leaf, __u32 *regs)
{
	cpuid_count(leaf, 0, &regs[0], &regs[1], &regs[2], &regs[3]);
}

/**
 * pvfeat_isolation_read - read Hyper-V's isolation leaves on this processor
 * @leaves: filled in
 *
 * Context: Any.
 * Return: false if the hypervisor does not report isolation.
 */
bool pvfeat_isolation_read(struct pvfeat_hyperv *leaves)
{
	return boot_cpu_has(X86_FEATURE_HYPERVISOR) && pvfeat_hyperv_read(leaves, read_leaf);
}
#endif

#ifdef CONFIG_ARM64
static bool arm64_confidential(void)
{
#ifdef PVFEAT_HAVE_REALMS
	if (is_realm_world())
		return true;
#endif
	/* The same tests as in the pkvm-guest driver, which is not always built */
	return kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_HYP_MEMINFO) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_SHARE) &&
	       kvm_arm_hyp_service_available(ARM_SMCCC_KVM_FUNC_MEM_UNSHARE);
}
#endif

/**
 * pvfeat_guest_kind - detect whether the guest is confidential
 *
 * Detects TDX, SEV and Hyper-V isolation on x86, PEF on powerpc, Secure Execution on
 * s390, and Realms and guests protected by pKVM on arm64. A guest whose paravisor hides
 * that it is confidential is reported as PVFEAT_GUEST_PLAIN.
 *
 * Return: the kind of guest; PVFEAT_GUEST_UNKNOWN if this kernel is built without the
 * means to detect a confidential guest, or does not detect the isolation that Hyper-V
 * reports.
 */
enum pvfeat_guest pvfeat_guest_kind(void)
{
	bool confidential = false;
#ifdef CONFIG_X86
	struct pvfeat_hyperv leaves;
#endif

	KUNIT_STATIC_STUB_REDIRECT(pvfeat_guest_kind);
#if defined(CONFIG_X86)
	if (X86_UNKNOWN)
		return PVFEAT_GUEST_UNKNOWN;
	confidential = cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
	/* Hyper-V reports isolation, but this kernel is built without Hyper-V */
	if (!confidential && pvfeat_isolation_read(&leaves))
		return PVFEAT_GUEST_UNKNOWN;
#elif defined(CONFIG_ARM64)
	confidential = arm64_confidential();
#elif defined(CONFIG_S390)
#ifdef is_prot_virt_guest
	/*
	 * A constant macro if the kernel is built without PROTECTED_VIRTUALIZATION_GUEST.
	 * Facility 158 is the Ultravisor's.
	 */
	if (test_facility(158))
		return PVFEAT_GUEST_UNKNOWN;
#endif
	confidential = is_prot_virt_guest();
#elif defined(CONFIG_PPC)
	/* On powerpc only set in a guest; on x86 also on a host with SME */
	confidential = cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#else
	if (!PLAIN_ONLY)
		return PVFEAT_GUEST_UNKNOWN;
#endif
	return confidential ? PVFEAT_GUEST_CONFIDENTIAL : PVFEAT_GUEST_PLAIN;
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_guest_kind);

#ifdef CONFIG_X86
#define LEAF_AMD_MAX		0x80000000
#define LEAF_AMD_ENCRYPTION	0x8000001f
/* SEV, SEV-ES, SEV-SNP */
#define AMD_ENCRYPTION_SEV	(BIT(1) | BIT(3) | BIT(4))

/* The host of an SEV guest can hide the leaf later, but not this register */
static bool has_sev_status(void)
{
	u32 low, high;

	if (boot_cpu_data.x86_vendor != X86_VENDOR_AMD &&
	    boot_cpu_data.x86_vendor != X86_VENDOR_HYGON)
		return false;
	return !rdmsr_safe(MSR_AMD64_SEV, &low, &high) &&
	       (low & (MSR_AMD64_SEV_ENABLED | MSR_AMD64_SNP_VTOM)) == MSR_AMD64_SEV_ENABLED;
}

/*
 * Whether the guest itself, without a paravisor, runs the guest's side of TDX or SEV: a
 * paravisor hides the leaves of both and uses vTOM. cc_platform_has() cannot be used:
 * under Hyper-V isolation it reports what the isolation leaf reports.
 */
static bool is_native_guest(void)
{
	return boot_cpu_has(X86_FEATURE_TDX_GUEST) ||
	       (cpuid_eax(LEAF_AMD_MAX) >= LEAF_AMD_ENCRYPTION &&
		cpuid_eax(LEAF_AMD_ENCRYPTION) & AMD_ENCRYPTION_SEV) ||
	       has_sev_status();
}
#endif

/**
 * pvfeat_paravisor_answers - whether a paravisor, not the host, reports Hyper-V isolation
 *
 * Linux relies on this report where it detects Hyper-V. In a native guest of TDX or SEV
 * the host can forge it.
 *
 * Return: true if the report is a paravisor's.
 */
bool pvfeat_paravisor_answers(void)
{
#ifdef CONFIG_X86
	return hypervisor_is_type(X86_HYPER_MS_HYPERV) && !is_native_guest();
#else
	return false;
#endif
}

/**
 * pvfeat_range_private - whether the host cannot access a range of MMIO
 * @start: first physical address
 * @bytes: length of the range, at least 1
 *
 * The test is that of ioremap(), which maps such a range as private; the driver does not
 * choose the mapping.
 *
 * Return: true if the platform reports the whole range as private.
 */
bool pvfeat_range_private(resource_size_t start, resource_size_t bytes)
{
	KUNIT_STATIC_STUB_REDIRECT(pvfeat_range_private, start, bytes);
#if defined(CONFIG_X86) && defined(PVFEAT_HAVE_PRIVATE_MMIO)
	resource_size_t page = ALIGN_DOWN(start, PAGE_SIZE);
	resource_size_t last = ALIGN_DOWN(start + (bytes - 1), PAGE_SIZE);

	/* Only Hyper-V isolation makes a range private, and here the host can forge it */
	if (is_native_guest())
		return false;
	while (x86_platform.hyper.is_private_mmio(page)) {
		if (page == last)
			return true;
		page += PAGE_SIZE;
	}
	return false;
#elif defined(CONFIG_ARM64) && defined(PVFEAT_HAVE_REALMS)
	return arm64_is_protected_mmio(start, bytes);
#else
	return false;
#endif
}
EXPORT_SYMBOL_IF_KUNIT(pvfeat_range_private);
