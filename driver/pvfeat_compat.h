/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: compatibility with all kernels from 6.1 on.
 *
 * A difference is detected by what the kernel's headers provide, and by the version
 * only where the headers do not show it. For Linux itself, linux/in-tree.py replaces what
 * is defined here by what the tree has.
 */
#ifndef _PVFEAT_COMPAT_H
#define _PVFEAT_COMPAT_H

#include <linux/device.h>
#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/version.h>

/* Not available in older versions of sparse */
#ifndef __has_include
#define __has_include(header) 0
#endif

/* Available since 7.0, and in later 6.12 stable kernels */
#ifndef kmalloc_obj
#define kzalloc_obj(object, flags) ((typeof(object) *)kzalloc(sizeof(object), flags))
#define kvmalloc_obj(object, flags) ((typeof(object) *)kvmalloc(sizeof(object), flags))
#define kvzalloc_obj(object, flags) ((typeof(object) *)kvzalloc(sizeof(object), flags))
#endif

/* Parameter of bin_attribute.read(): const since 6.17 */
typedef typeof(*_Generic(((struct bin_attribute *)NULL)->read,
	ssize_t (*)(struct file *, struct kobject *, struct bin_attribute *,
		    char *, loff_t, size_t) : (struct bin_attribute *)NULL,
	default : (const struct bin_attribute *)NULL)) pvfeat_bin_attribute;

/* Element of attribute_group.bin_attrs: a pointer, to const since 6.17 */
typedef typeof(*((struct attribute_group *)NULL)->bin_attrs) pvfeat_bin_attr_ptr;

/* Parameter of device_type.uevent(): const since 6.3 */
typedef typeof(*_Generic(((struct device_type *)NULL)->uevent,
	int (*)(struct device *, struct kobj_uevent_env *) : (struct device *)NULL,
	default : (const struct device *)NULL)) pvfeat_uevent_device;

/* Declares hex2bin() since 6.4; linux/kernel.h did before */
#if __has_include(<linux/hex.h>)
#include <linux/hex.h>
#endif

#if IS_REACHABLE(CONFIG_CRYPTO_LIB_SHA256)
#include <crypto/sha2.h>
/* Parameter of sha256_init(): its type was renamed after 6.12 */
typedef typeof(*_Generic(&sha256_init,
	void (*)(struct sha256_state *) : (struct sha256_state *)NULL,
	default : (struct sha256_ctx *)NULL)) pvfeat_sha256_state;
#endif

#ifdef CONFIG_X86
/* Declares cpuid_count() since 6.16 */
#if __has_include(<asm/cpuid/api.h>)
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif
#endif

/* Before 6.4, all MMIO of a confidential guest on x86 is mapped shared */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define PVFEAT_HAVE_PRIVATE_MMIO
#endif

/* Defined since 6.11; the number of MEM_UNSHARE is that of the hypervisor's interface */
#if defined(CONFIG_ARM64)
#include <linux/arm-smccc.h>
#ifndef ARM_SMCCC_KVM_FUNC_HYP_MEMINFO
#define ARM_SMCCC_KVM_FUNC_HYP_MEMINFO	2
#define ARM_SMCCC_KVM_FUNC_MEM_SHARE	3
#define ARM_SMCCC_KVM_FUNC_MEM_UNSHARE	4
#endif
#endif

/* Before 6.13, Linux cannot run in a Realm */
#if defined(CONFIG_ARM64) && __has_include(<asm/rsi.h>)
#define PVFEAT_HAVE_REALMS
#endif

/*
 * Whether the kernels of this version were reviewed for support of confidential guests,
 * see PLAIN_ONLY. On newer kernels the kind of guest is unknown.
 */
#define PVFEAT_KERNEL_REVIEWED (LINUX_VERSION_CODE < KERNEL_VERSION(7, 4, 0))

/* The namespace of an import is a string since 6.13 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define PVFEAT_HAVE_NAMESPACE_STRING
#endif

/* Available since 6.3; the suites are built only for kernels that have both headers */
#if IS_ENABLED(CONFIG_KUNIT) && __has_include(<kunit/static_stub.h>)
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#else
#define KUNIT_STATIC_STUB_REDIRECT(...)
#define EXPORT_SYMBOL_IF_KUNIT(symbol) static_assert(true)
#endif

#endif /* _PVFEAT_COMPAT_H */
