#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-kernel.sh ARCH VARIANT
#
# Build a small kernel for guests from scripts/kernel/common.config, ARCH.config and
# ARCH-VARIANT.config. The variant "small" has no file of its own; "patched" and "series"
# are built from the trees that kunit.sh has under these names. The driver is included in
# "series" only: for the others build-driver.sh builds it separately, as for any other
# kernel. Prints the build folder, for kernel_use;
# the file .image in it contains the name of the image.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-kernel.sh ARCH VARIANT}"
variant=${2:?usage: build-kernel.sh ARCH VARIANT}
kernel_variant "$variant" ||
    die "unknown kernel '$variant' for $A_NAME; known are: $(kernel_variants)"

series=$OWN_SERIES
[[ $variant != patched && $variant != series ]] || series=$variant
tree=$("$PVF_TOP/scripts/kunit.sh" "$series" tree)
lock "linux-$A_NAME-$variant"
apt_need flex bison bc libelf-dev kmod "${A_PACKAGES[@]}"
build=$PVF_CACHE/build/linux-$A_NAME-$variant
wanted=(scripts/kernel/{common,"$A_NAME"}.config)
[ "$variant" = small ] || wanted+=("scripts/kernel/$A_NAME-$variant.config")
key=$(hash_of scripts/build-kernel.sh "${wanted[@]}")-$(sha256sum <"$tree/.version" | cut -c1-16)
# Each configuration has its own release string, so that modules match their kernel
make=(make O="$build" ARCH="$A_KERNEL" CROSS_COMPILE="$A_CROSS"
    LOCALVERSION="-$variant-${key:0:8}")

configure_kernel() {
    local lost
    mkdir -p "$build"
    (cd "$PVF_TOP" && cat "${wanted[@]}") >"$build/wanted"
    "${make[@]}" KCONFIG_ALLCONFIG="$build/wanted" allnoconfig
    # kconfig silently drops options that are unknown or lack a dependency: check for those.
    # Linux 7 has no PROC_SYSCTL in addition to SYSCTL.
    lost=$(grep CONFIG_ "$build/wanted" | grep -vx CONFIG_PROC_SYSCTL=y |
        grep -vxFf "$build/.config") || return 0
    die "options missing from the kernel's configuration: ${lost//$'\n'/, }"
}

# modules_install is also required without modules: it writes the lists that depmod and
# modprobe read
build_kernel() {
    "${make[@]}" -j "$PVF_JOBS" all
    "${make[@]}" INSTALL_MOD_PATH="$build/root" modules_install
    # Use the uncompressed image: QEMU does not decompress it on every architecture
    "${make[@]}" -s image_name | sed 's/\.gz$//' >"$build/.image"
}

cd "$tree"
if ! fresh "$build/.built" "$key"; then
    step "Linux for $A_NAME, $variant: configure" configure_kernel
    step "Linux for $A_NAME, $variant: build" build_kernel
    stamp "$build/.built" "$key"
fi
echo "$build"
