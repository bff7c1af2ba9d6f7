#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PCI, CPUID and ACPI on q35
. "$(dirname "$0")/windows.sh"

guest_use x86_64 newest
WINDOWS='cpuid acpi'
test_agreement
MACHINE=pc test_agreement
test_alone acpi
test_alone cpuid
test_no_object
test_differences
test_malformed

# PVF-DRV-43: garbage where the signature should be is no CPUID window, no error
guest_test "CPUID answered by somebody else" \
    -object paravisor-features,id=pv0,features=vtpm \
    -device paravisor-pci-hostile,poke-firmware=2=0x4b4d564b <<'END'
load
is "only PCI serves" "$(ls $PVF | xargs)" "effective pci0"
is "CPUID is not mentioned" "$(log | grep -i cpuid)" ""
END
tap_done
