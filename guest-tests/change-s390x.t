#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each function has a vector here, and QEMU does not migrate zPCI
. "$(dirname "$0")/change.sh"
guest_use s390x newest
test_change
test_misbehaved
test_reset
test_slot
test_plug 4 pci.0 ''
test_torture 20000
tap_done
