#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-qemu.sh TARGET[-VARIANT] [NINJA-TARGET...]
# build-qemu.sh --source: only fetch the source and print its folder
# build-qemu.sh --overlay FOLDER: only fetch the source, print its folder, and write all files
#     that this project adds to it or changes in it to FOLDER
#
# Fetch QEMU, add this project's files and build qemu-system-TARGET and the given
# NINJA-TARGETs with a small set of devices. Prints the build folder; the program to run
# is in its folder run/ and finds Debian's firmware.
# QEMU= is the version to fetch, such as those of QEMU_VERSIONS in arch.sh. QEMU_SRC= names
# a QEMU source tree to use instead, which is copied and not modified.
#
# Variants: "sanitize" aborts on the first memory error or undefined behaviour and includes
# the fuzzers, each as run/fuzz-NAME with the arguments of libFuzzer; "coverage" writes
# counts for gcov to the build folder. QEMU_VARIANT= is the default variant.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

name=${1:?usage: build-qemu.sh TARGET[-VARIANT] [NINJA-TARGET...], --source or --overlay FOLDER}
fetch_only='' overlay_only=''
case $name in
--source) fetch_only=yes name=x86_64 ;;
--overlay)
    fetch_only=yes name=x86_64 overlay_only=${2:?--overlay requires a folder}
    shift
    ;;
esac
[[ $name = *-* ]] || name+=${QEMU_VARIANT:+-$QEMU_VARIANT}
target=${name%%-*}
shift
set -- "qemu-system-$target" "$@"
packages=() options=() fuzzers=''
case ${name#"$target"} in
'') ;;
-sanitize)
    packages=(clang llvm libclang-rt-dev)
    options=(--cc=clang --enable-asan --enable-ubsan --enable-fuzzing
        '--extra-cflags=-O1 -gline-tables-only -fno-omit-frame-pointer -fno-sanitize-recover=undefined')
    fuzzers=$QEMU_FUZZERS
    set -- "$@" "qemu-fuzz-$target"
    ;;
-coverage) options=(--enable-gcov) ;;
*) die "$name: the variants are sanitize and coverage" ;;
esac
# Required by guest-tests/kinds/evidence.sh and uefi.sh
[[ $target != x86_64 && $target != aarch64 ]] || options+=(--enable-tpm)
own='' version=${QEMU:-${QEMU_VERSIONS%% *}} fitting=${QEMU_VERSIONS// /, }
if [ -z "${QEMU_SRC:-}" ]; then
    [[ $version =~ ^[0-9]+\.[0-9]+$ ]] || die "QEMU=$version: not a version such as $fitting"
else
    [ "${QEMU:-own}" = own ] || die "QEMU=$QEMU and QEMU_SRC= are mutually exclusive"
    [ -f "$QEMU_SRC/qemu-options.hx" ] || die "QEMU_SRC=$QEMU_SRC: not a QEMU source tree"
    QEMU_SRC=$(cd "$QEMU_SRC" && pwd)
    own=own-$(sha256sum <<<"$QEMU_SRC" | cut -c1-8)
fi
build=$PVF_CACHE/build/qemu-$name-${own:-$version}
stage=$PVF_CACHE/stage/qemu-${own:-$version}
pristine=$PVF_CACHE/src/qemu-${own:-$version}
conformance=(tools/pvfeat/conformance/conformance.{c,h} tools/pvfeat/lib/{libpvfeat.h,transport.h,function.c}
    driver/pvfeat_table.{c,h})

# source_version: print the newest version of Debian's source package of QEMU $version
source_version() {
    local host found
    host=$(dpkg --print-architecture)
    apt_index source "$host"
    found=$(apt_private source "$host" apt-cache showsrc --only-source qemu |
        sed -n "s/^Version: \(1:${version/./\\.}\.[^~]*\(~bpo[^~]*\)\{0,1\}\)\$/\1/p" | sort -uV | tail -n 1)
    [ -n "$found" ] || die "Debian has no source of QEMU $version; the patches are for $fitting"
    echo "$found"
}

# configure requires the firmware files, which a tarball lacks: create empty ones
stage_blobs() {
    local name
    sed -n "s/^ *'\(edk2-.*\.fd\)',\$/\1/p" "$1/pc-bios/meson.build" |
    while read -r name; do
        [ -f "$1/pc-bios/$name.bz2" ] || bzip2 </dev/null >"$1/pc-bios/$name.bz2"
    done
}

# lay_patches DIR PATCH...: apply the patches; each must apply without fuzz
lay_patches() {
    local p
    for p in "${@:2}"; do
        # One that only adds files
        grep -q '^diff ' "$p" || continue
        patch -s -p1 -F0 --no-backup-if-mismatch -d "$1" <"$p" >/dev/null ||
            die "${p##*/} does not apply to QEMU $(<"$pristine/VERSION"); the patches are for $fitting"
    done
}

# make_overlay DIR: write the final version of all files that this project adds to or changes
# in the tree. Patches for a single series of QEMU are applied last, because they may change
# this project's own files.
make_overlay() {
    local overlay=$1 hooks=("$PVF_TOP"/qemu/patches/{fixes,series,local}/*.patch) series file this
    this=$(cut -d. -f1,2 "$pristine/VERSION")
    [[ " $QEMU_VERSIONS " = *" $this "* ]] || say "QEMU $this is not tested; the patches are for $fitting"
    mapfile -t series < <(find "$PVF_TOP/qemu/patches/$this" -name '*.patch' 2>/dev/null | sort)
    cd "$pristine"
    cat "${hooks[@]}" "${series[@]}" | sed -n 's,^+++ b/,,p' | sort -u |
    while read -r file; do
        [ ! -f "$file" ] || cp --parents -t "$overlay" "$file"
    done
    lay_patches "$overlay" "${hooks[@]}"
    cp -r "$PVF_TOP"/qemu/*/ "$overlay"
    rm -r "$overlay/patches"
    mkdir -p "$overlay"/{include/standard-headers/linux,tests/qtest/fuzz,target/i386}
    cp "$PVF_TOP"/include/linux/pvfeat-*.h "$overlay/include/standard-headers/linux"
    cp "$PVF_TOP"/host-tests/qtest/paravisor-*-test.c "$overlay/tests/qtest"
    cp "$PVF_TOP"/host-tests/fuzz/paravisor-fuzz.c "$overlay/tests/qtest/fuzz"
    cp "$PVF_TOP"/host-tests/qtest/paravisor-pci-hostile.c "$overlay/hw/misc"
    cp "$PVF_TOP"/host-tests/qtest/vbs-guest* "$overlay/target/i386"
    lay_patches "$overlay" "${series[@]}"
    # Sources that the conformance test shares with programs for the guest
    mkdir -p "$overlay/tests/qtest/pvfeat/include/linux"
    cp "$PVF_TOP"/include/linux/pvfeat-*.h "$overlay/tests/qtest/pvfeat/include/linux"
    (cd "$PVF_TOP" && cp "${conformance[@]}" "$overlay/tests/qtest/pvfeat")
    "$PVF_TOP/scripts/check-spec.py" requirements \
        >"$overlay/tests/qtest/pvfeat/requirements.h"
}

# have_source: fetch the tree, or copy the user's
have_source() {
    local found
    if [ -n "$own" ]; then
        apt_need rsync
        mkdir -p "$pristine"
        step "QEMU source from $QEMU_SRC" rsync --archive --delete \
            --exclude .git --exclude /build "$QEMU_SRC/" "$pristine"
        [ ! -d "$stage" ] || rsync --archive --checksum "$pristine/" "$stage"
    elif [ ! -d "$pristine" ]; then
        found=$(source_version)
        apt_source "qemu=$found" "$pristine"
    fi
    stage_blobs "$pristine"
}

# Write only files whose content changed, so that little is rebuilt
stage_source() {
    local overlay file
    overlay=$(mktemp -d -p "$PVF_TMP")
    if [ ! -d "$stage" ]; then
        rm -rf "$stage.part"
        mkdir -p "$(dirname "$stage")"
        cp -a "$pristine" "$stage.part"
        mv "$stage.part" "$stage"
    fi
    make_overlay "$overlay"
    cd "$overlay"
    # Revert files that only an earlier state of the checkout added or changed
    if [ -f "$stage/.pvfeat" ]; then
        while read -r file; do
            [ -e "$file" ] && continue
            rm -f "$stage/$file"
            [ ! -e "$pristine/$file" ] || cp "$pristine/$file" "$stage/$file"
        done <"$stage/.pvfeat"
    fi
    find . -type f >"$stage/.pvfeat"
    while read -r file; do
        cmp -s "$file" "$stage/$file" && continue
        mkdir -p "$(dirname "$stage/$file")"
        cp "$file" "$stage/$file"
    done <"$stage/.pvfeat"
}

configure_build() {
    rm -rf "$build"
    mkdir -p "$build"
    cd "$build"
    "$stage/configure" --python=/usr/bin/python3 \
        --target-list="$target-softmmu" \
        --without-default-features --without-default-devices \
        "--with-devices-$target=pvfeat" --enable-tcg --enable-kvm \
        --enable-fdt=system --disable-docs --disable-install-blobs \
        --disable-werror --disable-download "${options[@]}"
}

make_runners() {
    local fuzzer
    mkdir -p "$build/run"
    cd "$build/run"
    cat >"qemu-system-$target" <<END
#!/bin/sh
exec '$build/qemu-system-$target' -L /usr/share/qemu -L /usr/share/seabios "\$@"
END
    for fuzzer in $fuzzers; do
        cat >"fuzz-$fuzzer" <<END
#!/bin/sh
exec '$build/qemu-fuzz-$target' --fuzz-target=$fuzzer "\$@"
END
    done
    chmod +x ./*
    # A fuzzer does not accept QEMU's options; it looks for firmware here
    [ -z "$fuzzers" ] ||
        ln -sf /usr/share/{qemu,seabios}/*.bin ../qemu-bundle/usr/local/share/qemu
}

key=$(hash_of qemu include host-tests/qtest host-tests/fuzz/paravisor-fuzz.c scripts/build-qemu.sh "${conformance[@]}" \
    spec/pci-device.md scripts/check-spec.py)
built=$build/.built-$(tr -c '[:alnum:]\n' - <<<"$*")
configured=$(hash_of "qemu/configs/devices/$target-softmmu")-$(declare -f configure_build |
    cat - <(echo "${options[@]}") | sha256sum | cut -c1-16)
lock "qemu-${own:-$version}"
if [ "$fetch_only" ]; then
    have_source
    [ -z "$overlay_only" ] || (make_overlay "$overlay_only")
    echo "$pristine"
    exit
fi
# Always build the user's own tree, because it may have changed (ninja decides what to
# rebuild). Check the stage's key as well, because another checkout may have staged its files.
if [ -n "$own" ] || ! fresh "$built" "$key" || ! fresh "$stage/.key" "$key"; then
    apt_need build-essential ninja-build pkg-config flex bison python3-venv \
        bzip2 xz-utils patch libglib2.0-dev libpixman-1-dev libfdt-dev \
        device-tree-compiler qemu-system-data seabios 'meson>=1.5' 'python3-pycotap>=1.1' "${packages[@]}"
    have_source
    stage_source
    stamp "$stage/.key" "$key"
    if ! fresh "$build/.configured" "$configured"; then
        step "QEMU ${own:-$version} for $name: configure" configure_build
        stamp "$build/.configured" "$configured"
    fi
    step "QEMU ${own:-$version} for $name: build" ninja -j "$PVF_JOBS" -C "$build" "$@"
    make_runners
    stamp "$built" "$key"
fi
echo "$build"
