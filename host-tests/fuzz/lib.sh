# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzz targets: listing and running them, and measuring their coverage. Source this file
# after scripts/lib.sh.

FUZZ_CORPUS=$PVF_TOP/host-tests/fuzz/corpus
# Inputs that crashed a target
FUZZ_CRASHES=$PVF_CACHE/fuzz/crashes
mkdir -p "$FUZZ_CRASHES"
# Discard the counts of a run, unless fuzz_cover sets another file
export LLVM_PROFILE_FILE=/dev/null

# fuzz_programs FOLDER...: print a line for each target in the folders: its name and its program
fuzz_programs() {
    local folder program
    for folder; do
        for program in "$folder"/fuzz-*; do
            echo "${program##*/fuzz-} $program"
        done
    done
}

# fuzz NAME PROGRAM LIBFUZZER-ARG...: run a target. An input normally takes milliseconds; one
# that takes a minute is a hang, even on a busy machine.
fuzz() {
    local name=$1 program=$2
    shift 2
    "$program" -timeout=60 -print_final_stats=1 \
        -artifact_prefix="$FUZZ_CRASHES/$name-" "$@"
}

# fuzz_cover FOLDER CORPUS...: measure the coverage of the targets in FOLDER by the inputs in
# CORPUS/NAME, and store arguments for llvm-cov in FUZZ_COVERED.
fuzz_cover() {
    local folder=$1 name program corpus profiles corpora
    shift
    profiles=$(mktemp -d -p "$PVF_TMP")
    FUZZ_COVERED=("-instr-profile=$profiles/all")
    while read -r name program; do
        corpora=()
        for corpus; do corpora+=("$corpus/$name"); done
        LLVM_PROFILE_FILE=$profiles/$name.profraw \
            fuzz "$name" "$program" -runs=0 "${corpora[@]}"
        FUZZ_COVERED+=(-object "$program")
    done < <(fuzz_programs "$folder")
    llvm-profdata merge -o "$profiles/all" "$profiles"/*.profraw
}
