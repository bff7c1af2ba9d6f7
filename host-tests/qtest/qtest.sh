# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This project's qtests, and QEMU's own tests that cover all devices.

. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

# run_qtests ARCH [VARIANT]: run them with that variant of build-qemu.sh
run_qtests() {
    local build test tests
    arch_use "$1"
    tests=$(qtests)
    # shellcheck disable=SC2086 # a list of words
    build=$("$PVF_TOP/scripts/build-qemu.sh" "$A_QEMU${2:+-$2}" $tests)
    cd "$build"
    for test in $tests; do
        QTEST_QEMU_BINARY=run/qemu-system-$A_QEMU \
            tap_lift "${QEMU:+QEMU $QEMU, }${test##*/}" "$test" --tap -k
    done
}
