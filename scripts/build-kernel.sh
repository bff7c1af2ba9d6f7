#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-kernel.sh VARIANT
#
# Build a small x86_64 kernel that looks for bugs, for guests: kernel.config with
# kernel-VARIANT.config on top. The driver is not in it; build-driver.sh makes
# that for it as for any other kernel. Prints the build folder, for kernel_use.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

variant=${1:-}
kernel_variant "$variant" || die "usage: build-kernel.sh VARIANT; there are: $(kernel_variants)"

tree=$("$PVF_TOP/scripts/kunit.sh" tree)
lock "linux-$variant"
apt_need build-essential flex bison bc libelf-dev kmod
build=$PVF_CACHE/build/linux-$variant
wanted=(scripts/kernel.config "scripts/kernel-$variant.config")
key=$(hash_of scripts/build-kernel.sh "${wanted[@]}")-$(sha256sum <"$tree/Makefile" | cut -c1-16)
# Each of them is a release of its own, so that modules follow
local_version=LOCALVERSION=-$variant-${key:0:8}

configure_kernel() {
    local lost
    mkdir -p "$build"
    (cd "$PVF_TOP" && cat "${wanted[@]}") >"$build/wanted"
    make -C "$tree" O="$build" KCONFIG_ALLCONFIG="$build/wanted" \
        "$local_version" allnoconfig
    # kconfig drops what it does not know or what lacks something, and says nothing
    lost=$(grep CONFIG_ "$build/wanted" | grep -vxFf "$build/.config") || return 0
    die "the kernel's configuration does not take: ${lost//$'\n'/, }"
}

# modules_install writes the lists that depmod and modprobe want
build_kernel() {
    make -C "$build" "$local_version" -j "$PVF_JOBS" bzImage modules
    make -C "$build" "$local_version" INSTALL_MOD_PATH="$build/root" \
        modules_install
}

if ! fresh "$build/.built" "$key"; then
    step "Linux with $variant: configure" configure_kernel
    step "Linux with $variant: build" build_kernel
    stamp "$build/.built" "$key"
fi
echo "$build"
