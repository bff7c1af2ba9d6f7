#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-pciutils.sh ARCH [sanitize]
# build-pciutils.sh --source: only fetch the source and print its folder
#
# Fetch pciutils, apply this project's patches and build libpci and a static lspci.
# Prints the folder they are installed in. The variant "sanitize" is built separately;
# its lspci aborts on invalid memory accesses and undefined behaviour.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

if [ "${1:-}" = --source ]; then source_only=yes; set -- x86_64; fi
arch_use "${1:?usage: build-pciutils.sh ARCH [sanitize], or --source}"
variant=${2:-}
version=3.13.0
pristine=$PVF_CACHE/src/pciutils-$version
build=$PVF_CACHE/build/pciutils-$A_NAME${variant:+-$variant}
case $variant in
'') flags=(LDFLAGS=-static) ;;
# shift-base is off: pciutils shifts bytes into the sign bit of an int in many places
sanitize) flags=(OPT="-O1 -g -fsanitize=address,undefined \
    -fno-sanitize=shift-base -fno-sanitize-recover=all") ;;
*) die "build-pciutils.sh: unknown variant '$variant'" ;;
esac

build_pciutils() {
    local p make
    rm -rf "$build"
    mkdir -p "$build/bin"
    cp -r "$pristine" "$build/src"
    for p in "$PVF_TOP"/tools/pciutils/*.patch; do
        patch -s -p1 -F0 -d "$build/src" <"$p"
    done
    # IDSDIR is the location of pci.ids in Debian's guests
    make=(make -C "$build/src" -j "$PVF_JOBS" HOST="${A_CROSS%%-*}-linux"
        CROSS_COMPILE="$A_CROSS" ZLIB=no DNS=no LIBKMOD=no HWDB=no SHARED=no
        PREFIX="$build" IDSDIR=/usr/share/misc "${flags[@]}")
    # First, because in a parallel make several targets would write it at the same time
    "${make[@]}" lib/config.h
    "${make[@]}" lspci
    "${make[@]}" install-lib
    install "$build/src/lspci" "$build/bin"
}

have_source() {
    lock pciutils
    apt_source pciutils/trixie "$pristine"
    unlock pciutils
}

if [ "${source_only:-}" ]; then
    have_source
    echo "$pristine"
    exit
fi
lock "pciutils-$A_NAME"
key=$(hash_of tools/pciutils scripts/build-pciutils.sh)-$version
if ! fresh "$build/.built" "$key"; then
    apt_need patch "${A_PACKAGES[@]}"
    have_source
    step "pciutils for $A_NAME${variant:+, $variant}" build_pciutils
    stamp "$build/.built" "$key"
fi
echo "$build"
