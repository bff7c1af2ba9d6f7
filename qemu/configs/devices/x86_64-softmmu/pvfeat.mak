# SPDX-License-Identifier: GPL-2.0-or-later
# Only what the demo and the tests require, to keep the build short.
CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_MICROVM=y
CONFIG_PCIE_PORT=y
# For VFIO in the guest
CONFIG_VTD=y
# For evidence in a TPM
CONFIG_TPM_EMULATOR=y
CONFIG_TPM_TIS_ISA=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
CONFIG_VBS_GUEST=y
# The devices in QEMU's ACPI golden tables
CONFIG_FDC_ISA=y
CONFIG_HPET=y
CONFIG_PARALLEL=y
CONFIG_VGA_PCI=y
# The devices that bench/ compares the function with
CONFIG_EDU=y
CONFIG_PVPANIC_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_RNG=y
