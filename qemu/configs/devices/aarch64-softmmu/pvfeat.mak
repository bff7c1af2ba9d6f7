# SPDX-License-Identifier: GPL-2.0-or-later
# What the demo and the tests need, and no more: the build is short this way.
CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
# What bench/ holds the function against; QEMU's ACPI golden tables have some, too
CONFIG_EDU=y
CONFIG_PVPANIC_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_RNG=y
