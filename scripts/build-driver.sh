#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-driver.sh ARCH SERIES [MAKE-ARG...]
#
# Build the driver and the modules of guest-tests/modules for Debian's newest kernel of a
# series, such as 6.1, 6.12 or "newest", or for a kernel of build-kernel.sh: then with the
# KUnit suites, and with gcov if that kernel has it.
# Prints the build folder, with pvfeat.ko in its folder driver and the build log in its file
# log.
# A build with MAKE-ARGs (C=2, W=1) has its own folder.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

arch_use "${1:?usage: build-driver.sh ARCH SERIES [MAKE-ARG...]}"
series=$(kernel_series "${2:?usage: build-driver.sh ARCH SERIES [MAKE-ARG...]}")
shift 2

lock "driver-$A_BUILD-$series"
kernel_use "$series"
root_need "$K_SUITE" dwarves sparse "${A_PACKAGES[@]}"
build=$PVF_CACHE/build/driver-$A_BUILD-$series${*:+-$(tr -c '[:alnum:]\n' - <<<"$*")}
key=$(hash_of driver include guest-tests/modules scripts/build-driver.sh)-$K_RELEASE

# Features of this project's own kernels that Debian's lack
extras=()
if kernel_variant "$series"; then
    extras=(CONFIG_PVFEAT_KUNIT_TEST=m)
    for file in "$PVF_TOP"/driver/*.c; do
        extras+=("GCOV_PROFILE_$(basename "$file" .c).o=y")
    done
    # Check alignment in these modules only: the kernel itself relies on x86's support of
    # unaligned accesses
    ! grep -q '^CONFIG_UBSAN=y' "$K_BUILD/.config" ||
        extras+=(KCFLAGS=-fsanitize=alignment)
fi

# make_modules FOLDER MAKE-ARG...
make_modules() {
    root_run "$K_SUITE" make -C "$K_BUILD" M="$build/$1" ARCH="$A_KERNEL" \
        CROSS_COMPILE="$A_CROSS" -j "$PVF_JOBS" "${K_MAKE[@]}" "${extras[@]}" "${@:2}" modules
}

make_all() {
    rm -rf "$build"
    mkdir -p "$build/guest-tests"
    cp -r "$PVF_TOP/driver" "$PVF_TOP/include" "$build"
    cp -r "$PVF_TOP/guest-tests/modules" "$build/guest-tests"
    {
        make_modules driver "$@" &&
            make_modules guest-tests/modules "KBUILD_EXTRA_SYMBOLS=$build/driver/Module.symvers" "$@"
    } 2>&1 | tee "$build/log"
}

if ! fresh "$build/.built" "$key"; then
    step "Driver for $K_RELEASE${*:+ with $*}" make_all "$@"
    stamp "$build/.built" "$key"
fi
echo "$build"
