#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# coverage.sh [measure | table]: measure which lines and branches of the device, the driver
# and the tool are reached by the tests listed below. Print a table, and the functions with
# unreached lines, each with its reason from docs/unreached.txt. Measuring takes about 20
# minutes; "table" prints the previous results.
#
# gcov counts in instrumented builds of QEMU, a kernel and pvfeat; lcov merges the counts.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

case "$*" in
'' | measure | table) ;;
*) die "usage: coverage.sh [measure | table]" ;;
esac
apt_need lcov
counts=$PVF_CACHE/coverage
export QEMU_VARIANT=coverage

# For the device: tests that run QEMU on the host, and a guest that uses the device's read()
DEVICE_TESTS='qtest-x86_64 qtest-arm64 qtest-s390x vmstate cpuid devicetree bios-tables conformance suite-s390x'
# For the tool: tests on this machine, and in Debian's guests, which have VFIO
TOOL_TESTS='pvfeat tools-x86_64 tools-arm64'
# For the driver: tests in guests with the instrumented kernel
DRIVER_TESTS='debug-x86_64 suite-x86_64-6.1 suite-x86_64-6.12 windows-x86_64 change-x86_64'

lcov_() { lcov --quiet --rc lcov_branch_coverage=1 "$@"; }

# tracefile FOLDER NAME FILE...: write a tracefile of FOLDER's counts for these files, named
# as in this repository
tracefile() {
    local info=$counts/info/$2
    lcov_ --capture --directory "$1" --output-file "$info.all"
    sed -i -E -e 's,^SF:.*/(tools/pvfeat/[a-z_/]*)\.c$,SF:\1.c,' \
        -e 's,^SF:.*/tests/qtest/pvfeat/conformance\.c$,SF:tools/pvfeat/conformance/conformance.c,' \
        -e 's,^SF:.*/(pvfeat_(main|window|effective|sysfs|cpuid|fw|pci|table|trust)\.c)$,SF:driver/\1,' \
        -e 's,^SF:.*/((hw|target)/[^ ]*/paravisor[a-z-]*\.c)$,SF:qemu/\1,' "$info.all"
    lcov_ --extract "$info.all" "${@:3}" --output-file "$info.some"
    # The hostile device is part of the tests
    lcov_ --remove "$info.some" '*/paravisor-pci-hostile.c' --output-file "$info.info"
}

# run TEST...: run the tests; coverage of failing ones is included, as "make test" reports
# failures
run() {
    local test
    for test; do
        scripts/test.sh --tap "$test" >>"$counts/log" 2>&1 || echo "not all of $test passed" >>"$counts/log"
    done
}

# forget FOLDER: remove the counts of previous runs
forget() { find "$1" -name '*.gcda' -delete; }

measure_device() {
    local arch build
    for arch in $TEST_ARCHES; do
        arch_use "$arch"
        # shellcheck disable=SC2046 # a list of words
        build=$(scripts/build-qemu.sh "$A_QEMU" $(qtests))
        forget "$build"
    done
    # shellcheck disable=SC2086 # a list of words
    run $DEVICE_TESTS
}

measure_tool() {
    export COVERAGE=$counts/tool
    forget "$(scripts/build-pvfeat.sh x86_64 coverage)"
    # shellcheck disable=SC2086
    run $TOOL_TESTS
}

measure_driver() {
    export COVERAGE=$counts/driver GUEST_SERIES=gcov FAULTS=all
    # shellcheck disable=SC2086
    run $DRIVER_TESTS
}

collect() {
    local arch folder file
    for arch in $TEST_ARCHES; do
        arch_use "$arch"
        # Of the tool's sources in QEMU's conformance test, only conformance.c is covered well
        tracefile "$("$PVF_TOP/scripts/build-qemu.sh" "$A_QEMU-coverage")" "qemu-$arch" 'qemu/*.c' \
            tools/pvfeat/conformance/conformance.c
    done
    tracefile "$PVF_CACHE/build/pvfeat-x86_64-coverage" pvfeat 'tools/pvfeat/*.c' 'driver/*.c'
    for folder in "$counts"/driver/* "$counts"/tool/*; do
        # Guests that are aborted on purpose or run other programs leave no counts
        [ -n "$(find "$folder" -name '*.gcda' -print -quit)" ] || continue
        # gcov requires the notes beside the counts: the kernel provides links, programs do not
        find "$folder" -name '*.gcda' -printf '%P\n' | sed 's/\.gcda$//' |
        while read -r file; do
            [ -L "$folder/$file.gcno" ] || ln -s "/$file.gcno" "$folder/$file.gcno"
        done
        tracefile "$folder" "$(basename "$folder")" 'tools/pvfeat/*.c' 'driver/*.c'
    done
    # shellcheck disable=SC2046 # a list of words
    lcov_ $(printf -- '--add-tracefile %s ' "$counts"/info/*.info) \
        --output-file "$counts/all"
}

cd "$PVF_TOP"
if [ "${1:-}" != table ]; then
    rm -rf "$counts"
    mkdir -p "$counts/info"
    step "Coverage of the device" measure_device
    step "Coverage of the tool" measure_tool
    step "Coverage of the driver" measure_driver
    step "Adding up" collect
    grep '^not all of' "$counts/log" >&2 || :
fi
[ "${1:-}" != measure ] || exit 0
[ -f "$counts/all" ] || die "no results; run make coverage"
scripts/unreached.py "$counts/all" docs/unreached.txt
