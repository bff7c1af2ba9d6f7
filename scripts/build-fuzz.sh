#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-fuzz.sh: build the fuzz targets of host-tests/fuzz with libFuzzer, sanitizers, and
# coverage of the sources of the tool and the parser. Prints the folder that contains
# them, as fuzz-NAME.

. "$(dirname "$0")/lib.sh"

build=$PVF_CACHE/build/fuzz
# Sources under test; the rest of the tool requires a machine to run on
sources=(driver/pvfeat_{table,translate}.c tools/pvfeat/{lib/function,conformance/conformance,windows/parse,windows/pci,output/show,output/json}.c
    host-tests/fuzz/fuzz.c)
targets=(table locator conformance text report)

build_fuzz() {
    local file flags packages libraries objects=()
    # Record relative names of sources, so that they do not depend on the checkout
    flags=(-O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
        "-fsanitize=address,undefined" -fno-sanitize-recover=all
        -fprofile-instr-generate -fcoverage-mapping -fcoverage-compilation-dir=.
        -Iinclude -Idriver -Itools/pvfeat/{lib,conformance,windows,output} "-I$pvfeat")
    # Link the same libraries as the tool
    mapfile -t packages <"$pvfeat/packages"
    # shellcheck disable=SC2206 # words
    flags+=(${packages[0]#*=})
    # shellcheck disable=SC2206 # words
    libraries=(${packages[1]#*=})
    rm -rf "$build"
    mkdir -p "$build"
    for file in "${sources[@]}"; do
        objects+=("$build/$(basename "$file" .c).o")
        clang "${flags[@]}" -fsanitize=fuzzer-no-link -c -o "${objects[-1]}" "$file"
    done
    for file in "${targets[@]}"; do
        clang "${flags[@]}" -fsanitize=fuzzer -o "$build/fuzz-$file" \
            "host-tests/fuzz/$file.c" "${objects[@]}" "${libraries[@]}"
    done
}

cd "$PVF_TOP"
pvfeat=$(scripts/build-pvfeat.sh x86_64)
lock fuzz
key=$(hash_of scripts/build-fuzz.sh host-tests/fuzz/*.[ch])-$(cat "$pvfeat/.built")
if ! fresh "$build/.built" "$key"; then
    apt_need clang libclang-rt-dev llvm
    step "fuzz targets" build_fuzz
    stamp "$build/.built" "$key"
fi
echo "$build"
