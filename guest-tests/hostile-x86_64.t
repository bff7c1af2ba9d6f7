#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/hostile.sh"
guest_use x86_64 newest
test_hostile
# Conventional PCI, whose locator is a vendor-specific capability
A_BUS=pci MACHINE=pc test_hostile locator-none locator-short locator-cut \
    foreign-vendor-end foreign-vendor-end-8 foreign-vendor-short
tap_done
