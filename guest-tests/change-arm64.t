#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/change.sh"
guest_use arm64 newest
test_change
test_no_vector
test_misbehaved
test_reset
test_plug 4 root0 '' -device pcie-root-port,id=root0,bus=pcie.0
test_torture 20000
test_torture 5000 msix=off
test_migrations 3
tap_done
