#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# conformance.t [VARIANT], a variant of build-qemu.sh's
#
# The conformance checks, over qtest: the device that this project has passes all
# of them; one that breaks a requirement fails that one, and no other.

. "$(dirname "$0")/../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

test=tests/qtest/paravisor-conformance-test
build=$("$PVF_TOP/scripts/build-qemu.sh" "x86_64${1:+-$1}" "$test")
cd "$build"
export QTEST_QEMU_BINARY=run/qemu-system-x86_64 PVFEAT_ADDR=04.0

# conformance CHANGE MACHINE QEMU-ARG...: what the checks print; CHANGE is a
# property of device d and its value
conformance() {
    if [ -n "$1" ]; then
        export PVFEAT_CHANGE="{ 'execute': 'qom-set', 'arguments': {
            'path': '/machine/peripheral/d', 'property': '${1%%=*}', 'value': '${1#*=}' } }"
    else
        unset PVFEAT_CHANGE
    fi
    PVFEAT_QEMU_ARGS="-machine $2 -nodefaults ${*:3}" \
        timeout 120 "$test" 2>"$PVF_TMP/err" || [ $? = 1 ] || echo "Bail out!"
}

# failed: the requirements that failed, of TAP that got as far as its plan
failed() {
    [ "$(grep -cE '^(not )?ok ' <<<"$1")" = "$(sed -n 's/^1\.\.//p' <<<"$1")" ] ||
        echo "no end"
    grep '^Bail out!' <<<"$1" || :
    sed -n 's/^not ok [0-9]* - \(PVF-DEV-[0-9]*\) .*/\1/p' <<<"$1"
}

# expect NAME REQUIREMENT CHANGE MACHINE QEMU-ARG...: that one fails, and no other
# ("": none does)
expect() {
    local out
    out=$(conformance "${@:3}")
    if [ "$(failed "$out")" = "$2" ]; then
        tap ok "$1"
    else
        tap "not ok" "$1"
        { grep -A 1 '^not ok' <<<"$out" || :; tail -n 3 "$PVF_TMP/err"; } | sed 's/^/# /'
    fi
}

# judges_all: of the good device, none of these is skipped
judges_all() {
    local out number
    out=$(unset PVFEAT_ADDR; timeout 120 "$test")
    for number in {01..09} 12 13 15 16 {18..23} {25..28} 30 36; do
        grep "PVF-DEV-$number " <<<"$out" | grep '^ok ' |
            grep -v '# SKIP' || return 1
    done
}

good=paravisor-pci,id=d,addr=4
all=features=confidential+shared-gpa-boundary+attestation-report+feature-600,tee=sev-snp,access-method=svsm,shared-gpa-boundary=47,paravisor-id=0x00021414,paravisor-version=0x01020304
for machine in q35 pc; do
    expect "good: $machine" "" features=vtpm $machine -device $good
    expect "good: $machine, every field" "" features= $machine -device "$good,$all,paravisor-id=7"
    expect "good: $machine, no MSI-X" "" features=vtpm $machine -device $good,msix=off
    expect "good: $machine, with firmware windows" "" "" $machine \
        -object "paravisor-features,id=pv0,$all" -device $good
    expect "good: $machine, the largest table" "" features=vtpm $machine \
        -device "$good,features=feature-1023,paravisor-id=7"
done
tap_run "good: nothing is skipped that can be judged" judges_all
hostile=paravisor-pci-hostile,id=d,addr=4
expect "good: GENERATION wraps around" "" poke-now=12=0x10000+5=0 q35 \
    -device $hostile,poke-words=5=0xfffffffc

while read -r requirement options change; do
    case $requirement in PVF-DEV-*) ;; *) continue ;; esac
    objects=()
    case $options in *poke-firmware*) objects=(-object "paravisor-features,id=pv0") ;; esac
    expect "$requirement: $options $change" "$requirement" "$change" q35 \
        "${objects[@]}" -device "$hostile,$options"
done <"$PVF_TOP/host-tests/violations.txt"

# What a guest's kernel or driver would not let through
expect "PVF-DEV-15: a header that is a bridge's" PVF-DEV-15 "" q35 \
    -device $hostile,poke-config=0xe=1
expect "PVF-DEV-03: another MAX_LEAF in a firmware window" PVF-DEV-03 "" q35 \
    -object paravisor-features,id=pv0 -device $hostile,poke-firmware=0=0x40008004
tap_done
