#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test.sh [NAME...]    run these tests of scripts/tests.txt with prove, or those of "make
#                      test"
# test.sh --all        run all tests and scripts/test-arches.sh, and write README's table
#                      of supported versions
# test.sh --series     run the tests of the series of patches, one after the other
# test.sh --tap NAME   run one test and print its complete output, in TAP format
# test.sh --list       print the names of all tests

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

# names [RUN]: print the names of all tests, or of those with RUN in the second column
names() { awk -v run="${1:-}" '/^[^#]/ && (run == "" || $2 == run) { print $1 }' scripts/tests.txt; }

# run_test NAME: replace this shell with the test's command
run_test() {
    local command
    read -ra command < <(awk -v name="$1" '$1 == name { $1 = $2 = ""; print }' scripts/tests.txt) ||
        die "unknown test '$1'; tests are: $(names | xargs)"
    rm -rf "$PVF_TMP"
    exec "${command[@]}"
}

# run_with_prove [OPTION...] NAME...
run_with_prove() { prove --exec 'scripts/test.sh --tap' --timer "$@"; }

# build_all: build everything in sequence, with progress, so that tests do not build
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
        # Tests skip a version that Debian no longer has
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
    for arch in x86_64 arm64 riscv64; do scripts/build-uefi.sh "$arch" >/dev/null; done
    scripts/build-server.sh >/dev/null
    scripts/build-server.sh sanitize >/dev/null
    # Only for its DeviceTree
    scripts/build-qemu.sh riscv64 >/dev/null
    for series in $TREE_SERIES; do scripts/kunit.sh "$series" build >/dev/null; done
}

# run_rest: run the tests that "make test" omits, and write README's table
run_rest() {
    local status=0 version
    # shellcheck disable=SC2046 # a list of words
    run_with_prove $(names all) $(names 'series') || status=$?
    for version in ${TEST_QEMUS#* }; do
        QEMU=$version prove --exec '' guest-tests/run :: arch x86_64 || status=$?
    done
    scripts/test-arches.sh || status=$?
    [ "$status" = 0 ] || return "$status"
    scripts/supported.sh >"$PVF_TMP/supported" || return
    sed -i -e '/^<!-- supported/,/^<!-- end of supported/{/^<!--/!d}' \
        -e "/^<!-- supported/r $PVF_TMP/supported" README.md
}

cd "$PVF_TOP"
start=$SECONDS status=0 whole=''
case ${1:-} in
--tap)
    [ $# = 2 ] || die "usage: test.sh --tap NAME"
    run_test "$2"
    ;;
--list)
    [ $# = 1 ] || die "usage: test.sh --list"
    names
    exit
    ;;
--all)
    [ $# = 1 ] || die "usage: test.sh --all"
    whole=test-all
    rm -rf "$PVF_CACHE/log/supported"
    ;;
--series)
    [ $# = 1 ] || die "usage: test.sh --series"
    mapfile -t series < <(names 'series')
    apt_need perl
    run_with_prove lspci "${series[@]}" || status=$?
    say "Total time: $((SECONDS - start)) s"
    exit "$status"
    ;;
-h | --help)
    sed -n '4,/^$/s/^# \{0,1\}//p' "$0"
    exit
    ;;
-*) die "unknown option $1; see --help" ;;
'') whole='test' ;;
esac
apt_need perl
if [ "$whole" ]; then
    mapfile -t tests < <(names 'test')
    build_all
else
    tests=("$@")
fi
say "Running ${#tests[@]} tests with prove ..."
run_with_prove --jobs "$PVF_JOBS" "${tests[@]}" || status=$?
[ "$status" != 0 ] || [ -z "$whole" ] || took test
if [ "$whole" = test-all ]; then
    run_rest || status=$?
    [ "$status" != 0 ] || took test-all
fi
say "Total time: $((SECONDS - start)) s"
exit "$status"
