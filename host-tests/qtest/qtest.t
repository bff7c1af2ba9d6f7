#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qtest.t ARCH all|default|other: run this project's qtests, and QEMU's own tests that cover
# all devices, on all tested versions of QEMU, the default one (or QEMU=) or the other ones.
# Another version than the default is skipped if Debian no longer has its source.

. "$(dirname "$0")/qtest.sh"

default=${QEMU:-${TEST_QEMUS%% *}}
case ${2:-} in
all) versions=$TEST_QEMUS ;;
default) versions=$default ;;
other) versions=$(cut -d' ' -s -f2- <<<"$TEST_QEMUS") ;;
*) die 'usage: qtest.t ARCH all|default|other' ;;
esac
for version in $versions; do
    export QEMU=$version
    if ! source=$("$PVF_TOP/scripts/build-qemu.sh" --source) && [ "$version" != "$default" ]; then
        tap ok "QEMU $version # SKIP cannot fetch its source"
        continue
    fi
    run_qtests "$1"
    tap_supports "$1" - "$(<"$source/VERSION")"
done
tap_done
