#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run the commands of README.md's console blocks, and compare their output with the output
# shown there: each line, in order, with numbers masked; "..." stands for omitted lines, and
# the guest's own "$ command" lines are part of the output.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

cd "$PVF_TOP"

# blocks: print the console blocks, each line with the number of its block before it
blocks() {
    awk '/^```/ { inside = /^```console/; nr += inside; next } inside { print nr, $0 }' README.md
}

# mask: without numbers, and with single blanks
mask() { sed -E 's/[0-9]+(\.[0-9]+)?/N/g; s/[[:space:]]+/ /g; s/^ //; s/ $//'; }

# compare SHOWN OUTPUT: each line of one file is in the other, in order
compare() {
    mask <"$2" | awk -v shown="$1.masked" '
        { output[NR] = $0 }
        END {
            while ((getline line <shown) > 0) {
                if (line == "..." || line == "")
                    continue
                for (found = 0; at < NR && !found;)
                    found = output[++at] == line
                if (!found) {
                    print "not in the output, or not there: " line
                    exit 1
                }
                lines++
            }
            exit lines < 5
        }'
}

blocks >"$PVF_TMP/blocks"
for nr in $(cut -d' ' -f1 "$PVF_TMP/blocks" | uniq); do
    sed -n "s/^$nr //p" "$PVF_TMP/blocks" >"$PVF_TMP/block"
    command=$(sed -n '1s/^\$ //p' "$PVF_TMP/block")
    tail -n +2 "$PVF_TMP/block" >"$PVF_TMP/shown"
    mask <"$PVF_TMP/shown" >"$PVF_TMP/shown.masked"
    tap_run "$command" bash -c "$command >'$PVF_TMP/output'"
    tap_run "$command: output" compare "$PVF_TMP/shown" "$PVF_TMP/output"
done
tap_run "README has a console block" test "$(wc -l <"$PVF_TMP/blocks")" -gt 10
tap_run "README is short: $(wc -l <README.md) lines" test "$(wc -l <README.md)" -le 120
tap_done
