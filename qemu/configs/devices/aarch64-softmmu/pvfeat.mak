# SPDX-License-Identifier: GPL-2.0-or-later
# Only what the demo and the tests require, to keep the build short.
CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
# For evidence in a TPM
CONFIG_TPM_EMULATOR=y
CONFIG_TPM_TIS_SYSBUS=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
# The devices that bench/ compares the function with; some are also in QEMU's
# ACPI golden tables
CONFIG_EDU=y
CONFIG_PVPANIC_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_RNG=y
