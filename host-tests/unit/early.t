#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The driver built into a kernel (UML, with a DeviceTree): it must read its DeviceTree
# window before the PCI bus type exists, and accept endorsements from the command line,
# which is parsed before memory can be allocated.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

apt_need device-tree-compiler
qemu=$("$PVF_TOP/scripts/build-qemu.sh" aarch64)/run/qemu-system-aarch64

# Put the words of QEMU's tree into a tree without other nodes, because the memory of UML
# is not at the addresses of an arm machine
"$qemu" -machine "virt,dumpdtb=$PVF_TMP/virt.dtb" -nodefaults -display none \
    -object paravisor-features,id=pv0,features=vtpm+attestation-report
words=$(fdtget -t x "$PVF_TMP/virt.dtb" /paravisor arm,paravisor-features |
    sed 's/\([0-9a-f]\+\)/0x\1/g')
dtc -q -O dtb -o "$PVF_TMP/uml.dtb" <<END
/dts-v1/;
/ {
    paravisor {
        compatible = "qemu,paravisor-features";
        qemu,paravisor-features = <$words>;
    };
};
END

log=$PVF_TMP/log

# line PATTERN: print the number of the first matching line of the log
line() { grep -nm1 -- "$1" "$log" | cut -d: -f1; }

# before NAME PATTERN PATTERN: the first pattern must match an earlier line than the second
before() {
    local first second
    first=$(line "$2") || :
    second=$(line "$3") || :
    if [ -n "$first" ] && [ -n "$second" ] && [ "$first" -lt "$second" ]; then
        tap ok "$1"
    else
        tap "not ok" "$1"
        echo "# '$2' is line ${first:-none}, '$3' line ${second:-none}"
        sed 's/^/# /' "$log"
    fi
}

# 17 digests, which is one too many, and a malformed one. They fit the command line of x86;
# that of riscv, with 1024 bytes, would end within the 15th.
digests=$(printf '%064d,' {1..17})zz

for series in $TREE_SERIES; do
    kernel=$("$PVF_TOP/scripts/kunit.sh" "$series" build)
    # The kernel panics after the driver's start, because it has no root file system
    strictly timeout 60 "$kernel/linux" "dtb=$PVF_TMP/uml.dtb" mem=256M "pvfeat.endorsed=$digests" kunit.enable=0 \
        initcall_debug loglevel=8 con=null con0=fd:0,fd:1 >"$log" 2>&1 </dev/null
    before "$series: the DeviceTree window is read before the PCI bus type exists" \
        'pvfeat dt: 2 features, generation 0' 'calling  pcibus_class_init'
    before "$series: the DeviceTree window is read before the PCI driver starts" \
        'pvfeat dt: 2 features' 'calling  pvfeat_device_init'
    before "$series: digests are endorsed before the DeviceTree window is read" 'pvfeat: endorsed by parameter: 0*16$' 'pvfeat dt: '
    tap_run "$series: 16 digests are endorsed" test "$(grep -c 'pvfeat: endorsed by parameter: ' "$log")" = 16
    for ignored in '0*17: the list is full' "'zz': not 64 hexadecimal digits"; do
        tap_run "$series: ignored digest $ignored" grep -q "pvfeat: endorsed: ignored $ignored$" "$log"
    done
done
tap_done
