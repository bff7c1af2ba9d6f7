#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-pvfeat.sh ARCH [sanitize|dynamic|coverage]
#
# Build a static pvfeat with the libpci of build-pciutils.sh (Debian has no static one).
# Prints the folder that contains pvfeat. Variants: "dynamic", for valgrind; "sanitize",
# which aborts on invalid memory accesses and undefined behaviour; "coverage", for gcov.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-pvfeat.sh ARCH [sanitize|dynamic|coverage]}"
variant=${2:-}
build=$PVF_CACHE/build/pvfeat-$A_NAME${variant:+-$variant}
root=$PVF_CACHE/build/libraries-$A_NAME
case $variant in
'') flags=(STATIC=1 LDFLAGS=-s CFLAGS="-O2 -Werror") ;;
dynamic) flags=(CFLAGS="-O1 -g -Werror") ;;
coverage) flags=(STATIC=1 CFLAGS="-O0 --coverage" LDFLAGS=--coverage) ;;
sanitize)
    checks="-fsanitize=address,undefined -fno-sanitize-recover=all"
    flags=(CFLAGS="-O1 -g $checks" LDFLAGS="$checks") ;;
*) die "build-pvfeat.sh: unknown variant '$variant'" ;;
esac

build_pvfeat() {
    local triplet
    triplet=$(dpkg-architecture -a "$A_DEBIAN" -q DEB_HOST_MULTIARCH)
    local packages=(
        PACKAGE_CFLAGS="-I$pciutils/include -I$root/usr/include -I$root/usr/include/$triplet"
        PACKAGE_LIBS="$pciutils/lib/libpci.a $root/usr/lib/$triplet/libjansson.a $root/usr/lib/$triplet/libmd.a")
    rm -rf "$build"
    make -C "$PVF_TOP/tools/pvfeat" -j "$PVF_JOBS" O="$build" CC="${A_CROSS}gcc" \
        AR="${A_CROSS}ar" "${flags[@]}" "${packages[@]}"
    # For builds that use the same libraries
    printf '%s\n' "${packages[@]}" >"$build/packages"
}

pciutils=$("$PVF_TOP/scripts/build-pciutils.sh" "$A_NAME")
lock "pvfeat-$A_NAME"
key=$(hash_of tools include driver spec/pci-device.md scripts/check-spec.py \
    scripts/build-pvfeat.sh)-$(cat "$pciutils/.built")-$(hash_of scripts/build-userland.sh)
if ! fresh "$build/.built" "$key"; then
    apt_need python3 "${A_PACKAGES[@]}"
    if [ "$A_RELEASED" ]; then
        apt_unpack "$(debian_host)" "$A_DEBIAN" "$root" libjansson-dev libmd-dev
    else
        root=$("$PVF_TOP/scripts/build-userland.sh" "$A_NAME")
    fi
    step "pvfeat for $A_NAME${variant:+, $variant}" build_pvfeat
    stamp "$build/.built" "$key"
fi
echo "$build"
