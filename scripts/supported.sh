#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# supported.sh: print the table of supported versions in Markdown: for each row of the table
# of architectures, the kernels, QEMUs and hosts with which tests passed, as recorded by
# tap_supports() during "make test-all".

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

facts=$(cat "$PVF_CACHE"/log/supported/* 2>/dev/null) || die "no results; run make test-all"

# column ROW NR: print the distinct values of that column of the facts
column() {
    awk -v row="$1" -v nr="$2" '$1 == row && $nr != "-" { print $nr }' <<<"$facts" |
        sort -uV | paste -sd' ' | sed 's/ /, /g'
}

echo "| architecture | Linux | QEMU | built on Debian |"
echo "|---|---|---|---|"
for row in $(arches); do
    grep -q "^$row " <<<"$facts" || continue
    echo "| $row | $(column "$row" 2) | $(column "$row" 3) | $(column "$row" 4) |"
done
