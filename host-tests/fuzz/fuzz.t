#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A short run of the fuzz targets of host-tests/fuzz: the corpus, then a fixed number
# of new inputs, the same in each run. "make fuzz" runs longer.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"
. "$PVF_TOP/host-tests/fuzz/lib.sh"

cd "$PVF_TOP"
folder=$(scripts/build-fuzz.sh)
declare -A RUNS=([table]=200000 [locator]=100000 [text]=50000 [conformance]=1500
    [report]=1500)

# Sources that the corpus covers completely
COVERED='driver/pvfeat_table.c tools/pvfeat/lib/function.c tools/pvfeat/windows/parse.c'

# check_target NAME PROGRAM: run a target without adding to the corpus; inputs that crash it
# are kept
check_target() {
    local name=$1 program=$2 finds
    finds=$(mktemp -d -p "$PVF_TMP")
    fuzz "$name" "$program" -verbosity=0 -seed=1 "-runs=${RUNS[$name]}" "$finds" \
        "$FUZZ_CORPUS/$name"
}

# check_covered SOURCE: the corpus reaches each line and branch of it
check_covered() {
    llvm-cov export -format=lcov "${FUZZ_COVERED[@]}" | awk -F '[:,]' -v source="$1" '
        /^SF:/ { here = $2 == source; found += here }
        here && /^DA:/ && $3 == 0 { print "line " $2; missed++ }
        here && /^BRDA:/ && $5 + 0 == 0 { print "branch " $4 " of line " $2; missed++ }
        END { exit !found || missed }'
}

while read -r name program; do
    tap_run "$name: no crash, no hang, no failed check" \
        check_target "$name" "$program"
done < <(fuzz_programs "$folder")
fuzz_cover "$folder" "$FUZZ_CORPUS" >"$PVF_TMP/cover" 2>&1 || cat "$PVF_TMP/cover" >&2
for source in $COVERED; do
    tap_run "$source: the corpus reaches each line and branch" \
        check_covered "$source"
done
tap_done
