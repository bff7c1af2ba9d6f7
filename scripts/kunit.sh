#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kunit.sh SERIES tree | build | run [KUNIT-ARG...]
#
# tree:  add the driver to the tree of Debian's linux-source-SERIES, at its location in
#        Linux, and print the folder of that tree; SERIES may be "newest", or "patched" for
#        the newest with the patches of linux/;
# build: do the same, build the tree with the KUnit tests for UML, and print the build
#        folder;
# run:   do the same, then run the tests; prints KTAP.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

usage='usage: kunit.sh SERIES tree | build | run [KUNIT-ARG...]'
arch_use x86_64
series=$(kernel_series "${1:?$usage}")
shift
package=linux-source-$series patches=()
if [ "$series" = patched ]; then
    package=linux-source-$(kernel_series newest) patches=("$PVF_TOP"/linux/*.patch)
fi
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
    local unpacked=$stage.deb
    rm -rf "$stage" "$stage.part" "$unpacked"
    apt_unpack "$1" "$(dpkg --print-architecture)" "$unpacked" "$package"
    mkdir -p "$stage.part"
    tar --extract --touch --strip-components=1 --directory "$stage.part" \
        --file "$unpacked/usr/src/$package.tar.xz"
    [ ${#patches[@]} = 0 ] || cat "${patches[@]}" | patch -s -p1 -F0 --no-backup-if-mismatch -d "$stage.part"
    rm -rf "$unpacked"
    mv "$stage.part" "$stage"
}

# Copy only files that differ, because Kbuild compares time stamps
stage_driver() {
    local misc=$stage/drivers/misc file folder
    local dir=$misc/pvfeat
    for folder in pvfeat pvfeat-bench; do
        ! grep -q "+= $folder/$" "$misc/Makefile" || continue
        echo "obj-\$(CONFIG_PVFEAT) += $folder/" >>"$misc/Makefile"
        sed -i "\$i source \"drivers/misc/$folder/Kconfig\"" "$misc/Kconfig"
    done
    mkdir -p "$dir"
    rsync --recursive --checksum --delete "$PVF_TOP/driver/" "$dir"
    rsync --recursive --checksum --delete "$PVF_TOP/guest-tests/modules/" "$dir-bench"
    for file in "$PVF_TOP"/include/linux/*.h; do
        cmp -s "$file" "$stage/include/uapi/linux/${file##*/}" ||
            cp "$file" "$stage/include/uapi/linux"
    done
}

lock "kunit-$series"
apt_need build-essential flex bison bc libelf-dev patch python3 xz-utils rsync
version=$(source_version)
[ ${#patches[@]} = 0 ] || version+=" $(cat "${patches[@]}" | sha256sum | cut -c1-16)"
if ! fresh "$stage/.version" "$version"; then
    step "Linux $series source" fetch_tree "${version%% *}"
    stamp "$stage/.version" "$version"
fi
stage_driver

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
        --kunitconfig drivers/misc/pvfeat/tests
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
