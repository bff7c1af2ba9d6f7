#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test.sh [TEST...]: run all tests, or those named, with prove. A test is a
# program that prints TAP; run it by itself to see all that it says.
# test.sh --all: run all tests, and scripts/test-arches.sh

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

cd "$PVF_TOP"
start=$SECONDS status=0 whole=''
apt_need perl
if [ "$*" = --all ]; then
    whole='test-all'
    shift
fi
if [ $# = 0 ]; then
    whole=${whole:-test}
    for test in host-tests/*.t guest-tests/*.t; do
        # It takes a row of the table
        [ "$test" = guest-tests/arch.t ] || set -- "$@" "$test"
    done
    # Built one after the other, with progress; the tests then find it all done
    for arch in $TEST_ARCHES; do
        for series in $TEST_SERIES; do
            scripts/guest-build.sh "$arch" "$series"
        done
        arch_use "$arch"
        # shellcheck disable=SC2046 # a list of words
        scripts/build-qemu.sh "$A_QEMU" $(qtests) >/dev/null
    done
    for target in x86_64 aarch64; do
        scripts/build-qemu.sh "$target" "$BIOS_TABLES_TEST" >/dev/null
    done
    arch_use x86_64
    # shellcheck disable=SC2046
    scripts/build-qemu.sh x86_64-sanitize $(qtests) >/dev/null
    scripts/guest-build.sh x86_64 kasan
    scripts/build-fuzz.sh >/dev/null
    scripts/build-iommufd.sh x86_64 6.12 >/dev/null
    scripts/build-iommufd.sh x86_64 6.12 group >/dev/null
    # For its DeviceTree only
    scripts/build-qemu.sh riscv64 >/dev/null
    scripts/kunit.sh build
fi
say "Running $# test files with prove ..."
prove --exec '' --jobs "$PVF_JOBS" --timer "$@" || status=$?
[ "$status" != 0 ] || [ -z "$whole" ] || took test
if [ "$whole" = test-all ]; then
    scripts/test-arches.sh || status=$?
    [ "$status" != 0 ] || took test-all
fi
say "All of it took $((SECONDS - start)) s"
exit "$status"
