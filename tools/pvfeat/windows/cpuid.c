// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat: the CPUID window. All that the tool has for one architecture only.
 */
#include "cpuid_window.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <string.h>

bool cpuid_exists(void)
{
	return true;
}

bool cpuid_has_hypervisor(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx >> 31;
}

/* Whether a leaf's registers have this text: EBX, then the two others in either order */
static bool leaf_has(unsigned int leaf, const char *text, bool edx_first)
{
	unsigned int regs[4];
	char found[12];

	__cpuid_count(leaf, 0, regs[0], regs[1], regs[2], regs[3]);
	memcpy(found, &regs[1], 4);
	memcpy(found + 4, &regs[edx_first ? 3 : 2], 4);
	memcpy(found + 8, &regs[edx_first ? 2 : 3], 4);
	return !memcmp(found, text, sizeof(found));
}

#define LEAF_TDX			0x21
#define LEAF_HV				0x40000000
#define LEAF_HV_FEATURES		0x40000003
#define HV_FEATURES_EBX_ISOLATION	0x00400000
#define LEAF_HV_ISOLATION		0x4000000c
#define HV_ISOLATION_EBX_TYPE		0xf
#define LEAF_AMD_ENCRYPTION		0x8000001f
#define AMD_ENCRYPTION_EAX_SEV		0x2

/*
 * TDX and Hyper-V's isolation are visible. The bit of SEV may be the processor's only,
 * and the register that tells can be read by the kernel only.
 */
enum guest cpuid_guest(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (__get_cpuid_max(0, NULL) >= LEAF_TDX && leaf_has(LEAF_TDX, "IntelTDX    ", true))
		return GUEST_CONFIDENTIAL;
	if (!cpuid_has_hypervisor())
		return GUEST_PLAIN;
	__cpuid(LEAF_HV, eax, ebx, ecx, edx);
	if (eax >= LEAF_HV_ISOLATION && leaf_has(LEAF_HV, "Microsoft Hv", false)) {
		__cpuid(LEAF_HV_FEATURES, eax, ebx, ecx, edx);
		if (ebx & HV_FEATURES_EBX_ISOLATION) {
			__cpuid(LEAF_HV_ISOLATION, eax, ebx, ecx, edx);
			if (ebx & HV_ISOLATION_EBX_TYPE)
				return GUEST_CONFIDENTIAL;
		}
	}
	if (__get_cpuid(LEAF_AMD_ENCRYPTION, &eax, &ebx, &ecx, &edx) &&
	    eax & AMD_ENCRYPTION_EAX_SEV)
		return GUEST_UNKNOWN;
	return GUEST_PLAIN;
}

__u32 cpuid_word(void *window, unsigned int word)
{
	struct cpuid_window *w = window;
	__u32 leaf = PVFEAT_BASE + word / PVFEAT_WORDS_PER_LEAF;

	if (w->leaf != leaf)
		__cpuid_count(leaf, 0, w->regs[0], w->regs[1], w->regs[2],
			      w->regs[3]);
	w->leaf = leaf;
	return w->regs[word % PVFEAT_WORDS_PER_LEAF];
}

#else

bool cpuid_exists(void)
{
	return false;
}

bool cpuid_has_hypervisor(void)
{
	return false;
}

enum guest cpuid_guest(void)
{
	return GUEST_UNKNOWN;
}

__u32 cpuid_word(void *window, unsigned int word)
{
	(void)window;
	(void)word;
	return 0;
}

#endif
