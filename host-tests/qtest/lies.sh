# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rows of lies.txt for a machine. Source it after scripts/arch.sh.

LIES=$PVF_TOP/host-tests/qtest/lies.txt

# capabilities: set the offsets of a function's capabilities, which follow those of PCI
# Express, if any
capabilities() {
    LOCATOR_BODY=0x10c MSIX_CAPABILITY=0x7c
    [ "$A_BUS" = pcie ] || LOCATOR_BODY=0x44 MSIX_CAPABILITY=0x54
}

# all_lies: print the rows of lies.txt for the machine in use, without the prefixes of the
# bus, and with the offsets of capabilities filled in
all_lies() {
    local kind=pcie
    [ "$A_BUS" = pcie ] || kind=pci
    capabilities
    awk -v bus="$A_BUS" -v kind=$kind -v windows="$A_WINDOWS" -v machine="$A_MACHINE" \
        -v body=$((LOCATOR_BODY)) -v msix=$((MSIX_CAPABILITY)) '
        /^#/ || !NF { next }
        $2 ~ /^pcie?:/ && $2 !~ "^" kind ":" { next }
        # QEMU refuses msix=off on zPCI
        bus == "zpci" && /msix=off/ { next }
        # On pseries each read of unassigned memory causes a machine check
        machine == "pseries" && /^bar-other/ { next }
        windows == "" && /poke-firmware/ { next }
        {
            sub("^" kind ":", "", $2)
            while (match($2, /@x?[0-9]+/)) {
                at = substr($2, RSTART + 1, RLENGTH - 1)
                at = sub(/^x/, "", at) ? at + msix : at + body
                $2 = substr($2, 1, RSTART - 1) at substr($2, RSTART + RLENGTH)
            }
            print
        }' "$LIES"
}

# conventional_lies: print the names of the rows that are for conventional PCI only
conventional_lies() { awk '!/^#/ && $2 ~ /^pci:/ { print $1 }' "$LIES"; }

# lie_value DURING: print the value in DURING, as JSON
lie_value() {
    local value=${1#*=}
    [ "$value" = true ] || value="\"$value\""
    echo "$value"
}
