#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# robustness.sh: run all adversarial tests and write the results to docs/robustness.md. Takes
# over an hour; if started again with the same sources, it runs only the parts that are
# missing or failed. Exit with 1 if a part failed.
#
# TIME=60: seconds for each fuzzer. SNAPSHOTS=20000 MIGRATIONS=3 CYCLES=20: parameters of
# the torture test on each kernel with a sanitizer.

. "$(dirname "$0")/lib.sh"

[ $# = 0 ] || die "usage: robustness.sh, without arguments; see the comment at its top"
export TIME=${TIME:-60} SNAPSHOTS=${SNAPSHOTS:-20000} MIGRATIONS=${MIGRATIONS:-3} CYCLES=${CYCLES:-20}
cd "$PVF_TOP"
page=docs/robustness.md
parts=$PVF_CACHE/robustness
key=$(hash_of driver include qemu tools spec host-tests guest-tests scripts)
key+=" $TIME $SNAPSHOTS $MIGRATIONS $CYCLES"
mkdir -p "$parts"
rows=() texts=() status=0

# part NAME COMMAND...: run it with its output in NAME.out, unless its results are current
part() {
    local out=$parts/$1.out start=$SECONDS
    fresh "$parts/$1.done" "$key" && return
    rm -f "$parts/$1.done"
    say "$1: ${*:2} ..."
    if "${@:2}" >"$out" 2>"$out.err" && ! grep -q '^not ok ' "$out"; then
        stamp "$parts/$1.done" "$key"
        say "$1: $((SECONDS - start)) s"
    else
        say "$1: failed; see $out"
        status=1
    fi
}

# results NAME WHAT COMMAND...: run the part and add a row with the number of passed and of
# all results in its TAP
results() {
    local name=$1 what=$2 out=$parts/$1.out good
    shift 2
    part "$name" "$@"
    good="$(grep -c '^ok ' "$out" || :) of $(grep -cE '^(not )?ok ' "$out" || :)"
    [ -f "$parts/$name.done" ] || good+=", **FAILED**"
    rows+=("| $what | $good | \`$*\` |")
}

# block NAME REGEX TITLE: add a block below the table with the matching comments of its TAP
block() {
    texts+=("$3" "" '```' "$(sed -nE "s/^# ($2)/\\1/p" "$parts/$1.out")" '```' "")
}

results hostile-x86_64 "hostile devices, x86_64" scripts/test.sh --tap hostile-x86_64
results hostile-arm64 "hostile devices, arm64" scripts/test.sh --tap hostile-arm64
results hostile-s390x "hostile devices, s390x" scripts/test.sh --tap hostile-s390x
results kunit "KUnit in UML" scripts/test.sh --tap kunit
results debug "KASAN, UBSAN, lockdep, kmemleak: KUnit, faults, changes" \
    env FAULTS=all scripts/test.sh --tap debug-x86_64
block debug '.* places; results: .*' "Allocations that were made to fail, one by one, and the results:"
for sanitizer in kasan kcsan; do
    results "torture-$sanitizer" \
        "torture with $sanitizer: $SNAPSHOTS snapshots, $MIGRATIONS migrations, $CYCLES hotplug cycles" \
        make -s torture SANITIZE=$sanitizer
done
results sanitize "QEMU with ASan, UBSan, LSan: its own and this project's tests, short runs of its fuzzers" \
    scripts/test.sh --tap sanitize
results pvfeat "the tool with sanitizers and valgrind" scripts/test.sh --tap pvfeat
results fuzz-short "short runs of fuzzers; each line and branch of the parsers (table, function, parse)" scripts/test.sh --tap fuzz
part fuzz make -s fuzz
texts+=("## Fuzzers" "" "\`make fuzz TIME=$TIME\`, seconds for each:" "" '```' "$(cat "$parts/fuzz.out")" '```' "")
part counts scripts/coverage.sh measure
part coverage scripts/coverage.sh table
texts+=("## Coverage" ""
    "\`make coverage\`: lines and branches that the tests named in \`scripts/coverage.sh\` reach."
    "Fuzzers, KUnit in UML and hostile guests are not included." "" "$(cat "$parts/coverage.out")")

# Keep the manually written text before "Of commit" and from "What was found" on
{
    sed '/^Of commit /,$d' "$page"
    printf '%s\n' "Of commit \`$(git rev-parse --short HEAD)\`$(git diff --quiet HEAD || echo ', with uncommitted changes'):" \
        '' '| test | passed | command |' '|---|---|---|' "${rows[@]}" '' "${texts[@]}" ''
    sed -n '/^## What was found/,$p' "$page"
} >"$PVF_TMP/page"
mv "$PVF_TMP/page" "$page"
say "wrote $page"
exit "$status"
