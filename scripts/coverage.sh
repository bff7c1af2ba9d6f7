#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# coverage.sh: which lines and branches of the device, the driver and the tool the
# tests reach: a table, and with the reason for each from docs/unreached.txt the
# functions that have lines which none reaches. Takes about half an hour.
#
# gcov counts, in a QEMU, a kernel and a pvfeat that are built for it; lcov adds up.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

[ $# = 0 ] || die "usage: coverage.sh, without arguments; see its first lines"
apt_need lcov
counts=$PVF_CACHE/coverage
rm -rf "$counts"
mkdir -p "$counts/info"
export QEMU_VARIANT=coverage

# Of the device: what runs QEMU on the host
HOST_TESTS='qtest-x86_64 qtest-arm64 vmstate cpuid devicetree bios-tables conformance'
# Of the driver: on the kernel that counts. Of the tool: on Debian's, with VFIO.
DRIVER_TESTS='debug-x86_64 x86_64-6.1 x86_64-6.12 windows-x86_64 change-x86_64'
TOOL_TESTS='tools-x86_64'

lcov_() { lcov --quiet --rc lcov_branch_coverage=1 "$@"; }

# tracefile FOLDER NAME: what was counted there, by the names that files have here
tracefile() {
    local info=$counts/info/$2
    lcov_ --capture --directory "$1" --output-file "$info.all"
    # QEMU's test has two of the tool's files among its own
    sed -i -E -e 's,^SF:.*/(tools/pvfeat/[a-z_]*)\.c$,SF:\1.c,' \
        -e 's,^SF:.*/tests/qtest/pvfeat/(conformance|function)\.c$,SF:tools/pvfeat/\1.c,' \
        -e 's,^SF:.*/(pvfeat_(core|cpuid|fw|pci|table|trust)\.c)$,SF:driver/\1,' \
        -e 's,^SF:.*/((hw|target)/[^ ]*/paravisor[a-z-]*\.c)$,SF:qemu/\1,' "$info.all"
    lcov_ --extract "$info.all" 'tools/pvfeat/*.c' 'driver/*.c' 'qemu/*.c' \
        --output-file "$info.some"
    # The hostile function is a test
    lcov_ --remove "$info.some" '*/paravisor-pci-hostile.c' --output-file "$info.info"
}

# run TEST...: what fails counts as well; that it fails is for "make test" to say
run() {
    local test
    for test; do
        "$test" >>"$counts/log" 2>&1 || echo "not all of $test passed" >>"$counts/log"
    done
}

measure_device() {
    local arch build
    for arch in $TEST_ARCHES; do
        arch_use "$arch"
        # shellcheck disable=SC2046 # a list of words
        build=$(scripts/build-qemu.sh "$A_QEMU" $(qtests) "$BIOS_TABLES_TEST")
        find "$build" -name '*.gcda' -delete
    done
    # shellcheck disable=SC2086 # a list of words
    run $(printf 'host-tests/%s.t ' $HOST_TESTS)
}

measure_guests() { # FOLDER "TEST..."
    export COVERAGE=$counts/$1
    # shellcheck disable=SC2046,SC2086 # lists of words
    run $(printf 'guest-tests/%s.t ' $2)
}

collect() {
    local arch folder file
    for arch in $TEST_ARCHES; do
        arch_use "$arch"
        tracefile "$PVF_CACHE/build/qemu-$A_QEMU-coverage" "qemu-$arch"
    done
    for folder in "$counts"/driver/* "$counts"/tool/*; do
        # A guest that was meant to break off, or that shows other programs, counts nothing
        [ -n "$(find "$folder" -name '*.gcda' -print -quit)" ] || continue
        # A program's notes are where it was built; a kernel has links to its own
        find "$folder" -name '*.gcda' -printf '%P\n' | sed 's/\.gcda$//' |
        while read -r file; do
            [ -L "$folder/$file.gcno" ] || ln -s "/$file.gcno" "$folder/$file.gcno"
        done
        tracefile "$folder" "$(basename "$folder")"
    done
    # shellcheck disable=SC2046 # a list of words
    lcov_ $(printf -- '--add-tracefile %s ' "$counts"/info/*.info) \
        --output-file "$counts/all"
}

cd "$PVF_TOP"
step "Coverage of the device" measure_device
step "Coverage of the tool" measure_guests tool "$TOOL_TESTS"
export GUEST_SERIES=gcov
step "Coverage of the driver" measure_guests driver "$DRIVER_TESTS"
step "Adding up" collect
grep '^not all of' "$counts/log" >&2 || :
scripts/unreached.py "$counts/all" docs/unreached.txt
