#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "pvfeat conformance --dump": dumps of a good function and of each row of lies.txt that a
# dump can represent, which fail the same requirements as the device; incomplete dumps.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"
. "$PVF_TOP/host-tests/qtest/lies.sh"

cd "$PVF_TOP"
apt_need python3
pvfeat=$(scripts/build-pvfeat.sh x86_64 sanitize)/pvfeat
dumps=$PVF_TMP/dumps
# Requirements on accesses, changes and resets
LIVE=' 22 23 26 28 30 '

# failed STATUS ARG...: print the failed requirements, separated by commas; the TAP must be
# complete, and the exit status this
failed() {
    local want=$1 status=0 out=$PVF_TMP/out
    shift
    "$pvfeat" conformance "$@" >"$out" 2>"$out.err" || status=$?
    [ "$status" = "$want" ] || echo "status $status: $(cat "$out.err")"
    [ "$(grep -cE '^(not )?ok ' "$out")" = "$(sed -n 's/^1\.\.//p' "$out")" ] || echo "no end"
    sed -n 's/^not ok [0-9]* - \(PVF-DEV-[0-9]*\) .*/\1/p' "$out" | paste -sd,
}

# fails NAME REQUIREMENTS STATUS ARG...: exactly these requirements fail
fails() {
    local got
    got=$(failed "${@:3}")
    if [ "$got" = "$2" ]; then
        tap ok "$1"
    else
        tap "not ok" "$1"
        { echo "failed: $got"; echo "expected: $2"; grep -A 1 '^not ok' "$PVF_TMP/out" || :; } | sed 's/^/# /'
    fi
}

# refuses NAME STATUS PATTERN ARG...: nothing is judged; one line of error
refuses() {
    local name=$1 want=$2 pattern=$3 status=0 out=$PVF_TMP/out
    shift 3
    "$pvfeat" conformance "$@" >"$out" 2>&1 || status=$?
    tap_run "$name" test "$status" = "$want"
    tap_run "$name: the error" grep -qE "^pvfeat: .*($pattern)" "$out"
}

# represented: filter the rows of lies.txt that a dump represents: changes of config space and
# of words before the run, with a verdict on those alone
represented() {
    awk -v live="$LIVE" '
        $3 != "-" || $4 == "?" || $2 ~ /^-$|(^|,)[^p]|poke-[^cw]|poke-now/ { next }
        {
            nr = split($4, broken, ",")
            for (i = 1; i <= nr; i++)
                if (index(live, " " substr(broken[i], 9) " ")) next
            print
        }'
}

mkdir "$dumps"
arch_use x86_64
all_lies | represented >"$PVF_TMP/rows"
{ echo "good -"; awk '{ print $1, $2 }' "$PVF_TMP/rows"; } |
    python3 host-tests/tool/locators/lies.py "$dumps"

good=$dumps/good
fails "good" "" 0 --dump="$good.dump" --bar="$good.bar"
for number in 01 02 03 04 05 06 07 08 09 12 13 15 16 18 19 20 21 25 27; do
    tap_run "good: PVF-DEV-$number is judged" grep -q "^ok .*PVF-DEV-$number [^#]*$" "$PVF_TMP/out"
done
# shellcheck disable=SC2086 # a list of words
for number in $LIVE; do
    tap_run "good: PVF-DEV-$number is skipped" grep -q "^ok .*PVF-DEV-$number .* # SKIP" "$PVF_TMP/out"
done
tap_run "lies.txt: dumps" test "$(wc -l <"$PVF_TMP/rows")" -gt 80
while read -r name _ _ breaks _ <&3; do
    # The exit status without a locator is that of failed requirements, too
    fails "$name" "${breaks#-}" "$([ "$breaks" = - ] && echo 0 || echo 1)" \
        --dump="$dumps/$name.dump" --bar="$dumps/$name.bar"
done 3<"$PVF_TMP/rows"

# Without an image the table is not judged, which is not success
fails "no image" "" 3 --dump="$good.dump"
tap_run "no image: the error" grep -q 'there is no image of BAR0, see --bar' "$PVF_TMP/out.err"
tap_run "no image: the locator is judged" grep -q '^ok .*PVF-DEV-18 [^#]*$' "$PVF_TMP/out"
grep -v Region "$good.dump" >"$PVF_TMP/sizes.dump"
fails "no sizes" "" 0 --dump="$PVF_TMP/sizes.dump" --bar="$good.bar"
tap_run "no sizes: MSI-X is skipped" grep -q 'PVF-DEV-25 .* # SKIP the dump has no size of BAR1; use lspci -vvxxxx' "$PVF_TMP/out"

fails "no sizes, no image" "" 3 --dump="$PVF_TMP/sizes.dump"
tap_run "no sizes, no image: the bounds are skipped" grep -q 'PVF-DEV-19 .* # SKIP the dump has no size of BAR0' "$PVF_TMP/out"
sed 's/^10: 00 00 80 fe 00 00 81 fe/10: 00 00 00 00 00 00 00 00/' "$good.dump" >"$PVF_TMP/unassigned.dump"
tap_run "unassigned: the addresses are 0" grep -q '^10: 00 00 00 00 00 00 00 00' "$PVF_TMP/unassigned.dump"
fails "unassigned" "" 0 --dump="$PVF_TMP/unassigned.dump" --bar="$good.bar"

# A dump of a machine
{ sed 's/^00:05/00:06/' "$good.dump"; cat "$dumps/class-sub.dump"; } >"$PVF_TMP/two.dump"
refuses "two functions" 2 '2 functions carry a locator: name one' --dump="$PVF_TMP/two.dump"
fails "two functions, one is named" "" 0 --dump="$PVF_TMP/two.dump" --bar="$good.bar" 0:6.0
fails "two functions, the other is named" PVF-DEV-16 1 -d 0:5.0 --dump="$PVF_TMP/two.dump" --bar="$good.bar"
refuses "not in the dump" 3 '0000:00:07\.0: the dump has no such function' --dump="$PVF_TMP/two.dump" 0:7.0

# Incomplete and wrong files
head -n 18 "$good.dump" >"$PVF_TMP/short.dump"
refuses "256 bytes" 3 'less than the 4096 bytes of config space of 0000:00:05\.0: run lspci -xxxx as root' --dump="$PVF_TMP/short.dump"
head -n 7 "$good.dump" >"$PVF_TMP/header.dump"
refuses "64 bytes" 3 'less than the 256 bytes' --dump="$PVF_TMP/header.dump"
head -c 4096 "$good.bar" >"$PVF_TMP/short.bar"
refuses "short image" 4 '0x1000 bytes, but BAR0 has 0x10000' --dump="$good.dump" --bar="$PVF_TMP/short.bar"
fails "short image, no sizes" PVF-DEV-20 1 --dump="$PVF_TMP/sizes.dump" --bar="$PVF_TMP/short.bar"
: >"$PVF_TMP/empty"
refuses "empty image" 4 'an image has 1 byte to 64 MiB' --dump="$good.dump" --bar="$PVF_TMP/empty"
refuses "empty dump" 3 'no function of the dump' --dump="$PVF_TMP/empty"
refuses "no image file" 3 'nothing: No such file' --dump="$good.dump" --bar="$PVF_TMP/nothing"
refuses "no dump file" 3 'nothing: No such file' --dump="$PVF_TMP/nothing"
refuses "a folder" 3 'no function of the dump' --dump="$PVF_TMP"
refuses "not a dump" 3 'PCI: dump: |no function of the dump' --dump="$good.bar"
refuses "with --source" 2 'excludes' --dump="$good.dump" -s pci
refuses "--bar alone" 2 '--bar requires --dump' --bar="$good.bar"
tap_done
