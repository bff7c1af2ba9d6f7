# SPDX-License-Identifier: GPL-2.0-or-later
# What the demo and the tests need, and no more: the build is short this way.
CONFIG_PSERIES=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
