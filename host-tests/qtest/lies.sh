# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rows of lies.txt for a machine. Source it after scripts/arch.sh.

LIES=$PVF_TOP/host-tests/qtest/lies.txt

# Where a function's capabilities are: those of PCI Express come first, if it has them
capabilities() {
    LOCATOR_BODY=0x10c MSIX_CAPABILITY=0x7c
    [ "$A_BUS" = pcie ] || LOCATOR_BODY=0x44 MSIX_CAPABILITY=0x54
}

# all_lies: the rows of lies.txt for the machine in use, with what they say of its bus
# and its capabilities filled in
all_lies() {
    local kind=pcie
    [ "$A_BUS" = pcie ] || kind=pci
    capabilities
    awk -v bus="$A_BUS" -v kind=$kind -v windows="$A_WINDOWS" -v machine="$A_MACHINE" \
        -v body=$((LOCATOR_BODY)) -v msix=$((MSIX_CAPABILITY)) '
        /^#/ || !NF { next }
        $2 ~ /^pcie?:/ && $2 !~ "^" kind ":" { next }
        # QEMU refuses it there
        bus == "zpci" && /msix=off/ { next }
        # A read that nothing answers is a machine check there, again and again
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

# conventional_lies: the names of the rows that are for conventional PCI only
conventional_lies() { awk '!/^#/ && $2 ~ /^pci:/ { print $1 }' "$LIES"; }

# lie_value DURING: the value in it, as JSON
lie_value() {
    local value=${1#*=}
    [ "$value" = true ] || value="\"$value\""
    echo "$value"
}
