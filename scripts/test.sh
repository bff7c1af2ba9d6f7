#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test.sh [TEST...]: run all tests, or those named, with prove. A test is a
# program that prints TAP; run it by itself to see its whole output.
# test.sh --all: run all tests, those of ALL_ONLY and scripts/test-arches.sh, too, and
# write README's table of what is supported

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

# Tests that "make test" leaves out, because they take long and prove least: another
# architecture's run of what two run already, and what users build once
ALL_ONLY='host-tests/qtest-all.t host-tests/release.t guest-tests/hostile-s390x.t guest-tests/packages.t'

# build_all: one after the other, with progress; the tests then find it all done
build_all() {
    local arch each series target version
    for arch in $TEST_ARCHES; do
        arch_use "$arch"
        # shellcheck disable=SC2086 # a list of words
        each=$(kernel_each $TEST_SERIES)
        for series in $each; do
            scripts/guest-build.sh "$arch" "$series"
        done
        # shellcheck disable=SC2046 # a list of words
        scripts/build-qemu.sh "$A_QEMU" $(qtests) >/dev/null
    done
    for target in x86_64 aarch64; do
        scripts/build-qemu.sh "$target" "$BIOS_TABLES_TEST" >/dev/null
    done
    arch_use x86_64
    for version in $TEST_QEMUS; do
        # One that Debian no longer has is skipped by the tests
        QEMU=$version scripts/build-qemu.sh --source >/dev/null || continue
        # shellcheck disable=SC2046
        QEMU=$version scripts/build-qemu.sh x86_64 $(qtests) >/dev/null
    done
    # shellcheck disable=SC2046
    scripts/build-qemu.sh x86_64-sanitize $(qtests) >/dev/null
    scripts/guest-build.sh x86_64 kasan
    scripts/build-fuzz.sh >/dev/null
    scripts/build-iommufd.sh x86_64 6.12 >/dev/null
    scripts/build-iommufd.sh x86_64 6.12 group >/dev/null
    # For its DeviceTree only
    scripts/build-qemu.sh riscv64 >/dev/null
    for series in $TREE_SERIES; do scripts/kunit.sh "$series" build >/dev/null; done
}

# run_all: what else there is, and the table
run_all() {
    local status=0 version
    # shellcheck disable=SC2086 # a list of words
    prove --exec '' --timer $ALL_ONLY || status=$?
    for version in ${TEST_QEMUS#* }; do
        QEMU=$version prove --exec '' guest-tests/arch.t :: x86_64 || status=$?
    done
    scripts/test-arches.sh || status=$?
    [ "$status" = 0 ] || return "$status"
    scripts/supported.sh >"$PVF_TMP/supported" || return
    sed -i -e '/^<!-- supported/,/^<!-- end of supported/{/^<!--/!d}' \
        -e "/^<!-- supported/r $PVF_TMP/supported" README.md
}

cd "$PVF_TOP"
start=$SECONDS status=0 whole=''
apt_need perl
if [ "$*" = --all ]; then
    whole='test-all'
    rm -rf "$PVF_CACHE/log/supported"
    shift
fi
if [ $# = 0 ]; then
    whole=${whole:-test}
    for test in host-tests/*.t guest-tests/*.t; do
        # arch.t takes a row of the table
        [[ " $ALL_ONLY guest-tests/arch.t " = *" $test "* ]] || set -- "$@" "$test"
    done
    build_all
fi
say "Running $# test files with prove ..."
prove --exec '' --jobs "$PVF_JOBS" --timer "$@" || status=$?
[ "$status" != 0 ] || [ -z "$whole" ] || took test
if [ "$whole" = test-all ]; then
    run_all || status=$?
    [ "$status" != 0 ] || took test-all
fi
say "All of it took $((SECONDS - start)) s"
exit "$status"
