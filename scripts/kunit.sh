#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kunit.sh tree | build | run [KUNIT-ARG...]
#
# tree:  put the driver where it would be in Linux, in Debian's linux-source-6.12,
#        and print the folder of that tree;
# build: the same, then build it with its KUnit tests for UML;
# run:   the same, then run the tests; prints KTAP.

. "$(dirname "$0")/lib.sh"

series=6.12
stage=$PVF_CACHE/stage/linux-$series

fetch_tree() {
    local unpacked=$PVF_CACHE/src/linux-source
    apt_unpack "$(dpkg --print-architecture)" "$unpacked" "linux-source-$series"
    rm -rf "$stage.part"
    mkdir -p "$stage.part"
    tar --extract --strip-components=1 --directory "$stage.part" \
        --file "$unpacked/usr/src/linux-source-$series.tar.xz"
    # shellcheck disable=SC2016 # the variable is make's
    echo 'obj-$(CONFIG_PVFEAT) += pvfeat/' >>"$stage.part/drivers/misc/Makefile"
    sed -i '$i source "drivers/misc/pvfeat/Kconfig"' \
        "$stage.part/drivers/misc/Kconfig"
    rm -rf "$unpacked"
    mv "$stage.part" "$stage"
}

# Kbuild goes by time stamps, so only what differs is copied
stage_driver() {
    local dir=$stage/drivers/misc/pvfeat file
    mkdir -p "$dir"
    rsync --recursive --checksum --delete "$PVF_TOP/driver/" "$dir"
    for file in "$PVF_TOP"/include/linux/*.h; do
        cmp -s "$file" "$stage/include/uapi/linux/${file##*/}" ||
            cp "$file" "$stage/include/uapi/linux"
    done
}

lock kunit
apt_need build-essential flex bison bc libelf-dev python3 xz-utils rsync
apt_index "$(dpkg --print-architecture)"
[ -d "$stage" ] || step "Linux $series source" fetch_tree
stage_driver

build=$PVF_CACHE/build/kunit
key=$(hash_of driver include scripts/kunit.sh)

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
    step "Linux for KUnit" kunit build --jobs "$PVF_JOBS" \
        --kunitconfig drivers/misc/pvfeat/tests
    stamp "$build/.built" "$key"
}

case ${1:-} in
tree)
    echo "$stage"
    ;;
build)
    build_kernel
    ;;
run)
    shift
    build_kernel
    unlock kunit
    kunit exec --timeout 60 --raw_output=kunit \
        --kunitconfig drivers/misc/pvfeat/tests "$@"
    ;;
*)
    die "usage: kunit.sh tree | build | run [KUNIT-ARG...]"
    ;;
esac
