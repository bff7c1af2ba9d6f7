/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The registry of paravisor features: the one place where a feature gets its
 * number, its names and its meaning, and where the rules between features stand.
 *
 * Device options, driver messages, sysfs, the tools and the tests expand these
 * lists; the tables of spec/pci-device.md are checked against them.
 */
#ifndef _LINUX_PVFEAT_REGISTRY_H
#define _LINUX_PVFEAT_REGISTRY_H

/* X(number, C_NAME, "name-as-users-type-it", "meaning when the bit is 1") */
#define PVFEAT_REGISTRY(X) \
	X(0, CONFIDENTIAL, "confidential", \
	  "the VM is confidential, even where the CPU's own TDX/SNP/RME bit is hidden") \
	X(1, PARAVISOR_MANAGED, "paravisor-managed", \
	  "the paravisor, not the OS, runs the protocol of the TEE") \
	X(2, MEMORY_ACCEPTANCE, "memory-acceptance", \
	  "the paravisor accepts private pages; the OS must not") \
	X(3, MEMORY_SHARING, "memory-sharing", \
	  "shared/private conversion of pages is a paravisor service") \
	X(4, EXCEPTIONS_HANDLED, "exceptions-handled", \
	  "#VE, #VC and their like are never delivered to the OS") \
	X(5, PRIVATE_MMIO, "private-mmio", \
	  "devices that the paravisor emulates must be mapped private") \
	X(6, SHARED_GPA_BOUNDARY, "shared-gpa-boundary", \
	  "the SHARED_GPA_BOUNDARY field is valid") \
	X(7, DIRECT_HOST_CALL, "direct-host-call", \
	  "some hypercalls reach the untrusted host without the paravisor") \
	X(8, SERVICING, "servicing", \
	  "the paravisor may be replaced under the running guest; the table may change") \
	X(9, MIGRATION, "migration", \
	  "the VM may move to another host; the table may change") \
	X(10, VCPU_LIFECYCLE, "vcpu-lifecycle", \
	  "starting and stopping vCPUs is a paravisor service") \
	X(11, ISOLATION_LEVELS, "isolation-levels", \
	  "further privilege levels (VTL1, auxiliary planes, VMPLs) are offered to the OS") \
	X(12, DEBUG, "debug", \
	  "the paravisor permits debugging: the TEE gives no confidentiality") \
	X(13, ATTESTATION_REPORT, "attestation-report", \
	  "the OS can obtain an attestation report of the VM it runs in") \
	X(14, TDISP_OS, "tdisp-os", \
	  "the OS locks, verifies and starts TDISP devices") \
	X(15, TDISP_PARAVISOR, "tdisp-paravisor", \
	  "the paravisor locks, verifies and starts TDISP devices before the OS sees them") \
	X(16, VTPM, "vtpm", \
	  "a vTPM inside the trusted environment") \
	X(17, VTPM_PERSISTENT, "vtpm-persistent", \
	  "the state of the vTPM survives a reboot") \
	X(18, UEFI_VARIABLES, "uefi-variables", \
	  "authenticated UEFI variables are a paravisor service") \
	X(19, SECURE_INTERRUPTS, "secure-interrupts", \
	  "interrupt injection is mediated") \
	X(20, EXTENDED_DESTINATION, "extended-destination", \
	  "extended interrupt destination IDs") \
	X(21, CONFIDENTIAL_BUS, "confidential-bus", \
	  "a confidential device bus (confidential VMBus or its like)") \
	X(22, TRUSTED_TIME, "trusted-time", \
	  "a time source that the host cannot move") \
	X(23, DEVICE_RELAY, "device-relay", \
	  "host devices are relayed by the paravisor")

/*
 * Rules between features. NEEDS(A, B): A is 1 only if B is 1.
 * EXCLUDES(A, B): A and B are not both 1. Two more rules concern fields of the
 * header and stand in the spec: SHARED_GPA_BOUNDARY and TEE.
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
	  "native and mediated: the architecture's own interface, intercepted") \
	X(1, SVSM, "svsm", "SVSM calling area") \
	X(2, HYPERCALL_PAGE, "hypercall-page", "hypercall page") \
	X(3, FIRMWARE_CALL, "firmware-call", "firmware call (SMC or its like)")

/* PVFEAT_CONFIDENTIAL = 0 ..., PVFEAT_TEE_NONE = 0 ..., PVFEAT_ACCESS_NATIVE = 0 ... */
#define PVFEAT_ENUM_FEATURE_(n, id, name, meaning) PVFEAT_##id = n,
#define PVFEAT_ENUM_TEE_(n, id, name, meaning) PVFEAT_TEE_##id = n,
#define PVFEAT_ENUM_ACCESS_(n, id, name, meaning) PVFEAT_ACCESS_##id = n,

enum pvfeat_feature { PVFEAT_REGISTRY(PVFEAT_ENUM_FEATURE_) };
enum pvfeat_tee_type { PVFEAT_TEE_TYPES(PVFEAT_ENUM_TEE_) };
enum pvfeat_access_method { PVFEAT_ACCESS_METHODS(PVFEAT_ENUM_ACCESS_) };

#define PVFEAT_COUNT_(n, id, name, meaning) + 1
#define PVFEAT_NR_REGISTERED	(0 PVFEAT_REGISTRY(PVFEAT_COUNT_))

#endif /* _LINUX_PVFEAT_REGISTRY_H */
