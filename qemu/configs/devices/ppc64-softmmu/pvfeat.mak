# SPDX-License-Identifier: GPL-2.0-or-later
# Only what the demo and the tests require, to keep the build short.
CONFIG_PSERIES=y
CONFIG_PARAVISOR_PCI=y
CONFIG_PARAVISOR_PCI_HOSTILE=y
