#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU's vmstate-static-checker.py: state of version 3, from a dump made when that was
# the newest version, can be loaded by the current device.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

check() { # ARCH BUILD
    "$2/run/qemu-system-$1" -machine "$A_MACHINE" -nodefaults -dump-vmstate "$PVF_TMP/now.json"
    "$(sed -n 's/^SRC_PATH=//p' "$2/config-host.mak")/scripts/vmstate-static-checker.py" \
        --src "$PVF_TOP/host-tests/qtest/vmstate-3.json" --dest "$PVF_TMP/now.json"
}

for arch in $TEST_ARCHES; do
    arch_use "$arch"
    build=$("$PVF_TOP/scripts/build-qemu.sh" "$A_QEMU")
    tap_run "$arch: state of version 3 can be loaded" check "$A_QEMU" "$build"
done
tap_done
