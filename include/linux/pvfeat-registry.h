/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The registry of paravisor features: the only place that defines a feature's
 * number, names, polarity and meaning, and the rules between features.
 *
 * Device options, driver messages, sysfs, the tools and the tests expand these
 * lists; the tables of spec/pci-device.md are checked against them.
 */
#ifndef _LINUX_PVFEAT_REGISTRY_H
#define _LINUX_PVFEAT_REGISTRY_H

/*
 * X(number, C_NAME, "name-in-options-and-files", polarity, "meaning when the bit is 1")
 *
 * The polarity determines how windows that differ are merged: a SERVICE is on if
 * every contributing window has it, a WARNING if any of them has it.
 */
#define PVFEAT_REGISTRY(X) \
	X(0, CONFIDENTIAL, "confidential", SERVICE, \
	  "the VM is confidential, even if the CPU's own TDX, SNP or RME enumeration is hidden") \
	X(1, PARAVISOR_MANAGED, "paravisor-managed", SERVICE, \
	  "the paravisor, not the OS, runs the guest's side of the TEE's protocol") \
	X(2, MEMORY_ACCEPTANCE, "memory-acceptance", SERVICE, \
	  "the paravisor accepts (validates) private pages; the OS must not") \
	X(3, MEMORY_SHARING, "memory-sharing", SERVICE, \
	  "the OS converts pages between private and shared by calling the paravisor") \
	X(4, EXCEPTIONS_HANDLED, "exceptions-handled", SERVICE, \
	  "the TEE's exceptions (#VE, #VC and the like) are never delivered to the OS") \
	X(5, PRIVATE_MMIO, "private-mmio", SERVICE, \
	  "the OS must map the devices that the paravisor emulates as private") \
	X(6, SHARED_GPA_BOUNDARY, "shared-gpa-boundary", SERVICE, \
	  "the SHARED_GPA_BOUNDARY field is valid") \
	X(7, DIRECT_HOST_CALL, "direct-host-call", WARNING, \
	  "some hypercalls reach the untrusted host without passing the paravisor") \
	X(8, SERVICING, "servicing", WARNING, \
	  "the paravisor may be replaced while the guest runs; the table may change then") \
	X(9, MIGRATION, "migration", WARNING, \
	  "the VM may move to another host; the table may change then") \
	X(10, VCPU_LIFECYCLE, "vcpu-lifecycle", SERVICE, \
	  "the OS starts and stops vCPUs by calling the paravisor") \
	X(11, ISOLATION_LEVELS, "isolation-levels", SERVICE, \
	  "further privilege levels (VTL, VMPL, plane) are offered to the OS") \
	X(12, DEBUG, "debug", WARNING, \
	  "the paravisor permits debugging: the TEE gives no confidentiality") \
	X(13, ATTESTATION_REPORT, "attestation-report", SERVICE, \
	  "the OS can obtain an attestation report of the VM it runs in") \
	X(14, TDISP_OS, "tdisp-os", SERVICE, \
	  "the OS locks, verifies and starts TDISP devices") \
	X(15, TDISP_PARAVISOR, "tdisp-paravisor", SERVICE, \
	  "the paravisor locks, verifies and starts TDISP devices before the OS sees them") \
	X(16, VTPM, "vtpm", SERVICE, \
	  "a vTPM inside the trusted environment") \
	X(17, VTPM_PERSISTENT, "vtpm-persistent", SERVICE, \
	  "the state of the vTPM survives a reboot of the VM") \
	X(18, UEFI_VARIABLES, "uefi-variables", SERVICE, \
	  "authenticated UEFI variables are a paravisor service") \
	X(19, SECURE_INTERRUPTS, "secure-interrupts", SERVICE, \
	  "the paravisor mediates interrupt injection: the host cannot inject at will") \
	X(20, EXTENDED_DESTINATION, "extended-destination", SERVICE, \
	  "interrupt messages can carry 15-bit destination APIC IDs") \
	X(21, CONFIDENTIAL_BUS, "confidential-bus", SERVICE, \
	  "a device bus that the paravisor serves and the host cannot read") \
	X(22, TRUSTED_TIME, "trusted-time", SERVICE, \
	  "a time source that the host cannot move") \
	X(23, DEVICE_RELAY, "device-relay", SERVICE, \
	  "the paravisor relays host devices to the OS")

/*
 * Rules between features. NEEDS(A, B): A is 1 only if B is 1.
 * EXCLUDES(A, B): A and B are not both 1. The spec has two more rules, for the
 * fields SHARED_GPA_BOUNDARY and TEE of the header.
 */
#define PVFEAT_RULES(NEEDS, EXCLUDES) \
	NEEDS(PARAVISOR_MANAGED, CONFIDENTIAL) \
	NEEDS(MEMORY_ACCEPTANCE, CONFIDENTIAL) \
	NEEDS(MEMORY_SHARING, CONFIDENTIAL) \
	NEEDS(EXCEPTIONS_HANDLED, CONFIDENTIAL) \
	NEEDS(PRIVATE_MMIO, CONFIDENTIAL) \
	NEEDS(SHARED_GPA_BOUNDARY, CONFIDENTIAL) \
	NEEDS(DEBUG, CONFIDENTIAL) \
	NEEDS(TDISP_OS, CONFIDENTIAL) \
	NEEDS(TDISP_PARAVISOR, CONFIDENTIAL) \
	NEEDS(VTPM_PERSISTENT, VTPM) \
	EXCLUDES(TDISP_OS, TDISP_PARAVISOR)

/* X(value, C_NAME, "name", "meaning") for the TYPE field of the TEE word */
#define PVFEAT_TEE_TYPES(X) \
	X(0, NONE, "none", "none or undisclosed") \
	X(1, TDX, "tdx", "Intel TDX") \
	X(2, SEV_SNP, "sev-snp", "AMD SEV-SNP") \
	X(3, CCA, "cca", "Arm CCA") \
	X(4, VBS, "vbs", "Virtualization-based security")

/* X(value, C_NAME, "name", "meaning") for the METHOD field of the ACCESS word */
#define PVFEAT_ACCESS_METHODS(X) \
	X(0, NATIVE, "native", \
	  "the architecture's own interface, which the paravisor intercepts") \
	X(1, SVSM, "svsm", "SVSM calling area") \
	X(2, HYPERCALL_PAGE, "hypercall-page", "hypercall page") \
	X(3, FIRMWARE_CALL, "firmware-call", "firmware call (SMC or its like)")

/* PVFEAT_CONFIDENTIAL = 0 ..., PVFEAT_TEE_NONE = 0 ..., PVFEAT_ACCESS_NATIVE = 0 ... */
#define PVFEAT_ENUM_FEATURE_(n, id, name, polarity, meaning) PVFEAT_##id = n,
#define PVFEAT_ENUM_TEE_(n, id, name, meaning) PVFEAT_TEE_##id = n,
#define PVFEAT_ENUM_ACCESS_(n, id, name, meaning) PVFEAT_ACCESS_##id = n,

enum pvfeat_polarity { PVFEAT_SERVICE, PVFEAT_WARNING };
enum pvfeat_feature { PVFEAT_REGISTRY(PVFEAT_ENUM_FEATURE_) };
enum pvfeat_tee_type { PVFEAT_TEE_TYPES(PVFEAT_ENUM_TEE_) };
enum pvfeat_access_method { PVFEAT_ACCESS_METHODS(PVFEAT_ENUM_ACCESS_) };

#define PVFEAT_COUNT_(n, id, name, polarity, meaning) + 1
#define PVFEAT_NR_REGISTERED	(0 PVFEAT_REGISTRY(PVFEAT_COUNT_))

#endif /* _LINUX_PVFEAT_REGISTRY_H */
