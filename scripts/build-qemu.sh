#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-qemu.sh TARGET[-VARIANT] [NINJA-TARGET...]
#
# Fetch QEMU, lay this project's files over it and build qemu-system-TARGET (or
# what else is named) with a small set of devices. Prints the build folder; the
# program to run is in run/ there, and knows where Debian keeps the firmware.
# QEMU_SRC= names a QEMU tree of your own; it is copied, not changed.
#
# Variants: "sanitize" stops at the first error of memory or of undefined
# behaviour, and has the fuzzers too, each as run/fuzz-NAME, which takes
# libFuzzer's arguments; "coverage" leaves counts for gcov in the build folder.
# QEMU_VARIANT= names one for those who name none.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

name=${1:?usage: build-qemu.sh TARGET[-VARIANT] [NINJA-TARGET...]}
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
own=''
if [ -n "${QEMU_SRC:-}" ]; then
    [ -f "$QEMU_SRC/qemu-options.hx" ] || die "QEMU_SRC=$QEMU_SRC is no folder with QEMU's source"
    QEMU_SRC=$(cd "$QEMU_SRC" && pwd)
    own=-own-$(sha256sum <<<"$QEMU_SRC" | cut -c1-8)
fi
build=$PVF_CACHE/build/qemu-$name$own
stage=$PVF_CACHE/stage/qemu$own
pristine=$PVF_CACHE/src/qemu$own
conformance=(tools/pvfeat/{conformance,libpvfeat}.h tools/pvfeat/{conformance,function}.c
    driver/pvfeat_table.{c,h})

# Where a tree has no firmware (the tarball), configure wants some to be there
stage_blobs() {
    local name
    sed -n "s/^ *'\(edk2-.*\.fd\)',\$/\1/p" "$1/pc-bios/meson.build" |
    while read -r name; do
        [ -f "$1/pc-bios/$name.bz2" ] || bzip2 </dev/null >"$1/pc-bios/$name.bz2"
    done
}

# The files that this project adds to or changes in the tree, as they shall be
make_overlay() {
    local overlay=$1 p
    cat "$PVF_TOP"/qemu/patches/*.patch | sed -n 's,^+++ b/,,p' | sort -u |
        (cd "$pristine" && xargs cp --parents -t "$overlay")
    for p in "$PVF_TOP"/qemu/patches/*.patch; do
        patch -s -p1 -F0 -d "$overlay" <"$p" >&2 ||
            die "${p##*/} does not fit QEMU $(<"$pristine/VERSION"); the patches are for 10.0"
    done
    cp -r "$PVF_TOP"/qemu/*/ "$overlay"
    rm -r "$overlay/patches"
    mkdir -p "$overlay"/{include/standard-headers/linux,tests/qtest/fuzz}
    cp "$PVF_TOP"/include/linux/pvfeat-*.h "$overlay/include/standard-headers/linux"
    cp "$PVF_TOP"/host-tests/paravisor-*-test.c "$overlay/tests/qtest"
    cp "$PVF_TOP"/host-tests/paravisor-fuzz.c "$overlay/tests/qtest/fuzz"
    cp "$PVF_TOP"/host-tests/paravisor-pci-hostile.c "$overlay/hw/misc"
    # What the conformance test shares with programs for the guest
    mkdir -p "$overlay/tests/qtest/pvfeat/include/linux"
    cp "$PVF_TOP"/include/linux/pvfeat-*.h "$overlay/tests/qtest/pvfeat/include/linux"
    (cd "$PVF_TOP" && cp "${conformance[@]}" "$overlay/tests/qtest/pvfeat")
    "$PVF_TOP/scripts/check-spec.py" requirements \
        >"$overlay/tests/qtest/pvfeat/requirements.h"
}

# Only files whose content changed are touched, so that little is built again
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
    # What an earlier state of the checkout had and this one has no more
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
    # A fuzzer takes no options of QEMU's; it looks for firmware here
    [ -z "$fuzzers" ] ||
        ln -sf /usr/share/{qemu,seabios}/*.bin ../qemu-bundle/usr/local/share/qemu
}

key=$(hash_of qemu include host-tests scripts/build-qemu.sh "${conformance[@]}" \
    spec/pci-device.md scripts/check-spec.py)
built=$build/.built-$(tr -c '[:alnum:]\n' - <<<"$*")
configured=$(hash_of scripts/build-qemu.sh "qemu/configs/devices/$target-softmmu")
lock qemu
# A tree of the user's own may have changed (ninja knows), and another checkout may
# have laid its own files over the tree meanwhile
if [ -n "$own" ] || ! fresh "$built" "$key" || ! fresh "$stage/.key" "$key"; then
    apt_need build-essential ninja-build pkg-config flex bison python3-venv \
        bzip2 xz-utils patch libglib2.0-dev libpixman-1-dev libfdt-dev \
        qemu-system-data seabios 'meson>=1.5' 'python3-pycotap>=1.1' "${packages[@]}"
    if [ -n "$own" ]; then
        apt_need rsync
        mkdir -p "$pristine"
        step "QEMU source from $QEMU_SRC" rsync --archive --delete \
            --exclude .git --exclude /build "$QEMU_SRC/" "$pristine"
        stage_blobs "$pristine"
        [ ! -d "$stage" ] || rsync --archive --checksum "$pristine/" "$stage"
    else
        apt_source qemu "$pristine"
        stage_blobs "$pristine"
    fi
    stage_source
    stamp "$stage/.key" "$key"
    if ! fresh "$build/.configured" "$configured"; then
        step "QEMU for $name: configure" configure_build
        stamp "$build/.configured" "$configured"
    fi
    step "QEMU for $name: build" ninja -j "$PVF_JOBS" -C "$build" "$@"
    make_runners
    stamp "$built" "$key"
fi
echo "$build"
