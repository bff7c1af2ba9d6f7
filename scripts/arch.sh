# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of architectures; adding one is adding a row, and a folder
# qemu/configs/devices/QEMU-softmmu. Source it after lib.sh.

#       name   Debian QEMU    kernel flavour kernel cross               console  machine image   cpu        packages
ARCHES='
        x86_64 amd64  x86_64  cloud-amd64    x86    x86_64-linux-gnu-   ttyS0    q35     vmlinuz max        binutils
        arm64  arm64  aarch64 cloud-arm64    arm64  aarch64-linux-gnu-  ttyAMA0  virt    vmlinuz cortex-a57 gcc-aarch64-linux-gnu
'

# What "make test" runs on
TEST_ARCHES='x86_64 arm64'
TEST_SERIES='6.1 6.12'

# QEMU's test of its ACPI tables; only some of its cases suit the small build
BIOS_TABLES_TEST=tests/qtest/bios-tables-test

# qtests: QEMU's own tests that must pass for the architecture in use, and ours
qtests() {
    echo tests/qtest/{device-introspect-test,qom-test,test-hmp,paravisor-pci-test,paravisor-conformance-test}
    # CPUID without the table must be what it was
    [ "$A_QEMU" != x86_64 ] || echo tests/qtest/test-x86-cpuid-compat
}

# QEMU's own fuzzers for what is ours; each has a corpus in host-tests/fuzz/corpus
QEMU_FUZZERS='generic-fuzz-paravisor-pci paravisor-features paravisor-migration'

# arch_use NAME: set the A_ variables from the table's row.
arch_use() {
    local names
    read -r A_NAME A_DEBIAN A_QEMU A_FLAVOUR A_KERNEL A_CROSS A_CONSOLE \
        A_MACHINE A_IMAGE A_CPU A_PACKAGES \
        < <(awk -v n="$1" '$1 == n' <<<"$ARCHES") || :
    if [ -z "${A_NAME:-}" ]; then
        names=$(awk 'NF { print $1 }' <<<"$ARCHES" | paste -sd' ')
        die "ARCH=$1: no such architecture; there are: $names"
    fi
}

# kernel_variants: the kernels that build-kernel.sh makes for the architecture in use,
# each a "series" as well; kernel_variant NAME: whether that is one.
kernel_variants() (
    cd "$PVF_TOP/scripts/kernel" || exit
    for file in "$A_NAME"{,-*}.config; do
        [ ! -f "$file" ] || echo "${file:${#A_NAME}}"
    done | sed 's/^\.config/small/; s/^-\(.*\)\.config/\1/' | paste -sd' '
)
kernel_variant() { [[ " $(kernel_variants) " = *" $1 "* ]]; }

# kernel_use SERIES: fetch Debian's newest kernel of that series with what its
# modules are built with, or build that variant; set the K_ variables: release,
# image, modules, build folder.
kernel_use() {
    if kernel_variant "$1"; then
        kernel_built "$1"
    else
        kernel_fetched "$1"
    fi
}

kernel_built() {
    K_BUILD=$("$PVF_TOP/scripts/build-kernel.sh" "$A_NAME" "$1")
    K_RELEASE=$(cat "$K_BUILD/include/config/kernel.release")
    K_IMAGE=$K_BUILD/$(cat "$K_BUILD/.image")
    K_MODULES=$K_BUILD/root/lib/modules/$K_RELEASE
}

kernel_fetched() {
    local host root common
    lock "linux-$1"
    host=$(dpkg --print-architecture)
    apt_index "$host"
    apt_index "$A_DEBIAN"
    K_VERSION=$(apt_private "$A_DEBIAN" apt-cache pkgnames "linux-headers-$1." |
        sed -n "s/^linux-headers-\(.*\)-$A_FLAVOUR\$/\1/p" | sort -V | tail -n 1)
    [ -n "$K_VERSION" ] || die "Debian has no $1 kernel of flavour $A_FLAVOUR"
    K_RELEASE=$K_VERSION-$A_FLAVOUR
    common=linux-headers-$K_VERSION-common
    root=$PVF_CACHE/linux/$K_VERSION
    K_BUILD=$root/usr/src/linux-headers-$K_RELEASE
    K_IMAGE=$root/boot/$A_IMAGE-$K_RELEASE
    K_MODULES=$root/lib/modules/$K_RELEASE

    # Headers of all architectures share one root, with this machine's kbuild
    apt_unpack "$A_DEBIAN" "$root" "linux-image-$K_RELEASE-unsigned" \
        "linux-headers-$K_RELEASE"
    apt_unpack "$host" "$root" "$common" "$(apt_private "$A_DEBIAN" apt-cache \
        depends "linux-headers-$K_RELEASE" |
        sed -n 's/.*Depends: \(linux-kbuild-[^:]*\).*/\1/p')"
    grep -qsF "$root" "$K_BUILD/Makefile" ||
        echo "include $root/usr/src/$common/Makefile" >"$K_BUILD/Makefile"
    unlock "linux-$1"
}
