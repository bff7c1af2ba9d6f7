#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.sh [TARGET...]: the long form of host-tests/fuzz/fuzz.t: fuzz all targets, or
# those named, each for TIME seconds, and print the results. New inputs are added to
# CORPUS/TARGET (default: in the cache), from which the next run continues. Exit with 1
# if an input crashed a target or made it hang.
#
# TIME=60  CORPUS=/path

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/host-tests/fuzz/lib.sh"

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '/^# fuzz.sh/,/^$/s/^# \{0,1\}//p' "$0"
    exit
fi
time=${TIME:-60} corpus=$(realpath -m "${CORPUS:-$PVF_CACHE/fuzz/corpus}")
[[ $time =~ ^[1-9][0-9]{0,6}$ ]] || die "TIME='$time': not a positive number of seconds"
mkdir -p "$corpus" 2>/dev/null ||
    die "CORPUS='$corpus': cannot create the folder"

cd "$PVF_TOP"
ours=$(scripts/build-fuzz.sh)
qemu=$(scripts/build-qemu.sh x86_64-sanitize)
declare -A programs
while read -r name program; do
    programs[$name]=$program
done < <(fuzz_programs "$ours" "$qemu/run")
mapfile -t names < <(printf '%s\n' "${!programs[@]}" | LC_ALL=C sort)
for name; do
    [ -n "${programs[$name]:-}" ] || die "unknown target '$name'; targets are: ${names[*]}"
done
[ $# != 0 ] || set -- "${names[@]}"

run_target() {
    fuzz "$1" "${programs[$1]}" "-max_total_time=$time" "$corpus/$1" \
        "$FUZZ_CORPUS/$1" 2>&1 | tee "$PVF_TMP/log.$1" ||
        echo $? >"$PVF_TMP/crashed.$1"
}

rows=()
for name; do
    mkdir -p "$corpus/$name"
    touch "$PVF_TMP/started"
    step "Fuzzing $name" run_target "$name"
    log=$PVF_TMP/log.$name
    crashed=-
    if [ -f "$PVF_TMP/crashed.$name" ]; then
        crashed=$(find "$FUZZ_CRASHES" -name "$name-*" -newer "$PVF_TMP/started")
        crashed=${crashed:-exit status $(cat "$PVF_TMP/crashed.$name")}
        tail -n 40 "$log" >&2
    fi
    rows+=("$(printf '%-28s %11s %7d  %s' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(find "$corpus/$name" "$FUZZ_CORPUS/$name" -type f | wc -l)" "$crashed")")
done
printf '%-28s %11s %7s  %s\n' target executions corpus crashes
printf '%s\n' "${rows[@]}"
fuzz_cover "$ours" "$FUZZ_CORPUS" "$corpus" >"$PVF_TMP/cover" 2>&1 ||
    die "an input of the corpus crashes a target: $(tail -n 5 "$PVF_TMP/cover")"
printf '\n%-28s %11s %9s\n' source lines branches
llvm-cov report "${FUZZ_COVERED[@]}" | awk '$1 ~ /^(driver|tools)\/.*\.c$/ {
    printf "%-28s %11s %9s\n", $1, $(NF - 3), $NF }'
! compgen -G "$PVF_TMP/crashed.*" >/dev/null
