# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of architectures. To add one, add a row, a folder
# qemu/configs/devices/QEMU-softmmu, and, if Debian has no kernel for it, a file
# scripts/kernel/NAME.config. Source this file after lib.sh.

# A row for another machine or kernel is named NAME-VARIANT, where NAME is the row whose
# programs and modules it shares. Debian: in parentheses if this release lacks the
# architecture, so that programs are built from source, see build-userland.sh. Flavour: of
# Debian's kernels, or a variant of build-kernel.sh. Bus: pcie, pci, or zpci of s390x.
# Firmware: Debian's package that the machine requires, or "-". Windows: those of its
# guests in addition to PCI, separated by commas, or "-".
#
#       name           Debian    QEMU    flavour     kernel  cross                  console  machine              bus  image   cpu        firmware         windows
ARCHES='
        x86_64         amd64     x86_64  cloud-amd64 x86     x86_64-linux-gnu-      ttyS0    q35                  pcie vmlinuz max        -                cpuid,acpi
        arm64          arm64     aarch64 cloud-arm64 arm64   aarch64-linux-gnu-     ttyAMA0  virt                 pcie vmlinuz cortex-a57 qemu-efi-aarch64 dt
        s390x          s390x     s390x   s390x       s390    s390x-linux-gnu-       ttysclp0 s390-ccw-virtio      zpci vmlinuz max        -                -
        x86_64-pc      amd64     x86_64  cloud-amd64 x86     x86_64-linux-gnu-      ttyS0    pc                   pci  vmlinuz max        -                cpuid,acpi
        x86_64-microvm amd64     x86_64  cloud-amd64 x86     x86_64-linux-gnu-      ttyS0    microvm,pcie=on      pcie vmlinuz max        -                cpuid,acpi
        i386           i386      x86_64  686-pae     i386    i686-linux-gnu-        ttyS0    q35                  pcie vmlinuz max        -                cpuid,acpi
        arm64-16k      arm64     aarch64 arm64-16k   arm64   aarch64-linux-gnu-     ttyAMA0  virt                 pcie vmlinuz cortex-a76 -                dt
        arm64-64k      arm64     aarch64 64k         arm64   aarch64-linux-gnu-     ttyAMA0  virt                 pcie -       cortex-a57 -                dt
        ppc64el        ppc64el   ppc64   powerpc64le powerpc powerpc64le-linux-gnu- hvc0     pseries              pci  vmlinux power9     -                -
        ppc64          (ppc64)   ppc64   small       powerpc powerpc64-linux-gnu-   hvc0     pseries              pci  -       power9     -                -
        riscv64        (riscv64) riscv64 small       riscv   riscv64-linux-gnu-     ttyS0    virt,aia=aplic-imsic pcie -       rv64       -                dt
'

# Architectures and kernel series of "make test"
TEST_ARCHES='x86_64 arm64 s390x'
TEST_SERIES='6.1 6.12 newest'
# Versions of QEMU, for QEMU=; the first is the default. TEST_QEMUS: the versions to test,
# or only the user's own tree, if QEMU_SRC is set.
QEMU_VERSIONS='10.0 10.2'
TEST_QEMUS=${QEMU_SRC:+own}
TEST_QEMUS=${TEST_QEMUS:-$QEMU_VERSIONS}
# Series that this project's own kernels are built from, see build-kernel.sh
OWN_SERIES=6.12
# Series for which the driver and its KUnit suites are built inside the Linux tree
TREE_SERIES='6.12 newest'

# QEMU's test of its ACPI tables; only some of its cases work in the small build
BIOS_TABLES_TEST=tests/qtest/bios-tables-test

# qtests: print the qtests that must pass for the architecture in use, QEMU's and this project's
qtests() {
    echo tests/qtest/{device-introspect-test,qom-test,test-hmp,paravisor-pci-test}
    # A qtest has no processor to access zPCI: there it tests only what QEMU refuses, and
    # guests test the rest of the device
    [ "$A_BUS" = zpci ] || echo tests/qtest/paravisor-conformance-test
    # CPUID without the table must be unchanged
    [ "$A_QEMU" != x86_64 ] || echo tests/qtest/test-x86-cpuid-compat
}

# Fuzzers of this project's devices inside QEMU; each has a corpus in host-tests/fuzz/corpus
QEMU_FUZZERS='generic-fuzz-paravisor-pci paravisor-features paravisor-migration'

# arches: print the names of all rows
arches() { awk 'NF { print $1 }' <<<"$ARCHES" | paste -sd' '; }

# arch_use ROW: set the A_ variables from the table's row; A_NAME is the architecture to
# build for, A_BUILD names builds for its kernels, A_PACKAGES are the build dependencies.
arch_use() {
    debian_check
    read -r A_ROW A_DEBIAN A_QEMU A_FLAVOUR A_KERNEL A_CROSS A_CONSOLE \
        A_MACHINE A_BUS A_IMAGE A_CPU A_FIRMWARE A_WINDOWS \
        < <(awk -v n="$1" '$1 == n' <<<"$ARCHES") || :
    [ -n "${A_ROW:-}" ] || die "ARCH=$1: unknown architecture; known are: $(arches)"
    A_NAME=${A_ROW%%-*}
    A_BUILD=$A_NAME-$A_FLAVOUR
    A_WINDOWS=$(tr ',-' '  ' <<<"$A_WINDOWS" | xargs)
    A_RELEASED=yes
    [[ $A_DEBIAN != "("* ]] || { A_RELEASED='' A_DEBIAN=${A_DEBIAN//[()]/}; }
    # The only kernel of this row, if it is not Debian's
    A_SERIES=''
    ! kernel_variant "$A_FLAVOUR" || A_SERIES=$A_FLAVOUR
    A_PACKAGES=(build-essential)
    [ "$A_DEBIAN" = "$(dpkg --print-architecture)" ] ||
        A_PACKAGES+=("gcc-$(tr _ - <<<"${A_CROSS%-}")" "libc6-dev-$A_DEBIAN-cross")
}

# kernel_variants: print the kernels that build-kernel.sh makes for the architecture in use;
# each is also accepted as a series. kernel_variant NAME: whether NAME is one of them.
kernel_variants() (
    cd "$PVF_TOP/scripts/kernel" || exit
    for file in "$A_NAME"{,-*}.config; do
        [ ! -f "$file" ] || echo "${file:${#A_NAME}}"
    done | sed 's/^\.config/small/; s/^-\(.*\)\.config/\1/' | paste -sd' '
)
kernel_variant() { [[ " $(kernel_variants) " = *" $1 "* ]]; }

# kernel_use SERIES: fetch Debian's newest kernel of that series with the headers and tools
# to build modules, or build that variant; set the K_ variables: release, image, modules,
# build folder, arguments of make.
kernel_use() {
    K_MAKE=()
    if kernel_variant "$1"; then
        kernel_built "$1"
    else
        kernel_fetched "$1"
    fi
}

kernel_built() {
    K_SUITE=$(debian_host)
    K_BUILD=$("$PVF_TOP/scripts/build-kernel.sh" "$A_NAME" "$1")
    K_RELEASE=$(cat "$K_BUILD/include/config/kernel.release")
    K_VERSION=$K_RELEASE
    K_IMAGE=$K_BUILD/$(cat "$K_BUILD/.image")
    K_MODULES=$K_BUILD/root/lib/modules/$K_RELEASE
}

# kernel_index: fetch the package indexes for the functions below. They run in pipelines,
# where an error does not end the script.
kernel_index() {
    local release
    for release in $DEBIAN_RELEASES; do apt_index "$release" "$A_DEBIAN"; done
}

# kernel_versions RELEASE: print the versions of the release's kernels, oldest first
kernel_versions() {
    apt_private "$1" "$A_DEBIAN" apt-cache pkgnames linux-headers- |
        sed -n "s/^linux-headers-\([0-9][^-]*\(-[0-9]*\)\{0,1\}\)-$A_FLAVOUR\$/\1/p" | sort -V
}

# kernel_find SERIES: print the release that has the series and the version of its newest
# kernel, or nothing. Prefer this machine's release, whose compilers are installed.
kernel_find() {
    local release version
    for release in $(debian_host) $DEBIAN_RELEASES; do
        version=$(kernel_versions "$release" | grep -E "^${1//./\\.}[.-]" | tail -n 1) || continue
        echo "$release $version"
        return
    done
}

# kernel_list: print all series that Debian has for the architecture in use
kernel_list() {
    local release
    for release in $DEBIAN_RELEASES; do kernel_versions "$release"; done |
        grep -oE '^[0-9]+\.[0-9]+' | sort -uV | xargs
}

# kernel_series [SERIES]: print the series with "newest" and "default" resolved. "newest" is
# the newest that Debian has for the architecture in use, "default" the first of TEST_SERIES
# that this machine's release has; a row with its own kernel supports only that one, and
# "series".
kernel_series() {
    local series
    if [ -n "$A_SERIES" ]; then
        [ "${1:-}" != series ] || { echo series; return; }
        [ $# = 0 ] || [[ $1 = newest || $1 = default || $1 = "$A_SERIES" ]] ||
            die "SERIES=$1: $A_ROW supports a single kernel; leave SERIES unset"
        echo "$A_SERIES"
        return
    fi
    kernel_index
    case ${1:-newest} in
    default)
        for series in $TEST_SERIES; do
            [ "$series" != newest ] || series=$(kernel_series)
            ! kernel_versions "$(debian_host)" | grep -qE "^${series//./\\.}[.-]" || break
        done
        ;;
    newest)
        series=$(kernel_list)
        series=${series##* }
        [ -n "$series" ] || die "Debian has no kernel of flavour $A_FLAVOUR"
        ;;
    *) series=$1 ;;
    esac
    echo "$series"
}

# kernel_each SERIES...: print these series resolved, without duplicates
kernel_each() {
    local series
    for series; do kernel_series "$series"; done | sort -uV
}

# kernel_packages: print the packages from which the kernel in use is unpacked. Prefer the
# unsigned image, which requires no other package; from 7.0 on, modules and their lists are
# in separate packages.
kernel_packages() {
    local image=linux-image-$K_RELEASE
    if kernel_package "linux-modules-$K_RELEASE"; then
        kernel_package "linux-base-$K_RELEASE"
        image=linux-binary-$K_RELEASE
    fi
    kernel_package "${image/-$K_RELEASE/-unsigned-$K_RELEASE}" ||
        kernel_package "$image-unsigned" || kernel_package "$image" ||
        die "Debian has no package $image"
}
kernel_package() {
    apt_private "$K_SUITE" "$A_DEBIAN" apt-cache pkgnames "$1" | grep -x "$1"
}

kernel_fetched() {
    local host root common packages kbuild own
    host=$(dpkg --print-architecture)
    kernel_index
    read -r K_SUITE K_VERSION < <(kernel_find "$1") ||
        die "Debian has no $1 kernel of flavour $A_FLAVOUR; available are: $(kernel_list)"
    K_RELEASE=$K_VERSION-$A_FLAVOUR
    common=linux-headers-$K_VERSION-common
    root=$PVF_CACHE/linux/$K_VERSION
    K_BUILD=$root/usr/src/linux-headers-$K_RELEASE
    K_MODULES=$root/lib/modules/$K_RELEASE

    lock "linux-$1"
    # The headers of all architectures share one root, with the kbuild of this machine
    packages=$(kernel_packages)
    # shellcheck disable=SC2086 # words
    apt_unpack "$K_SUITE" "$A_DEBIAN" "$root" $packages "linux-headers-$K_RELEASE"
    kbuild=$(apt_private "$K_SUITE" "$A_DEBIAN" apt-cache depends "linux-headers-$K_RELEASE" |
        sed -n 's/.*Depends: \(linux-kbuild-[^:]*\).*/\1/p')
    apt_unpack "$K_SUITE" "$host" "$root" "$common" "$kbuild"
    # modpost uses structure layouts of the architecture that it was built for, so an i386
    # kernel requires an i386 modpost
    if [ "$A_DEBIAN" = i386 ] && [ "$host" = amd64 ]; then
        root_need "$K_SUITE" libc6-i386
        own=$PVF_CACHE/linux/$kbuild-$A_DEBIAN
        apt_unpack "$K_SUITE" "$A_DEBIAN" "$own" "$kbuild"
        K_MAKE=("MODPOST=$own/usr/lib/$kbuild/scripts/mod/modpost.real-lsb-32")
    fi
    # The kernel's makefile names /usr/src, but the package is unpacked elsewhere
    grep -qF "$root/usr/src" "$K_BUILD/Makefile" || sed -i "s,[^ =]*/usr/src/,$root/usr/src/," "$K_BUILD/Makefile"
    K_IMAGE=$(find "$root/boot/$A_IMAGE-$K_RELEASE" "$K_MODULES/$A_IMAGE"{,.unsigned} 2>/dev/null |
        head -n 1) || :
    [ -n "$K_IMAGE" ] || die "no $A_IMAGE in the packages ${packages//$'\n'/ }"
    unlock "linux-$1"
}
