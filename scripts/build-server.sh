#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-server.sh [sanitize]
#
# Build tools/pvfeat-server with the libvfio-user of the newest QEMU's sources, optionally
# with sanitizers. Prints its path.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

variant=${1:-}
build=$PVF_CACHE/build/server${variant:+-$variant}
checks=''
case $variant in
'') ;;
sanitize) checks='-fsanitize=address,undefined -fno-sanitize-recover=all' ;;
*) die "build-server.sh: unknown variant '$variant'" ;;
esac

build_server() {
    rm -rf "$build"
    make -C "$PVF_TOP/tools/pvfeat-server" -j "$PVF_JOBS" O="$build" \
        LIBVFIO_USER="$qemu/subprojects/libvfio-user" CFLAGS="-O2 -g -Werror $checks"
}

qemu=$(QEMU=${QEMU_VERSIONS##* } "$PVF_TOP/scripts/build-qemu.sh" --source)
lock "server${variant:+-$variant}"
key=$(hash_of tools include driver scripts/build-server.sh)
if ! fresh "$build/.built" "$key"; then
    apt_need build-essential pkg-config libjson-c-dev libmd-dev
    step "pvfeat-server${variant:+, $variant}" build_server
    stamp "$build/.built" "$key"
fi
echo "$build/pvfeat-server"
