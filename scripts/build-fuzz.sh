#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-fuzz.sh: build the fuzz targets of host-tests/fuzz with libFuzzer and
# sanitizers. They count what of the tool's and the parser's source they reach, too.
# Prints the folder that holds them: fuzz-NAME for each.

. "$(dirname "$0")/lib.sh"

build=$PVF_CACHE/build/fuzz
# What is under test; what else the tool has needs a machine around it
sources=(driver/pvfeat_{table,translate}.c tools/pvfeat/{lib/function,conformance/conformance,windows/parse,windows/pci,output/show,output/json}.c
    host-tests/fuzz/fuzz.c)
targets=(table locator conformance text report)

build_fuzz() {
    local file flags packages libraries objects=()
    # The names of sources are the same in every checkout
    flags=(-O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
        "-fsanitize=address,undefined" -fno-sanitize-recover=all
        -fprofile-instr-generate -fcoverage-mapping -fcoverage-compilation-dir=.
        -Iinclude -Idriver -Itools/pvfeat/{lib,conformance,windows,output} "-I$pvfeat")
    # With the libraries that the tool itself was built with
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
