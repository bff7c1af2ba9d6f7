#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu.t VERSION: the patches of "make series" for QEMU: each step builds with all devices of
# x86_64, and with all of them QEMU's unit tests and qtests pass. check.t tests their style.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

version=${1:?usage: qemu.t VERSION}
if ! pristine=$(QEMU=$version "$PVF_TOP/scripts/build-qemu.sh" --source); then
    echo "1..0 # SKIP Debian has no source of QEMU $version"
    exit
fi
apt_need ipxe-qemu qemu-system-data seabios
any_identity
"$PVF_TOP/scripts/series.sh" --out "$PVF_TMP/series" "qemu/$version"
patches=("$PVF_TMP/series/qemu/$version"/000[1-9]* "$PVF_TMP/series/qemu/$version"/00[1-9]*)
# The series is based on the fixes
before=("$PVF_TOP"/qemu/patches/fixes/*.patch)
tree=$PVF_CACHE/stage/qemu-$version-series
build=$PVF_CACHE/build/qemu-x86_64-$version-series
lock "qemu-$version-series"

configure() {
    [ ! -e "$build/build.ninja" ] || return 0
    mkdir -p "$build"
    cd "$build"
    "$tree/configure" --python=/usr/bin/python3 --target-list=x86_64-softmmu \
        --without-default-features --enable-tcg --enable-fdt=system --disable-docs \
        --disable-install-blobs --disable-download
    # The machines' firmware, which Debian has in other packages
    ln -sf /usr/share/{qemu,seabios}/*.bin /usr/lib/ipxe/qemu/*.rom qemu-bundle/usr/local/share/qemu
}

build() { ninja -C "$build" -j "$PVF_JOBS" all; }
# tests NAME...: run these suites or tests. Tests of other builds may keep the processors busy.
tests() {
    meson test -C "$build" --no-rebuild --timeout-multiplier 5 --num-processes "$PVF_JOBS" "$@" |
        grep -v '^>>> '
}

# qtests: run all, and list those that fail in PVF_TMP/failed
qtests() {
    tests --suite qtest >"$PVF_TMP/qtests" || :
    cat "$PVF_TMP/qtests"
    sed -n 's,.* / \([^ ]*\) *\(ERROR\|FAIL\|TIMEOUT\) .*,\1,p' "$PVF_TMP/qtests" >"$PVF_TMP/failed"
    grep -qE 'paravisor-pci-test +OK ' "$PVF_TMP/qtests" && [ "$(wc -l <"$PVF_TMP/failed")" -lt 3 ]
}

# fail_anyway: the tests that failed also fail without the series. bios-tables-test does with
# Debian's firmware, which has other addresses.
fail_anyway() {
    local name
    while read -r name; do
        ! tests "$name" || { echo "$name fails only with the series"; return 1; }
    done <"$PVF_TMP/failed"
}

step "QEMU $version with the series: source" copy_patched "$pristine" "$tree" "${before[@]}" "${patches[@]}"
step "QEMU $version with the series: configure" configure
tap_run "builds: all steps" build
tap_run "QEMU's unit tests" tests --suite unit
tap_run "QEMU's qtests" qtests
for ((i = ${#patches[@]} - 1; i >= 0; i--)); do
    patch -s -R -p1 --no-backup-if-mismatch -d "$tree" <"${patches[i]}"
    step=${patches[i - 1]##*/}
    [ "$i" != 0 ] || step=fixes
    tap_run "builds: up to ${step%.patch}" build
done
tap_run "what failed also fails without the series: $(xargs <"$PVF_TMP/failed")" fail_anyway
tap_done
