#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# linux.t SERIES: the patches of "make series" for Linux: documentation and KUnit in the tree,
# and for "newest" warnings, the driver as a module, and that each step builds. check.t tests
# their style.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

arch_use x86_64
series=$(kernel_series "${1:?usage: linux.t SERIES}")
name=series-$series
[ "$series" != "$(kernel_series newest)" ] || name=series
apt_need python3-sphinx sparse
root_need trixie dt-schema build-essential flex bison
tree=$("$PVF_TOP/scripts/kunit.sh" "$name" tree)
names=("linux/$series")
[ "$name" != series ] || names+=(linux/rfc)
any_identity
"$PVF_TOP/scripts/series.sh" --out "$PVF_TMP/series" "${names[@]}"
patches=()
for each in "${names[@]}"; do
    for patch in "$PVF_TMP/series/$each"/0*.patch; do
        [[ $patch == */0000-* ]] || patches+=("$patch")
    done
done
own=(drivers/misc/pvfeat/ samples/pvfeat/)

kernel_doc() {
    local out
    cd "$tree"
    out=$(scripts/kernel-doc -none -Wall drivers/misc/pvfeat/*.[ch] include/linux/pvfeat.h 2>&1 | grep -v "uninitialized value" || :)
    echo "$out"
    [ -z "$out" ]
}
tap_run "kernel-doc" kernel_doc

# The page is one of a folder, which is built as a whole
htmldocs() {
    cd "$tree"
    make O="$PVF_TMP/docs" SPHINXDIRS=virt htmldocs >"$PVF_TMP/docs.log" 2>&1 || { cat "$PVF_TMP/docs.log"; return 1; }
    # Other pages of the tree have errors
    ! grep -iE '(virt/pvfeat\.rst|misc/pvfeat/|linux/pvfeat\.h).*(warning|error)' "$PVF_TMP/docs.log" || return 1
    grep -q pvfeat_early_has "$(find "$PVF_TMP/docs" -name pvfeat.html | head -n 1)"
}
tap_run "htmldocs" htmldocs

# Debian 12 has a dt-schema that is too old. That of Debian 13 ends with a KeyError where it
# should report that a schema is not valid: remove such schemas of other devices from a copy.
dt_binding_check() {
    local out lost copy=$PVF_CACHE/stage/bindings-$series build=$PVF_CACHE/build/bindings-$series
    local bindings=$copy/Documentation/devicetree/bindings
    rm -rf "$build" "$copy"
    cp -al "$tree" "$copy"
    cd "$copy"
    for _ in 1 2 3 4 5; do
        out=$(root_run trixie make O="$build" DT_SCHEMA_FILES=qemu,paravisor-features.yaml dt_binding_check 2>&1) && break
        lost=$(sed -n "s,^KeyError: 'http://devicetree.org/schemas/\(.*\)#'$,\1,p" <<<"$out")
        if [ -z "$lost" ]; then
            echo "$out"
            return 1
        fi
        rm "$bindings/$lost"
    done
    rm -rf "$copy"
    ! grep 'paravisor-features.*: ' <<<"$(grep -v '^ ' <<<"$out")" || return 1
    [ -s "$build/Documentation/devicetree/bindings/firmware/qemu,paravisor-features.example.dtb" ]
}
tap_run "dt_binding_check" dt_binding_check

tap_lift "KUnit" "$PVF_TOP/scripts/kunit.sh" "$name" run 'pvfeat*'

if [ "$name" = series ]; then
    build=$("$PVF_TOP/scripts/build-kernel.sh" x86_64 series)
    lock kunit-series
    lock linux-x86_64-series
    rm -f "$build/.built"
    make=(make -C "$tree" O="$build" ARCH=x86)

    # with_config OPTION... -- MAKE-ARG...: make with other options than the kernel for guests
    with_config() {
        cp "$build/.config" "$PVF_TMP/config"
        while [ "$1" != -- ]; do
            sed -i "/^${1%%=*}=/d" "$build/.config"
            echo "$1" >>"$build/.config"
            shift
        done
        "${make[@]}" olddefconfig
        strictly "${make[@]}" -j "$PVF_JOBS" "${@:2}" >"$PVF_TMP/make.log" 2>&1
        mv "$PVF_TMP/config" "$build/.config"
        cat "$PVF_TMP/make.log"
        return "$STRICT_STATUS"
    }

    warnings() {
        with_config -- W=1 C=2 CF=-D__CHECK_ENDIAN__ "${own[@]}"
        ! grep -E '(warning|error):' "$PVF_TMP/make.log"
    }
    tap_run "no warnings of the compiler (W=1) and sparse" warnings

    modules() {
        with_config CONFIG_PVFEAT=m CONFIG_PVFEAT_KUNIT_TEST=m CONFIG_SAMPLE_PVFEAT=m -- all
        ls "$build"/drivers/misc/pvfeat/{,tests/}*.ko "$build"/samples/pvfeat/*.ko
        ! grep -E '(WARNING|ERROR|warning|error):' "$PVF_TMP/make.log"
    }
    tap_run "the driver as a module" modules

    # From the last step to the first one, because the kernel with all of them is there
    rm -f "$tree/.version"
    for ((i = ${#patches[@]} - 1; i >= 0; i--)); do
        step=${patches[i]##*/}
        one_step() {
            "${make[@]}" olddefconfig
            "${make[@]}" -j "$PVF_JOBS" vmlinux
        }
        tap_run "builds: ${step%.patch}" one_step
        patch -s -R -p1 -d "$tree" <"${patches[i]}"
    done
fi
tap_done
