# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# This project's qtest and QEMU's own tests that look at every device. A test
# sources this and calls run_qtests ARCH [VARIANT], a variant of build-qemu.sh's.

. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

# for_each_qemu ARCH VERSION...: the same with these versions of QEMU; one whose source
# Debian no longer has is skipped
for_each_qemu() {
    local QEMU
    export QEMU
    for QEMU in "${@:2}"; do
        if "$PVF_TOP/scripts/build-qemu.sh" --source >/dev/null; then
            run_qtests "$1"
            tap_supports "$1" - "$(<"$("$PVF_TOP/scripts/build-qemu.sh" --source)/VERSION")"
        else
            tap ok "QEMU $QEMU # SKIP its source cannot be fetched"
        fi
    done
}

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
