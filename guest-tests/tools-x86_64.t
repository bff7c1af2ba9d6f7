#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pvfeat, VFIO and lspci on q35
. "$(dirname "$0")/tools.sh"

guest_use x86_64 6.1
APPEND=intel_iommu=on test_vfio -device intel-iommu
guest_use x86_64 newest
test_lspci q35
MACHINE=pc test_lspci pc

# arm64 has the same with the program as it is installed
use_checkers
test_sources cpuid
test_bad
test_untrusted
APPEND=intel_iommu=on test_vfio -device intel-iommu
APPEND=intel_iommu=on test_valgrind -device intel-iommu
test_conformance pci
test_firmware cpuid
APPEND=intel_iommu=on test_conformance vfio -device intel-iommu
APPEND=intel_iommu=on test_gone -device intel-iommu
# The stock kernel has no such modules; of the newest one they cannot be built alone
guest_use x86_64 6.12
use_iommufd
APPEND=intel_iommu=on test_cdev -device intel-iommu
use_iommufd group
APPEND=intel_iommu=on test_cdev_group -device intel-iommu
tap_done
