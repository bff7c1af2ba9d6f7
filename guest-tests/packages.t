#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.t [RELEASE...]: test the Debian packages on these releases, or on each
# supported one: build them, check them with lintian, install them in a root of the
# release so that DKMS builds the module for its kernels, remove them. Boot the newest
# release as a system in QEMU, also with Secure Boot.

. "$(dirname "$0")/lib.sh"

FEATURES=confidential+attestation-report
SYSTEM_RELEASE=${DEBIAN_RELEASES##* }
SYSTEM_SECONDS=${SYSTEM_SECONDS:-240}

# host_row: print the row of the table of architectures with kernels for this machine
host_row() {
    awk -v d="$(dpkg --print-architecture)" '$2 == d { print $1; exit }' <<<"$ARCHES"
}

# release_kernels RELEASE: print its newest kernel of each tested series, oldest first
release_kernels() {
    local each series
    # shellcheck disable=SC2086 # a list of words
    each=$(kernel_each $TEST_SERIES)
    for series in $each; do
        kernel_versions "$1" | sed -n "/^${series//./\\.}[.-]/p" | tail -n 1
    done | sed "s/\$/-$A_FLAVOUR/"
}

# ---- The roots --------------------------------------------------------------
#
# BASE is a system with kernel headers, kept in the cache. ROOT is a copy of it, in
# which the packages are installed.

base_packages() {
    local kernels
    mapfile -t kernels < <(release_kernels "$1")
    printf 'linux-headers-%s\n' "${kernels[@]}"
    # Without it DKMS does not sign the module
    echo openssl
    [ "$1" != "$SYSTEM_RELEASE" ] ||
        printf '%s\n' "linux-image-${kernels[-1]}" systemd-sysv udev kmod pciutils
}

# The kernels of backports require the linux-base of backports. The dependencies of
# the packages are only downloaded, because their installation is part of the test.
make_base() {
    local pin='Package: linux-base\nPin: release n=*-backports\nPin-Priority: 500\n'
    make_root "$BASE" "$1" --include="$(paste -sd, <<<"$2")" \
        --setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\"" \
        --setup-hook="printf '$pin' >\"\$1/etc/apt/preferences.d/kernels\""
    # shellcheck disable=SC2016 # the inner shell's
    root_exec "$BASE" sh -c 'apt-get -q update && apt-get -qy install --download-only \
        --no-install-recommends "$@"' sh "${DEBS[@]}"
}

base_need() {
    local packages
    packages=$(base_packages "$1")
    apt_need mmdebstrap bubblewrap
    fresh "$BASE.complete" "$packages" && return
    step "Debian system of $1" make_base "$1" "$packages"
    stamp "$BASE.complete" "$packages"
}

in_root() { root_exec "$ROOT" "$@"; }

# ---- The packages -----------------------------------------------------------

# same_version: the changelog, the tool and its manual pages agree on the version
same_version() {
    echo "debian/changelog: $PVFEAT_VERSION"
    grep -x "VERSION = $PVFEAT_VERSION" "$PVF_TOP/tools/pvfeat/Makefile"
    grep "^\.TH .* \"pvfeat $PVFEAT_VERSION\" " "$PVF_TOP/tools/pvfeat/commands/pvfeat.1"
    grep "^\.TH .* \"pvfeat $PVFEAT_VERSION\" " "$PVF_TOP/tools/pvfeat/lib/libpvfeat.3"
}

# run_lintian RELEASE: no tag of level error or warning
run_lintian() {
    root_run "$1" lintian --allow-root --info --fail-on error,warning "$CHANGES"
}

# rebuild RELEASE: a rebuild without root and without a network is identical
rebuild() {
    local build=${CHANGES%/*} again=$PVF_TMP/again root=/ deb
    [ "$1" = "$(debian_host)" ] || root=$PVF_CACHE/root/$1
    rm -rf "$again"
    mkdir "$again"
    cp -a "$build/source" "$again"
    bwrap --unshare-all --uid 1000 --gid 1000 --ro-bind "$root" / --dev /dev --proc /proc \
        --tmpfs /tmp --tmpfs "$PVF_CACHE" --bind "$again" "$build" --chdir "$build/source" \
        env DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -b -us -uc
    for deb in "${DEBS[@]}"; do cmp "$deb" "$again/${deb##*/}"; done
}

# link_library RELEASE: a program builds with the contents of libpvfeat-dev alone
link_library() {
    local top=${CHANGES%/*}/libpvfeat-dev
    rm -rf "$top"
    dpkg-deb -x "${CHANGES%/*}"/libpvfeat-dev_*.deb "$top"
    echo '#include <libpvfeat.h>
        int main(void) { return !pvfeat_vfio_open; }' >"$top/program.c"
    # shellcheck disable=SC2016 # the inner shell's
    root_run "$1" env PKG_CONFIG_SYSROOT_DIR="$top" \
        PKG_CONFIG_PATH="$(echo "$top"/usr/lib/*/pkgconfig)" sh -c \
        'cc -o "$0/program" "$0/program.c" $(pkg-config --cflags --libs libpvfeat)' "$top"
}

# The maintainer script builds the module for every kernel if the running one is not
# among them. This machine's kernel might be; Linux 2.6 is not.
install_packages() {
    in_root setarch "$(uname -m)" --uname-2.6 \
        apt-get -qy install --no-install-recommends "${DEBS[@]}"
}

# tool_installed: the command runs; its manual pages and completion are installed
tool_installed() {
    in_root pvfeat --version | grep -w "$PVFEAT_VERSION"
    (cd "$ROOT/usr/share" &&
        ls man/man1/pvfeat.1.gz man/man3/libpvfeat.3.gz bash-completion/completions/pvfeat)
}

# module_installed KERNEL: DKMS has installed a signed pvfeat.ko for it, and no other module
module_installed() {
    in_root dkms status -m pvfeat -k "$1" | tee "$PVF_TMP/status"
    grep -q "^pvfeat/$PVFEAT_VERSION, $1, .*: installed" "$PVF_TMP/status"
    [[ $(in_root modinfo -k "$1" -F vermagic pvfeat) = "$1 "* ]]
    in_root modinfo -k "$1" -F alias pvfeat | grep '^pci:v00001AF4d000010F5'
    in_root modinfo -k "$1" -F signer pvfeat | grep DKMS
    (cd "$ROOT/lib/modules/$1/updates" && find . -type f) | tee "$PVF_TMP/modules"
    [[ $(<"$PVF_TMP/modules") =~ ^\./dkms/pvfeat\.ko(\.xz)?$ ]]
}

# silent COMMAND...: fails if the command prints anything. ("set -e" ignores "! grep".)
silent() {
    local out
    out=$("$@") || :
    echo "$out"
    [ -z "$out" ]
}

# refused LINE HEADERS MAKE-ARG...: make prints LINE once, and the compiler nothing
refused() {
    local out
    out=$(in_root make -C "$2" M="/usr/src/pvfeat-$PVFEAT_VERSION/driver" \
        "${@:3}" modules 2>&1) && return 1
    echo "$out"
    [ "$(grep -c "pvfeat requires" <<<"$out")" = 1 ]
    grep -q "\*\*\* $1" <<<"$out"
    silent grep 'error:\|warning:' <<<"$out"
}

# skipped KERNEL HEADERS: dkms exits with the status for an excluded kernel
skipped() {
    local status=0
    in_root dkms build -m pvfeat -v "$PVFEAT_VERSION" -k "$1" --kernelsourcedir "$2" || status=$?
    [ "$status" = 77 ]
}

# built_without_pci KERNEL: the driver builds with these headers without the configuration of
# PCI. The module then has aliases for DeviceTree and ACPI, but not for PCI.
built_without_pci() {
    # shellcheck disable=SC2016 # the inner shell's
    in_root sh -ec 'cp -a "/usr/src/linux-headers-$1" /usr/src/no-pci
        sed -i "/^CONFIG_PCI=/d" /usr/src/no-pci/include/config/auto.conf
        sed -i "/^#define CONFIG_PCI /d" /usr/src/no-pci/include/generated/autoconf.h
        cp -a "/usr/src/pvfeat-$2" /usr/src/driver-no-pci
        make -C /usr/src/no-pci M=/usr/src/driver-no-pci/driver modules
        modinfo /usr/src/driver-no-pci/driver/pvfeat.ko >/tmp/modinfo
        cat /tmp/modinfo
        grep -q "^alias: *of:" /tmp/modinfo
        ! grep -q "^alias: *pci:" /tmp/modinfo
        rm -r /usr/src/no-pci /usr/src/driver-no-pci /tmp/modinfo' sh "$1" "$PVFEAT_VERSION"
}

# driver_files: list the driver's files of DKMS and of the package
driver_files() {
    find "$ROOT"/{var/lib/dkms,usr/src,lib/modules/*} -iname '*pvfeat*' -o -name updates
    grep -l pvfeat "$ROOT"/lib/modules/*/modules.*
}

remove_driver() {
    driver_files
    in_root apt-get -qy remove pvfeat-dkms
    silent driver_files
}

purge_packages() {
    in_root apt-get -qy purge pvfeat-dkms pvfeat libpvfeat-dev
    silent find "$ROOT"/{boot,etc,opt,usr,var} -iname '*pvfeat*'
}

# ---- The system -------------------------------------------------------------

# make_image: create a disk from ROOT with the guest side of this test
make_image() {
    local folder=$ROOT/opt/packages.t units=$ROOT/etc/systemd/system
    cat >"$PVF_TMP/packages-test.service" <<'END'
[Unit]
Description=Guest side of packages.t
SuccessAction=poweroff
FailureAction=poweroff

[Service]
Type=oneshot
ExecStart=/bin/sh /opt/packages.t/system
END
    # shellcheck disable=SC2046 # words
    {
        $(as_root) mkdir -p "$folder" "$units/multi-user.target.wants"
        $(as_root) cp "$PVF_TOP"/guest-tests/guest/{tap.sh,system} "$folder"
        $(as_root) cp "$PVF_TMP/packages-test.service" "$units"
        $(as_root) ln -s ../packages-test.service "$units/multi-user.target.wants"
        $(as_root) mke2fs -q -t ext4 -d "$ROOT" "$PVF_TMP/disk" 3G
        $(as_root) cp "$ROOT/boot"/{vmlinuz,initrd.img}-"$K_RELEASE" "$PVF_TMP"
        $(as_root) chmod a+rw "$PVF_TMP"/{disk,vmlinuz,initrd.img}*
        $(as_root) rm -r "$folder" "$units"/{,multi-user.target.wants/}packages-test.service
    }
}

# command_line CASE: print the kernel's command line; the cases are in guest-tests/guest/system
command_line() {
    echo "console=$A_CONSOLE panic=-1 root=/dev/vda ro quiet" \
        "systemd.mask=serial-getty@$A_CONSOLE.service packages.t=$1 features=$FEATURES" \
        "no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1"
}

# boot NAME QEMU-ARG...: boot the disk and report the results of the guest
boot() {
    local name=$1 log=$PVF_TMP/console failed=$TAP_FAILED
    shift
    strictly timeout --foreground "$SYSTEM_SECONDS" "$G_QEMU" -accel "${ACCEL:-tcg}" \
        -cpu "${CPU:-$A_CPU}" -m 1024 -smp 2 -nodefaults -no-reboot -display none -serial stdio \
        -drive "file=$PVF_TMP/disk,format=raw,if=none,id=disk,snapshot=on" \
        -device virtio-blk-pci,drive=disk \
        -device "paravisor-pci,features=$FEATURES" "$@" >"$log" 2>&1 </dev/null
    [ "$STRICT_STATUS" = 0 ] || echo "QEMU ended with status $STRICT_STATUS" >>"$log"
    guest_results "$name" "$log"
    [ "$TAP_FAILED" = "$failed" ] || guest_console "$name" "$log"
}

# make_esp CASE: create a system partition as in a Debian system, with signed shim, GRUB and
# kernel
make_esp() {
    local esp=$PVF_TMP/esp
    printf '%s\n' "linux /vmlinuz $(command_line "$1")" "initrd /initrd.img" boot \
        >"$PVF_TMP/grub.cfg"
    rm -f "$esp"
    truncate -s 96M "$esp"
    mformat -i "$esp" -F ::
    mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/debian
    mcopy -i "$esp" "$SHIM/usr/lib/shim/shimx64.efi.signed" ::/EFI/BOOT/BOOTX64.EFI
    mcopy -i "$esp" "$SHIM/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" \
        ::/EFI/BOOT/grubx64.efi
    mcopy -i "$esp" "$PVF_TMP/grub.cfg" ::/EFI/debian/grub.cfg
    mcopy -i "$esp" "$PVF_TMP/vmlinuz-$K_RELEASE" ::/vmlinuz
    mcopy -i "$esp" "$PVF_TMP/initrd.img-$K_RELEASE" ::/initrd.img
}

# enroll_key: add the key to the firmware's variables, as MokManager does after "mokutil
# --import"
enroll_key() {
    in_root openssl x509 -inform DER -in /var/lib/dkms/mok.pub >"$PVF_TMP/mok.pem"
    virt-fw-vars --input "$OVMF/OVMF_VARS_4M.ms.fd" --output "$PVF_TMP/vars" \
        --add-mok "$(</proc/sys/kernel/random/uuid)" "$PVF_TMP/mok.pem"
}

# boot_secure NAME: boot with the firmware's variables in the file vars
boot_secure() {
    boot "$1" -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
        -drive "if=pflash,unit=0,format=raw,readonly=on,file=$OVMF/OVMF_CODE_4M.secboot.fd" \
        -drive "if=pflash,unit=1,format=raw,file=$PVF_TMP/vars" \
        -drive "file=$PVF_TMP/esp,format=raw,if=none,id=esp,snapshot=on" \
        -device virtio-blk-pci,drive=esp,bootindex=0
}

test_secure_boot() {
    OVMF=/usr/share/OVMF
    SHIM=$PVF_CACHE/linux/shim-$SYSTEM_RELEASE
    apt_need ovmf mtools python3-virt-firmware
    apt_unpack "$SYSTEM_RELEASE" amd64 "$SHIM" shim-signed grub-efi-amd64-signed
    tap_run "Secure Boot: create a system partition" make_esp rejected
    cp "$OVMF/OVMF_VARS_4M.ms.fd" "$PVF_TMP/vars"
    boot_secure "Secure Boot, key not enrolled"
    tap_run "Secure Boot: enroll the key of DKMS" enroll_key
    tap_run "Secure Boot: create another system partition" make_esp loaded
    boot_secure "Secure Boot, key enrolled"
}

test_system() {
    G_QEMU=$("$PVF_TOP/scripts/build-qemu.sh" "$A_QEMU")/run/qemu-system-$A_QEMU
    K_RELEASE=$1
    tap_run "system: create an image" make_image
    boot "system" -machine "$A_MACHINE" -kernel "$PVF_TMP/vmlinuz-$K_RELEASE" \
        -initrd "$PVF_TMP/initrd.img-$K_RELEASE" -append "$(command_line loaded)"
    [ "$A_NAME" != x86_64 ] || test_secure_boot
}

# ---- All of it --------------------------------------------------------------

# test_release RELEASE: test the packages on that release
test_release() {
    local kernels kernel headers
    BASE=$PVF_CACHE/root/packages-$1
    ROOT=$BASE.copy
    mapfile -t DEBS < <("$PVF_TOP/scripts/build-deb.sh" "$1")
    [ ${#DEBS[@]} = 4 ] || die "build-deb.sh $1 printed: ${DEBS[*]}"
    CHANGES=${DEBS[0]} DEBS=("${DEBS[@]:1}")
    root_need "$1" lintian
    apt_need bubblewrap
    tap_run "$1: lintian finds nothing" run_lintian "$1"
    tap_run "$1: the build requires neither root nor network and is reproducible" rebuild "$1"
    tap_run "$1: a program links with libpvfeat" link_library "$1"

    lock "packages-$1"
    base_need "$1"
    mapfile -t kernels < <(release_kernels "$1")
    # shellcheck disable=SC2046 # words
    { $(as_root) rm -rf "$ROOT"; $(as_root) cp -a --reflink=auto "$BASE" "$ROOT"; }
    tap_run "$1: the packages can be installed" install_packages
    tap_run "$1: tool, manual pages and completion are installed" tool_installed
    for kernel in "${kernels[@]}"; do
        tap_run "$1: DKMS has installed the module for $kernel" module_installed "$kernel"
    done

    headers=/lib/modules/${kernels[0]}/build
    tap_run "$1: make refuses Linux 5.10 with one error message" refused \
        "pvfeat requires Linux 6.1 or later, and this is 5\.10\." "$headers" \
        VERSION=5 PATCHLEVEL=10
    tap_run "$1: DKMS skips Linux 5.10" skipped 5.10.0-1 "$headers"
    tap_run "$1: DKMS skips Linux 6.0" skipped 6.0.0-1 "$headers"
    tap_run "$1: make builds the driver without PCI" built_without_pci "${kernels[0]}"

    [ "$1" != "$SYSTEM_RELEASE" ] || test_system "${kernels[-1]}"
    tap_run "$1: removal of the driver is complete" remove_driver
    tap_run "$1: purge of the packages is complete" purge_packages
    # shellcheck disable=SC2046
    $(as_root) rm -rf "$ROOT"
    unlock "packages-$1"
}

checkout() { git -C "$PVF_TOP" status --porcelain --ignored >"$PVF_TMP/checkout.$1"; }
unchanged() {
    checkout after
    diff "$PVF_TMP"/checkout.{before,after}
}

arch_use "$(host_row)"
PVFEAT_VERSION=$(dpkg-parsechangelog -l "$PVF_TOP/debian/changelog" -S Version)
checkout before
[ $# -gt 0 ] || read -ra RELEASES <<<"$DEBIAN_RELEASES"
tap_run "the version is the same everywhere" same_version
for release in "${@:-${RELEASES[@]}}"; do test_release "$release"; done
tap_run "the checkout is unchanged" unchanged
tap_done
