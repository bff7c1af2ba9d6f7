#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# conformance.t [VARIANT]: run the conformance checks over qtest, with a variant of
# build-qemu.sh. This project's device passes all checks; each function of lies.txt fails
# those for the requirements that it violates, and no others.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"
. "$PVF_TOP/host-tests/qtest/lies.sh"

test=tests/qtest/paravisor-conformance-test
build=$("$PVF_TOP/scripts/build-qemu.sh" "x86_64${1:+-$1}" "$test")
cd "$build"
export QTEST_QEMU_BINARY=run/qemu-system-x86_64 PVFEAT_ADDR=04.0

# conformance CHANGE MACHINE QEMU-ARG...: print the output of the checks; CHANGE is a
# property of device d and its value
conformance() {
    local value
    value=$(lie_value "$1")
    if [ -n "$1" ]; then
        export PVFEAT_CHANGE="{ 'execute': 'qom-set', 'arguments': {
            'path': '/machine/peripheral/d', 'property': '${1%%=*}', 'value': $value } }"
    else
        unset PVFEAT_CHANGE
    fi
    PVFEAT_QEMU_ARGS="-machine $2 -nodefaults ${*:3}" \
        timeout 120 "$test" 2>"$PVF_TMP/err" || [ $? = 1 ] || echo "Bail out!"
}

# failed TAP: print the failed requirements, separated by commas, and whether the TAP is
# incomplete
failed() {
    [ "$(grep -cE '^(not )?ok ' <<<"$1")" = "$(sed -n 's/^1\.\.//p' <<<"$1")" ] ||
        echo "no end"
    grep '^Bail out!' <<<"$1" || :
    sed -n 's/^not ok [0-9]* - \(PVF-DEV-[0-9]*\) .*/\1/p' <<<"$1" | paste -sd,
}

# expect NAME REQUIREMENTS CHANGE MACHINE QEMU-ARG...: exactly these requirements must fail
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

# judges_all: none of these requirements is skipped for the good device
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
tap_run "good: no requirement that can be judged is skipped" judges_all
hostile=paravisor-pci-hostile,id=d,addr=4
expect "good: GENERATION wraps around" "" poke-now=12=0x10000+5=0 q35 \
    -device $hostile,poke-words=5=0xfffffffc

# judge_lies MACHINE [NAME...]: test all rows for the machine, or these
judge_lies() {
    local machine=$1 name options during breaks objects nr=0
    shift
    all_lies >"$PVF_TMP/rows"
    while read -r name options during breaks _ <&3; do
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        [ "$breaks" != '?' ] || continue
        objects=(-object "paravisor-features,id=pv0,features=vtpm,firmware=off")
        case $options in
        *poke-firmware*) objects=("${objects[@]/,firmware=off/}") ;;
        -) options= ;;
        esac
        expect "$name, $machine" "${breaks#-}" "${during#-}" "$machine" \
            "${objects[@]}" -device "$hostile${options:+,$options}"
        nr=$((nr + 1))
    done 3<"$PVF_TMP/rows"
    [ $nr != 0 ] || die "lies.txt has no row for $machine"
}
arch_use x86_64
judge_lies q35
# shellcheck disable=SC2046 # a list of words
A_BUS=pci judge_lies pc $(conventional_lies)
tap_done
