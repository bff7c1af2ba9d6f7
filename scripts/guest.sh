# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real guests: the QEMU built here, a stock Debian kernel, and an initramfs with the module
# and programs from Debian packages, or built from source where Debian has none. Source
# this file after lib.sh.

. "$PVF_TOP/scripts/arch.sh"

# A guest's packages from Debian, and the stock modules that it may load if its kernel has
# them
GUEST_PACKAGES='busybox-static kmod pciutils'
GUEST_MODULES='virtio_pci vfio-pci vfio_iommu_type1 virtio_rng virtio_blk pvpanic-pci tsm_report tpm_tis'

# guest_use ARCH SERIES: build what is missing and set G_QEMU, G_INITRD, G_TOOL (the build
# folder of pvfeat), G_HOST (a command for GUEST_HOST), A_*, K_*. GUEST_SERIES= overrides
# SERIES; with COVERAGE= the guest's pvfeat is built for gcov.
guest_use() {
    local qemu driver lspci key root packages series
    arch_use "$1"
    series=$(kernel_series "${GUEST_SERIES:-$2}")
    root=$PVF_CACHE/guest/$A_NAME
    qemu=$("$PVF_TOP/scripts/build-qemu.sh" "$A_QEMU")
    driver=$PVF_TMP/built-in
    if [ "$series" = series ]; then
        mkdir -p "$driver"
    else
        driver=$("$PVF_TOP/scripts/build-driver.sh" "$A_ROW" "$series")
    fi
    lspci=$("$PVF_TOP/scripts/build-pciutils.sh" "$A_NAME")/bin/lspci
    G_TOOL=$("$PVF_TOP/scripts/build-pvfeat.sh" "$A_NAME" ${COVERAGE:+coverage})
    lock "guest-$A_NAME"
    packages=("${A_PACKAGES[@]}")
    [ "$A_FIRMWARE" = - ] || packages+=("$A_FIRMWARE")
    apt_need cpio kmod "${packages[@]}"
    kernel_use "$series"
    G_QEMU=$qemu/run/qemu-system-$A_QEMU
    # shellcheck disable=SC2034 # for tests to use
    G_HOST="env PYTHONPATH=$(sed -n 's/^SRC_PATH=//p' "$qemu/config-host.mak")/python
        /usr/bin/python3 $PVF_TOP/guest-tests/host.py"
    G_INITRD=$PVF_CACHE/guest/$A_BUILD-$series${COVERAGE:+-coverage}.cpio
    key=$(hash_of driver include scripts tools spec/pci-device.md guest-tests/guest/reader.c guest-tests/modules)-$K_RELEASE
    if ! fresh "$G_INITRD.key" "$key"; then
        if [ "$A_RELEASED" ]; then
            # shellcheck disable=SC2086 # a list of words
            apt_tree "$(debian_host)" "$A_DEBIAN" "$root" $GUEST_PACKAGES
        else
            root=$("$PVF_TOP/scripts/build-userland.sh" "$A_NAME")
        fi
        step "Initramfs for $K_RELEASE" make_initrd "$root" "$driver" "$lspci" "$G_TOOL/pvfeat"
        stamp "$G_INITRD.key" "$key"
    fi
    unlock "guest-$A_NAME"
}

# guest_folder FOLDER [NAME...]: create the folder that guest_run() packs, with the init
# process and these files of guest-tests/guest; the caller adds the script "main"
guest_folder() {
    local folder=$1 name
    shift
    mkdir -p "$folder/guest"
    cp "$PVF_TOP/guest-tests/guest/init" "$folder/init"
    for name in tap.sh "$@"; do
        cp "$PVF_TOP/guest-tests/guest/$name" "$folder/guest"
    done
}

pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); }

make_initrd() {
    local root=$1 driver=$2 top modules name path ids
    top=$(mktemp -d -p "$PVF_TMP")
    cp -a "$root/." "$top"
    rm -rf "$top"/usr/share/{doc,man,locale,info,lintian,bug,bash-completion} \
        "$top"/usr/lib/*/gconv "$top/.unpacked"
    mkdir -p "$top"/{proc,sys,dev,tmp,run,root,usr/bin}

    # Debian's lspci stays in /usr/bin, after the patched one in PATH
    install -D -t "$top/usr/local/bin" "$3" "$4"
    ids=usr/share/misc/pci.ids
    awk -f "$PVF_TOP/tools/pciutils/pci-ids.awk" \
        "$PVF_TOP/tools/pciutils/pci.ids" "$root/$ids" >"$top/$ids"

    # The listed stock modules with their dependencies, and this project's modules
    modules=$top/lib/modules/$K_RELEASE
    mkdir -p "$modules/extra"
    depmod -b "${K_MODULES%/lib/modules/*}" "$K_RELEASE"
    for name in $GUEST_MODULES; do
        /sbin/modprobe -d "${K_MODULES%/lib/modules/*}" -S "$K_RELEASE" \
            --show-depends "$name" || echo "this kernel has no $name" >&2
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u |
    while read -r path; do
        mkdir -p "$(dirname "$modules/${path#*"$K_RELEASE/"}")"
        cp "$path" "$modules/${path#*"$K_RELEASE/"}"
    done
    find "$driver" -name '*.ko' -exec cp -t "$modules/extra" {} +
    "${A_CROSS}gcc" -static -O2 -Wall -Wextra -Werror -I "$PVF_TOP/include" \
        -I "$PVF_TOP/driver" -I "$PVF_TOP/guest-tests/modules" -o "$top/usr/bin/reader" \
        "$PVF_TOP/guest-tests/guest/reader.c" "$PVF_TOP/driver/pvfeat_table.c"
    cp "$K_MODULES"/modules.{builtin,builtin.modinfo,order} "$modules"
    depmod -b "$top" "$K_RELEASE"

    mkdir -p "$(dirname "$G_INITRD")"
    pack "$top" >"$G_INITRD.part"
    mv "$G_INITRD.part" "$G_INITRD"
}

# host_clock: print the kernel option with the frequency of the host's time stamp counter,
# which TCG's guests use. /proc/cpuinfo is the fallback: on a processor with variable
# frequency it contains only the current one.
host_clock() {
    local base=/sys/devices/system/cpu/cpu0/cpufreq/base_frequency
    if [ -r "$base" ]; then
        echo "tsc_early_khz=$(cat "$base")"
    else
        awk '/^cpu MHz/ { printf "tsc_early_khz=%d", $4 * 1000; exit }' /proc/cpuinfo
    fi
}

# guest_run SECONDS FOLDER QEMU-ARG...: boot with the files of FOLDER, including /init, added
# to the initramfs, and the console on standard input and output. GUEST_HOST=, if set, is
# a command that starts QEMU; GUEST_EXTRA= is another archive for the initramfs.
guest_run() {
    local seconds=$1 folder=$2 initrd clock=''
    shift 2
    # On microvm Linux has only a PIT to calibrate the TSC, which fails on a busy host; then
    # it hangs
    [[ ${MACHINE:-$A_MACHINE} != microvm* ]] || clock=$(host_clock)
    initrd=$(mktemp -p "$PVF_TMP")
    { cat "$G_INITRD" ${GUEST_EXTRA:+"$GUEST_EXTRA"}; pack "$folder"; } >"$initrd"
    # shellcheck disable=SC2086 # a command and its arguments
    timeout --foreground "$seconds" ${GUEST_HOST:-} "$G_QEMU" \
        -machine "${MACHINE:-$A_MACHINE}" -accel "${ACCEL:-tcg}" -cpu "${CPU:-$A_CPU}" \
        -m "${MEMORY:-512}" -smp "${SMP:-2}" -nodefaults -no-reboot -display none -serial stdio \
        -kernel "$K_IMAGE" -initrd "$initrd" \
        -append "console=$A_CONSOLE panic=-1 $clock ${APPEND:-}" "$@"
}

# guest_output LOG: print the output of the guest's script, without the boot messages
guest_output() { tr -d '\r' <"$1" | sed -n '/^@@begin$/,/^@@end/{/^@@/!p}'; }

# guest_status LOG: print the script's exit status; fails if the script did not finish
guest_status() { tr -d '\r' <"$1" | sed -n 's/^@@end //p' | grep . ; }
