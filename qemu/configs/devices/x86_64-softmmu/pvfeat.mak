# SPDX-License-Identifier: GPL-2.0-or-later
# What the demo and the tests need, and no more: the build is short this way.
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
# What QEMU's ACPI golden tables have in them
CONFIG_FDC_ISA=y
CONFIG_HPET=y
CONFIG_PARALLEL=y
CONFIG_VGA_PCI=y
# What bench/ holds the function against
CONFIG_EDU=y
CONFIG_PVPANIC_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_RNG=y
