#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-userland.sh ARCH
#
# For an architecture that this release of Debian lacks: build static busybox for its
# guests, and the libraries jansson and libmd for the tool, from Debian's sources.
# Prints the folder, with the same layout as unpacked Debian packages.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-userland.sh ARCH}"
host=$(dpkg --print-architecture)
build=$PVF_CACHE/build/userland-$A_NAME
root=$build/root

build_busybox() {
    local make=(make -C "$PVF_CACHE/src/busybox" O="$build/busybox" CROSS_COMPILE="$A_CROSS")
    mkdir -p "$build/busybox"
    "${make[@]}" defconfig
    # Turn off what requires other kernel headers or an x86, and the small modprobe, which
    # does not support aliases
    sed -i 's/^\(CONFIG_TC\|CONFIG_SHA1_HWACCEL\|CONFIG_MODPROBE_SMALL\)=y/# \1 is not set/' \
        "$build/busybox/.config"
    "${make[@]}" oldconfig < <(yes '')
    sed -i 's/^# \(CONFIG_STATIC\|CONFIG_FEATURE_MODUTILS_ALIAS\) is not set/\1=y/' \
        "$build/busybox/.config"
    "${make[@]}" -j "$PVF_JOBS" busybox
    install -D -t "$root/bin" "$build/busybox/busybox"
}

# Installed manually to Debian's locations: the package's install rules support one folder only
build_jansson() {
    local triplet
    triplet=$(dpkg-architecture -a "$A_DEBIAN" -q DEB_HOST_MULTIARCH)
    cmake -S "$PVF_CACHE/src/jansson" -B "$build/jansson" -DCMAKE_SYSTEM_NAME=Linux \
        -DCMAKE_C_COMPILER="${A_CROSS}gcc" -DCMAKE_BUILD_TYPE=Release \
        -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF
    cmake --build "$build/jansson"
    install -D -m 644 -t "$root/usr/lib/$triplet" "$build/jansson/lib/libjansson.a"
    install -D -m 644 -t "$root/usr/include" "$build"/jansson/include/*.h
}

build_libmd() {
    local triplet
    triplet=$(dpkg-architecture -a "$A_DEBIAN" -q DEB_HOST_MULTIARCH)
    mkdir -p "$build/libmd"
    cd "$build/libmd"
    "$PVF_CACHE/src/libmd/configure" --host="$triplet" CC="${A_CROSS}gcc" --disable-shared \
        --prefix=/usr --libdir="/usr/lib/$triplet"
    make -j "$PVF_JOBS"
    make install DESTDIR="$root"
}

lock "userland-$A_NAME"
key=$(hash_of scripts/build-userland.sh)
if ! fresh "$build/.built" "$key"; then
    apt_need bzip2 cmake "${A_PACKAGES[@]}"
    rm -rf "$build"
    for package in busybox jansson libmd; do
        lock "source-$package"
        apt_source "$package/trixie" "$PVF_CACHE/src/$package"
        unlock "source-$package"
        step "$package for $A_NAME" "build_$package"
    done
    apt_unpack "$(debian_host)" "$host" "$root" pci.ids
    stamp "$build/.built" "$key"
fi
echo "$root"
