# SPDX-License-Identifier: GPL-2.0-or-later
# What the demo and the tests need, and no more: the build is short this way.
CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
# What QEMU's ACPI golden tables have in them
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
