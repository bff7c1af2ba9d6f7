#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.sh [PART...]: measure all parts, or only those named, and print tables; write
# bench.json and plots into OUT=bench/out, and the short table into docs/results.md. Each part is
# the script of that name in this folder; its header describes what it counts. Parts that
# are not named keep their previous results.

. "$(dirname "$0")/../scripts/lib.sh"

parts=(accesses kvm hotpath probe latency scale has speed)
case ${1:-} in
-h | --help) sed -n '4,8s/^# \?//p' "$0"; echo "Parts: ${parts[*]}"; exit ;;
esac
for part; do
    [[ " ${parts[*]} " = *" $part "* ]] || die "unknown part '$part'; parts are: ${parts[*]}"
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
# docs/results.md receives the table only if all parts were measured with the default options
[ -n "$*${OUT:-}${ARCH:-}" ] || sed -i -e '/^<!-- bench/,/^<!-- end/{/^<!--/!d}' -e "/^<!-- bench/r $PVF_TMP/short" "$PVF_TOP/docs/results.md"
say "wrote $out/bench.json, accesses.svg and latency.svg"
