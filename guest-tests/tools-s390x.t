#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pvfeat, VFIO and lspci on zPCI: user space cannot map BARs, VFIO reads them
. "$(dirname "$0")/tools.sh"

guest_use s390x newest
test_sources
test_bad vfio
test_untrusted
test_lspci zPCI
test_vfio
test_conformance vfio
tap_done
