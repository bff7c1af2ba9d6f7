#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-iommufd.sh ARCH SERIES [group]
#
# Debian's kernels have neither iommufd nor VFIO's character devices, which the tool
# supports. Build the modules iommufd, vfio, vfio-pci-core and vfio-pci for the stock
# kernel from Debian's source of the same version. With "group", /dev/vfio/GROUP is
# available in addition to the character device. Prints the folder that contains the
# modules.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-iommufd.sh ARCH SERIES [group]}"
series=$(kernel_series "${2:?usage: build-iommufd.sh ARCH SERIES [group]}")
variant=${3:-}

source=$("$PVF_TOP/scripts/kunit.sh" "$series" tree)
lock "iommufd-$A_NAME-$series"
kernel_use "$series"
root_need "$K_SUITE" dwarves "${A_PACKAGES[@]}"
build=$PVF_CACHE/build/iommufd-$A_NAME-$series${variant:+-$variant}
key=$(hash_of scripts/build-iommufd.sh)-$K_RELEASE

export LC_ALL=C

# Differences from the stock kernel's configuration, for C and for make.
# IOMMUFD_DRIVER stays off: the kernel's own IOMMU drivers were built without it.
config=(IOMMUFD=m VFIO_DEVICE_CDEV=y INTERVAL_TREE_SPAN_ITER=y)
modules=(iommufd/iommufd vfio/vfio vfio/pci/vfio-pci-core vfio/pci/vfio-pci)
case $variant in
'') config+=(VFIO_GROUP=n VFIO_CONTAINER=n VFIO_IOMMU_TYPE1=n) ;;
group) modules+=(vfio/vfio_iommu_type1) ;;
*) die "build-iommufd.sh: unknown variant '$variant'" ;;
esac

config_header() {
    local setting name
    for setting in "${config[@]}"; do
        name=CONFIG_${setting%=*}
        printf '#undef %s\n#undef %s_MODULE\n' "$name" "$name"
        case ${setting#*=} in
        y) echo "#define $name 1" ;;
        m) echo "#define ${name}_MODULE 1" ;;
        esac
    done
}

# same_layouts MODULE...: check that structures shared with the kernel have the same layout
# in these modules. (A module's BTF omits structures that are identical in the kernel's
# BTF, so one that is in both differs.)
same_layouts() {
    local module differ kernel=$K_BUILD/vmlinux
    structures "$kernel" >"$build/structures"
    for module; do
        differ=$(structures --btf_base="$kernel" "$module" |
            comm -13 "$build/structures" - | cut -d' ' -f1 | sort -u |
            join - <(cut -d' ' -f1 "$build/structures" | sort -u))
        [ -z "$differ" ] || die "$module: layout differs from the kernel's: ${differ//$'\n'/ }"
    done
}
structures() { pahole -F btf --sizes "$@" | awk '{ print $1, $2 }' | sort; }

make_modules() {
    local common name
    common=$(sed -n 's/^include \(.*\)\/Makefile$/\1/p' "$K_BUILD/Makefile")
    rm -rf "$build"
    mkdir -p "$build"
    cmp "$source/Makefile" "$common/Makefile" ||
        die "$source is not of version $K_RELEASE; remove it to fetch it again"
    cp "$source/drivers/iommu/iommu-priv.h" "$build"
    cp -r "$source/drivers/iommu/iommufd" "$source/drivers/vfio" "$build"
    echo 'obj-m := iommufd/ vfio/' >"$build/Kbuild"
    config_header >"$build/config.h"

    # The kernel lacks interval_tree_span_iter, so add that file to iommufd; without its
    # exports, because the kernel exports the other symbols of that file
    sed '/^EXPORT_SYMBOL/d' "$source/lib/interval_tree.c" \
        >"$build/iommufd/interval_tree.c"
    echo 'iommufd-y += interval_tree.o' >>"$build/iommufd/Makefile"

    root_run "$K_SUITE" make -C "$K_BUILD" M="$build" ARCH="$A_KERNEL" CROSS_COMPILE="$A_CROSS" "${K_MAKE[@]}" \
        KCFLAGS="-include $build/config.h" "${config[@]/#/CONFIG_}" \
        -j "$PVF_JOBS" modules
    mkdir "$build/modules"
    for name in "${modules[@]}"; do cp "$build/$name.ko" "$build/modules"; done
    same_layouts "$build"/modules/*.ko
}

if ! fresh "$build/.built" "$key"; then
    step "iommufd and VFIO for $K_RELEASE${variant:+, $variant}" make_modules
    stamp "$build/.built" "$key"
fi
echo "$build/modules"
