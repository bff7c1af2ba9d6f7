# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzz targets: which there are, and how far they get. Source it after
# scripts/lib.sh.

FUZZ_CORPUS=$PVF_TOP/host-tests/fuzz/corpus
# What crashed a target is kept
FUZZ_CRASHES=$PVF_CACHE/fuzz/crashes
mkdir -p "$FUZZ_CRASHES"
# Nobody wants the counts of most runs
export LLVM_PROFILE_FILE=/dev/null

# fuzz_programs FOLDER...: a line for each target there: its name and its program
fuzz_programs() {
    local folder program
    for folder; do
        for program in "$folder"/fuzz-*; do
            echo "${program##*/fuzz-} $program"
        done
    done
}

# fuzz NAME PROGRAM LIBFUZZER-ARG...: run a target; a minute for one input, which takes
# milliseconds, is a hang also on a busy machine
fuzz() {
    local name=$1 program=$2
    shift 2
    "$program" -timeout=60 -print_final_stats=1 \
        -artifact_prefix="$FUZZ_CRASHES/$name-" "$@"
}

# fuzz_cover FOLDER CORPUS...: how far the inputs in CORPUS/NAME take the targets in
# FOLDER; what llvm-cov needs to know of that is in FUZZ_COVERED then.
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
