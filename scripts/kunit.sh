#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kunit.sh SERIES source | tree | build | run [KUNIT-ARG...]
#
# source: unpack Debian's linux-source-SERIES and print the folder, which is not to be modified;
# tree:   add the driver to a copy, at its location in Linux, and print the folder of the
#         copy;
# build:  do the same, build the tree with the KUnit tests for UML, and print the build
#         folder;
# run:    do the same, then run the tests; prints KTAP.
#
# SERIES may be "newest", "patched" for the newest with the patches of linux/, or "series"
# or "series-SERIES" for the newest or that one with the patches that series.sh makes;
# "series" also has those of linux/rfc.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

usage='usage: kunit.sh SERIES source | tree | build | run [KUNIT-ARG...]'
arch_use x86_64
series=$(kernel_series "${1:?$usage}")
shift
base=$series patches=()
case $series in
patched) base=$(kernel_series newest) patches=("$PVF_TOP"/linux/*.patch) ;;
series) base=$(kernel_series newest) ;;
series-*) base=${series#series-} ;;
esac
package=linux-source-$base
pristine=$PVF_CACHE/src/linux-$base
stage=$PVF_CACHE/stage/linux-$series
build=$PVF_CACHE/build/kunit-$series

# source_version: print release and version of the package, preferring this machine's release
source_version() {
    local release host version
    host=$(dpkg --print-architecture)
    for release in $(debian_host) $DEBIAN_RELEASES; do
        apt_index "$release" "$host"
        version=$(apt_private "$release" "$host" apt-cache policy "$package" |
            sed -n 's/^  Candidate: //p')
        [ -n "$version" ] || continue
        echo "$release $version"
        return
    done
    die "Debian has no $package"
}

fetch_tree() {
    local unpacked=$pristine.deb
    rm -rf "$pristine" "$pristine.part" "$unpacked"
    apt_unpack "$1" "$(dpkg --print-architecture)" "$unpacked" "$package"
    mkdir -p "$pristine.part"
    tar --extract --touch --strip-components=1 --directory "$pristine.part" \
        --file "$unpacked/usr/src/$package.tar.xz"
    rm -rf "$unpacked"
    mv "$pristine.part" "$pristine"
}

# Copy only files that differ, because Kbuild compares time stamps
stage_driver() {
    local misc=$stage/drivers/misc file folder
    local dir=$misc/pvfeat
    for folder in "$@"; do
        ! grep -q "+= $folder/$" "$misc/Makefile" || continue
        sed -i "\$a obj-\$(CONFIG_PVFEAT) += $folder/" "$misc/Makefile"
        sed -i "\$i source \"drivers/misc/$folder/Kconfig\"" "$misc/Kconfig"
    done
    rsync --recursive --checksum --delete "$PVF_TOP/guest-tests/modules/" "$dir-bench"
    [ "$1" = pvfeat ] || return 0
    mkdir -p "$dir"
    rsync --recursive --checksum --delete "$PVF_TOP/driver/" "$dir"
    for file in "$PVF_TOP"/include/linux/*.h; do
        cmp -s "$file" "$stage/include/uapi/linux/${file##*/}" ||
            cp "$file" "$stage/include/uapi/linux"
    done
}

lock "kunit-$series"
apt_need build-essential flex bison bc libelf-dev patch python3 xz-utils rsync
version=$(source_version)
lock "linux-source-$base"
if ! fresh "$pristine/.version" "$version"; then
    step "Linux $base source" fetch_tree "${version%% *}"
    stamp "$pristine/.version" "$version"
fi
unlock "linux-source-$base"
if [ "${1:-}" = source ]; then
    echo "$pristine"
    exit
fi
folders=(pvfeat pvfeat-bench)
if [[ $series = series* ]]; then
    folders=(pvfeat-bench)
    version+=" $(hash_of driver include linux scripts/series.{sh,py})"
    if ! fresh "$stage/.version" "$version"; then
        any_identity
        names=("linux/$base")
        [ "$series" != series ] || names+=(linux/rfc)
        "$PVF_TOP/scripts/series.sh" --out "$PVF_TMP/series" "${names[@]}"
        for name in "${names[@]}"; do patches+=("$PVF_TMP/series/$name"/0*.patch); done
    fi
elif [ ${#patches[@]} != 0 ]; then
    version+=" $(cat "${patches[@]}" | sha256sum | cut -c1-16)"
fi
if ! fresh "$stage/.version" "$version"; then
    copy_patched "$pristine" "$stage" "${patches[@]}"
    rm "$stage/.version"
    stamp "$stage/.version" "$version"
fi
stage_driver "${folders[@]}"

key=$(hash_of driver include guest-tests/modules scripts/kunit.sh)-$(sha256sum <"$stage/.version" | cut -c1-16)

kunit() {
    local command=$1
    shift
    cd "$stage"
    /usr/bin/python3 tools/testing/kunit/kunit.py "$command" \
        --build_dir "$build" "$@"
}

build_kernel() {
    mkdir -p "$build"
    fresh "$build/.built" "$key" && return
    step "Linux $series for KUnit" kunit build --jobs "$PVF_JOBS" \
        --kunitconfig drivers/misc/pvfeat/tests \
        --kconfig_add CONFIG_PVFEAT_BENCH=y
    stamp "$build/.built" "$key"
}

case ${1:-} in
tree)
    echo "$stage"
    ;;
build)
    build_kernel
    echo "$build"
    ;;
run)
    shift
    build_kernel
    unlock "kunit-$series"
    kunit exec --timeout 60 --raw_output=kunit \
        --kunitconfig drivers/misc/pvfeat/tests "$@"
    ;;
*)
    die "$usage"
    ;;
esac
