#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.sh [PART...]: measure, or those parts only, and print tables; write bench.json and
# plots into OUT=bench/out, and the short table into README.md. Each part is the script of
# that name in this folder, which says what it counts; parts that are not named stay as
# they were measured before.

. "$(dirname "$0")/../scripts/lib.sh"

parts=(accesses kvm hotpath probe latency scale has speed)
case ${1:-} in
-h | --help) sed -n '4,8s/^# \?//p' "$0"; echo "Parts: ${parts[*]}"; exit ;;
esac
for part; do
    [[ " ${parts[*]} " = *" $part "* ]] || die "no part '$part'; there are: ${parts[*]}"
done
out=${OUT:-$PVF_TOP/bench/out}
mkdir -p "$out"
apt_need gnuplot-nox python3
for part in "${@:-"${parts[@]}"}"; do
    "$PVF_TOP/bench/$part.sh" >"$out/$part.part"
    mv "$out/$part.part" "$out/$part.txt"
done
"$PVF_TOP/bench/report.py" "$out"
"$PVF_TOP/bench/report.py" --short "$out" >"$PVF_TMP/short"
# Of all that was measured, and of nothing else
[ -n "$*${OUT:-}${ARCH:-}" ] || sed -i -e '/^<!-- bench/,/^<!-- end/{/^<!--/!d}' -e "/^<!-- bench/r $PVF_TMP/short" "$PVF_TOP/README.md"
say "wrote $out/bench.json, accesses.svg and latency.svg"
