#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# series.sh [--out FOLDER] [NAME...]
# series.sh [--out FOLDER] --base TREE NAME
#
# Write the series of patches for Linux, QEMU and pciutils to FOLDER/NAME, default series/ of
# this checkout, as git format-patch does, with a cover letter. Without a NAME, write all;
# --list prints the names. TREE is a source tree to use instead of Debian's.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use x86_64

# names: print the names of all series
names() {
    local version
    # shellcheck disable=SC2086 # a list of words
    for version in $(kernel_each $TREE_SERIES); do echo "linux/$version"; done
    echo linux/rfc
    echo linux/fixes
    for version in $QEMU_VERSIONS; do echo "qemu/$version"; done
    echo qemu/fixes
    echo pciutils
}

# variants FOLDER VERSION: the patches of FOLDER; one of the same name in FOLDER/VERSION
# replaces it
variants() {
    local patch file
    for patch in "$1"/0*.patch; do
        file=$1/$2/${patch##*/}
        [ -e "$file" ] || file=$patch
        echo "$file"
    done
}

make_linux() {
    local tree version=$1 final=$PVF_TMP/final-linux-$1 steps options
    [[ $1 != fixes && $1 != rfc ]] || version=$(kernel_series newest)
    tree=${base:-$("$PVF_TOP/scripts/kunit.sh" "$version" source)}
    if [ "$1" = fixes ]; then
        "$PVF_TOP/scripts/series.py" --base "$tree" --cover "$PVF_TOP/linux/cover.txt" \
            --out "$2" "$PVF_TOP"/linux/0*.patch
        return
    fi
    apt_need unifdef
    mkdir -p "$final"
    "$PVF_TOP/linux/in-tree.py" "$tree" "$final"
    mapfile -t steps < <(variants "$PVF_TOP/linux/pvfeat" "$version")
    options=(--cover "$PVF_TOP/linux/pvfeat/cover.txt" "${steps[@]}")
    [ "$1" != rfc ] || options=(--rfc --cover "$PVF_TOP/linux/rfc/cover.txt"
        "${steps[@]/#/--after=}" "$PVF_TOP"/linux/rfc/0*.patch)
    "$PVF_TOP/scripts/series.py" --base "$tree" --final "$final" --out "$2" "${options[@]}"
}

# qemu_since VERSION: the release after that one, as "Since:" of QAPI names it
qemu_since() {
    local major=${1%.*} minor=${1#*.}
    [ "$minor" != 2 ] || { echo "$((major + 1)).0"; return; }
    echo "$major.$((minor + 1))"
}

make_qemu() {
    local patches=$PVF_TOP/qemu/patches fixes version=$1 tree overlay=$PVF_TMP/final-qemu-$1
    fixes=("$patches"/fixes/*.patch)
    [ "$1" != fixes ] || version=${QEMU_VERSIONS##* }
    mkdir -p "$overlay"
    tree=$(QEMU=$version "$PVF_TOP/scripts/build-qemu.sh" --overlay "$overlay")
    tree=${base:-$tree}
    if [ "$1" = fixes ]; then
        "$PVF_TOP/scripts/series.py" --base "$tree" --cover "$PVF_TOP/qemu/patches/fixes/cover.txt" \
            --out "$2" "${fixes[@]}"
        return
    fi
    # Without the files that QEMU has, and those that are not for others
    (
        cd "$overlay"
        sed -n 's/^Adds: //p' "$patches"/local/*.patch | xargs rm
        rm -r configs
        find . -type f | while read -r file; do
            [ ! -e "$tree/$file" ] || rm "$file"
        done
    )
    "$PVF_TOP/scripts/series.py" --base "$tree" --final "$overlay" \
        --replace "Since: 10.1" "Since: $(qemu_since "$version")" \
        --cover "$PVF_TOP/qemu/patches/series/cover.txt" --out "$2" \
        "${fixes[@]/#/--after=}" "$patches"/series/*.patch
}

make_pciutils() {
    local tree
    tree=${base:-$("$PVF_TOP/scripts/build-pciutils.sh" --source)}
    "$PVF_TOP/scripts/series.py" --base "$tree" --cover "$PVF_TOP/tools/pciutils/cover.txt" \
        --out "$2" "$PVF_TOP"/tools/pciutils/0*.patch
}

out=$PVF_TOP/series base=''
if [ "${1:-}" = --out ]; then
    out=$(realpath -m "${2:?--out requires a folder}")
    shift 2
fi
case ${1:-} in
--base)
    [ $# = 3 ] || die "--base requires a tree and one NAME; see --help"
    [ -d "$2" ] || die "--base $2: no such folder"
    base=$(realpath "$2")
    shift 2
    ;;
--list)
    names
    exit
    ;;
-h | --help)
    sed -n '4,/^$/s/^# \{0,1\}//p' "$0"
    exit
    ;;
-*) die "unknown option $1; see --help" ;;
esac
mapfile -t known < <(names)
[ $# != 0 ] || set -- "${known[@]}"
apt_need git patch python3
for name; do
    [[ " ${known[*]} " = *" $name "* ]] || die "there is no series '$name'; there are: ${known[*]}"
    strictly "make_${name%%/*}" "${name#*/}" "$PVF_TMP/out/$name"
    [ "$STRICT_STATUS" = 0 ] || die "series $name: not written; $out is unchanged"
done
for name; do
    rm -rf "${out:?}/$name"
    mkdir -p "$(dirname "$out/$name")"
    mv "$PVF_TMP/out/$name" "$out/$name"
done
[ "$out" != "$PVF_TOP/series" ] || say "The series are in $out"
