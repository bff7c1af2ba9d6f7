#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# speed.sh: how long this project's own commands take: a demo now, and each of those that
# were run on this machine as it was the last time: with all to fetch (cold), with all to
# build (clean), or with what was built before, where it still fits (warm). Make a cold
# one by PVFEAT_CACHE=/an/empty/folder.

. "$(dirname "$0")/../scripts/lib.sh"

say "make demo ..."
"$PVF_TOP/scripts/demo.sh" >/dev/null 2>"$PVF_TMP/err" || { cat "$PVF_TMP/err" >&2; die "make demo failed"; }
# The last of each
awk '{ last[$1 " " $2] = "speed what=" $1 " cache=" $2 " seconds=" $3 " date=" $4 }
    END { for (i in last) print last[i] }' "$PVF_TIMES" | sort
