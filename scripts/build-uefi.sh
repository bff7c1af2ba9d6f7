#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-uefi.sh ARCH
#
# Build uefi/pvfeat.efi with gnu-efi, for x86_64, arm64 or riscv64. Prints its path.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-uefi.sh ARCH}"
case $A_NAME in
x86_64 | arm64 | riscv64) ;;
*) die "ARCH=$A_NAME: no UEFI application for it; there is one for x86_64, arm64 and riscv64" ;;
esac
build=$PVF_CACHE/build/uefi-$A_NAME
# The newest release has gnu-efi for all of these architectures
release=${DEBIAN_RELEASES##* }
gnu_efi=$PVF_CACHE/build/gnu-efi-$A_NAME
stb=$PVF_CACHE/build/stb
libmd=$PVF_CACHE/src/libmd

build_uefi() {
    rm -rf "$build"
    make -C "$PVF_TOP/uefi" -j "$PVF_JOBS" O="$build" CROSS_COMPILE="$A_CROSS" CC="${A_CROSS}gcc" \
        GNU_EFI="$gnu_efi/usr" STB="$stb/usr/include" LIBMD="$libmd" CFLAGS="-O2 -Werror"
}

lock "uefi-$A_NAME"
key=$(hash_of uefi tools/pvfeat driver include scripts/build-uefi.sh)
if ! fresh "$build/.built" "$key"; then
    apt_need "${A_PACKAGES[@]}"
    apt_unpack "$release" "$A_DEBIAN" "$gnu_efi" gnu-efi
    lock source-libmd
    apt_source "libmd/$release" "$libmd"
    apt_unpack "$(debian_host)" "$(dpkg --print-architecture)" "$stb" libstb-dev
    unlock source-libmd
    step "pvfeat.efi for $A_NAME" build_uefi
    stamp "$build/.built" "$key"
fi
echo "$build/pvfeat.efi"
