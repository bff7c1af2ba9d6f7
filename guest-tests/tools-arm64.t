#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pvfeat, VFIO and lspci on virt
. "$(dirname "$0")/tools.sh"

guest_use arm64 newest
test_sources dt
test_bad
test_untrusted
test_lspci virt
# Interrupts of their own for each function take an ITS
MACHINE=virt,iommu=smmuv3,gic-version=3 test_vfio
test_conformance pci
test_firmware dt
tap_done
