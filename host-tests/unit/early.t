#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Built into a kernel (UML, with a DeviceTree), the driver must have read its
# DeviceTree window before there is a PCI bus at all, and it takes endorsements from the
# command line, which is parsed before memory can be allocated.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

apt_need device-tree-compiler
qemu=$("$PVF_TOP/scripts/build-qemu.sh" aarch64)/run/qemu-system-aarch64

# The words that QEMU shows, in a tree that has nothing else: UML's own memory
# is not where an arm machine has it
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

# line PATTERN: number of the first line of the log with it
line() { grep -nm1 -- "$1" "$log" | cut -d: -f1; }

# before NAME PATTERN PATTERN
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

# 17 digests, one too many, and one that is malformed. x86 has room for them; riscv's
# command line of 1024 bytes ends in the 15th.
digests=$(printf '%064d,' {1..17})zz

for series in $TREE_SERIES; do
    kernel=$("$PVF_TOP/scripts/kunit.sh" "$series" build)
    # It ends in a panic, for want of a root file system; that is far enough
    strictly timeout 60 "$kernel/linux" "dtb=$PVF_TMP/uml.dtb" mem=256M "pvfeat.endorsed=$digests" kunit.enable=0 \
        initcall_debug loglevel=8 con=null con0=fd:0,fd:1 >"$log" 2>&1 </dev/null
    before "$series: the DeviceTree window is read before there are PCI buses" \
        'pvfeat dt: 2 features, generation 0' 'calling  pcibus_class_init'
    before "$series: the PCI driver comes later" \
        'pvfeat dt: 2 features' 'calling  pvfeat_device_init'
    before "$series: endorsements are taken before" 'pvfeat: endorsed by parameter: 0*16$' 'pvfeat dt: '
    tap_run "$series: 16 of them" test "$(grep -c 'pvfeat: endorsed by parameter: ' "$log")" = 16
    for ignored in '0*17: the list is full' "'zz': not 64 hexadecimal digits"; do
        tap_run "$series: $ignored" grep -q "pvfeat: endorsed: ignored $ignored$" "$log"
    done
done
tap_done
