#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PCI with DeviceTree, and with ACPI, which takes UEFI firmware, on virt
. "$(dirname "$0")/windows.sh"

guest_use arm64 newest
UEFI=/usr/share/$A_FIRMWARE/QEMU_EFI.fd
WINDOWS=dt
test_agreement
test_single dt
test_no_object
test_differences
test_malformed
WINDOWS=acpi
APPEND=acpi=force test_agreement -bios "$UEFI"
APPEND=acpi=force test_single acpi -bios "$UEFI"
tap_done
