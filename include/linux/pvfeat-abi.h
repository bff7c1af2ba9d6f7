/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Paravisor feature enumeration: the layout of the feature table, of the
 * locator that finds it on PCI, and of the PCI function. This header defines the
 * numbers of spec/pci-device.md. It has no types, so that the kernel, QEMU and
 * user space can use it unchanged.
 *
 * The table is an array of 32-bit words, the same in every window. Word w is
 *   PCI:      the little-endian dword at byte 4 * w of the table;
 *   CPUID:    leaf PVFEAT_BASE + w / 4, register w % 4 of EAX, EBX, ECX, EDX;
 *   DT, ACPI: element w of a u32 array property.
 */
#ifndef _LINUX_PVFEAT_ABI_H
#define _LINUX_PVFEAT_ABI_H

#include "pvfeat-registry.h"

/* Words of the table */
#define PVFEAT_W_MAX_LEAF		0
#define PVFEAT_W_SIGNATURE_B		1
#define PVFEAT_W_SIGNATURE_C		2
#define PVFEAT_W_SIGNATURE_D		3
#define PVFEAT_W_VERSION		4
#define PVFEAT_W_GENERATION		5
#define PVFEAT_W_TEE			6
#define PVFEAT_W_NWORDS			7
#define PVFEAT_W_PARAVISOR_ID		8
#define PVFEAT_W_PARAVISOR_VERSION	9
#define PVFEAT_W_ACCESS			10
#define PVFEAT_W_RESERVED		11
#define PVFEAT_W_FEATURES		12

/* MAX_LEAF */
#define PVFEAT_BASE			0x40008000u
#define PVFEAT_WORDS_PER_LEAF		4

/* SIGNATURE: "PvFeatPvFeat", four characters per word, the first in bits 7:0 */
#define PVFEAT_SIGNATURE_B		0x65467650u	/* "PvFe" */
#define PVFEAT_SIGNATURE_C		0x76507461u	/* "atPv" */
#define PVFEAT_SIGNATURE_D		0x74616546u	/* "Feat" */

/* VERSION: minor revisions only append; another major has another layout */
#define PVFEAT_VERSION_MAJOR		1
#define PVFEAT_VERSION_MINOR		0
#define PVFEAT_VERSION_MAJOR_SHIFT	16
#define PVFEAT_VERSION_MINOR_MASK	0xffffu

/* GENERATION: even if stable, odd while being rewritten; 0 follows the last */
#define PVFEAT_GENERATION_ODD		0x1u
#define PVFEAT_GENERATION_STEP		2
#define PVFEAT_GENERATION_LAST		0xfffffffcu
#define PVFEAT_ALL_ONES			0xffffffffu	/* read from a missing device */

/* TEE */
#define PVFEAT_TEE_TYPE_MASK		0xffu

/* PARAVISOR_ID */
#define PVFEAT_PARAVISOR_VENDOR_MASK	0xffffu
#define PVFEAT_PARAVISOR_PRODUCT_SHIFT	16

/* ACCESS */
#define PVFEAT_ACCESS_METHOD_MASK	0xffu
#define PVFEAT_ACCESS_BOUNDARY_SHIFT	8
#define PVFEAT_ACCESS_BOUNDARY_MASK	0xffu
/* SHARED_GPA_BOUNDARY: an address with this bit set is shared; 0 means none */
#define PVFEAT_ACCESS_BOUNDARY_MAX	63

/* FEATURES: feature f is bit f % 32 of word PVFEAT_W_FEATURES + f / 32 */
#define PVFEAT_BITS_PER_WORD		32
#define PVFEAT_FIRST_VENDOR_FEATURE	512

/*
 * Bounds, in words unless the name contains another unit. The PCI window has room
 * for TABLE_MAX words. A device of this revision exposes up to NWORDS_MAX feature
 * words; a later minor revision can extend that to NWORDS_ROOM. A reader accepts
 * such a table and ignores features from FEATURES_MAX on.
 */
#define PVFEAT_TABLE_MAX_BYTES		4096
#define PVFEAT_TABLE_MAX_WORDS		(PVFEAT_TABLE_MAX_BYTES / 4)
#define PVFEAT_TABLE_MAX_LEAVES		(PVFEAT_TABLE_MAX_WORDS / PVFEAT_WORDS_PER_LEAF)
#define PVFEAT_TABLE_MIN_BYTES		64
#define PVFEAT_NWORDS_MIN		1
#define PVFEAT_NWORDS_MAX		32
#define PVFEAT_NWORDS_ROOM		(PVFEAT_TABLE_MAX_WORDS - PVFEAT_W_FEATURES)
#define PVFEAT_FEATURES_MAX		(PVFEAT_NWORDS_MAX * PVFEAT_BITS_PER_WORD)

/* Number of leaves of a table with n feature words; the last is padded with 0 */
#define PVFEAT_LEAVES(n) \
	((PVFEAT_W_FEATURES + (n) + PVFEAT_WORDS_PER_LEAF - 1) / PVFEAT_WORDS_PER_LEAF)
#define PVFEAT_MAX_LEAF(n)		(PVFEAT_BASE + PVFEAT_LEAVES(n) - 1)

/*
 * The firmware windows: an array of u32 in a DeviceTree node with this
 * compatible, or in the _DSD of an ACPI device with this _HID and _CID. On Arm the
 * DeviceTree property has the name under which the idea was published; readers
 * accept either name.
 */
#define PVFEAT_DT_COMPATIBLE		"qemu,paravisor-features"
#define PVFEAT_DT_PROPERTY		"qemu,paravisor-features"
#define PVFEAT_DT_PROPERTY_ARM		"arm,paravisor-features"
#define PVFEAT_ACPI_PROPERTY		"paravisor-features"
#define PVFEAT_ACPI_HID			"QEMU10F5"
#define PVFEAT_ACPI_CID			"PVFEATURES"

/*
 * The PCI function. These IDs are placeholders from QEMU's experimental range, not
 * assigned ones; the locator identifies the function.
 */
#define PVFEAT_PCI_VENDOR_ID		0x1af4
#define PVFEAT_PCI_DEVICE_ID		0x10f5
#define PVFEAT_PCI_CLASS		0x0880	/* generic system peripheral */
#define PVFEAT_PCI_PROG_IF		0x00
#define PVFEAT_PCI_REVISION		1
#define PVFEAT_PCI_BAR			0
#define PVFEAT_PCI_BAR_BYTES		0x10000
#define PVFEAT_PCI_MSIX_BAR		1
#define PVFEAT_PCI_MSIX_VECTORS		1
#define PVFEAT_PCI_MSIX_CHANGED		0	/* "the table changed" */

/* The locator on PCI Express: a DVSEC */
#define PVFEAT_DVSEC_VENDOR		PVFEAT_PCI_VENDOR_ID
#define PVFEAT_DVSEC_ID			PVFEAT_PCI_DEVICE_ID
#define PVFEAT_DVSEC_REVISION		PVFEAT_LOCATOR_REVISION_1
#define PVFEAT_DVSEC_HEADER1		0x04	/* length 31:20, revision 19:16, vendor 15:0 */
#define PVFEAT_DVSEC_HEADER2		0x08	/* DVSEC ID */
#define PVFEAT_DVSEC_BODY		0x0c
#define PVFEAT_DVSEC_BYTES		(PVFEAT_DVSEC_BODY + PVFEAT_LOCATOR_BYTES)
/* The locator on conventional PCI: a vendor-specific capability */
#define PVFEAT_VNDR_LENGTH		0x02
#define PVFEAT_VNDR_BODY		0x04
#define PVFEAT_VNDR_BYTES		(PVFEAT_VNDR_BODY + PVFEAT_LOCATOR_BYTES)
/* The body of both locators: offsets in bytes, fields little-endian */
#define PVFEAT_LOCATOR_SIGNATURE	0x00	/* u32 */
#define PVFEAT_LOCATOR_REVISION		0x04	/* u8 */
#define PVFEAT_LOCATOR_BAR		0x05	/* u8: 0..5 */
#define PVFEAT_LOCATOR_RESERVED		0x06	/* u16: 0; ignored by readers */
#define PVFEAT_LOCATOR_OFFSET		0x08	/* u32: bytes from the start of the BAR */
#define PVFEAT_LOCATOR_LENGTH		0x0c	/* u32: bytes reserved for the table */
#define PVFEAT_LOCATOR_BYTES		0x10

#define PVFEAT_LOCATOR_MAGIC		0x4c547650u	/* "PvTL" */
#define PVFEAT_LOCATOR_REVISION_1	1
#define PVFEAT_LOCATOR_BAR_MAX		5
#define PVFEAT_LOCATOR_ALIGN		16	/* of offset and length */

#endif /* _LINUX_PVFEAT_ABI_H */
