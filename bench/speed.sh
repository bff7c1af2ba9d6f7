#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# speed.sh: measure the time of this project's own commands: run a demo now, and print the
# most recent time of each command that was run on this machine, by state of the cache:
# empty (cold), downloads only (clean), or previous builds that are still valid (warm). Use
# PVFEAT_CACHE=/an/empty/folder for a cold run.

. "$(dirname "$0")/../scripts/lib.sh"

say "make demo ..."
"$PVF_TOP/scripts/demo.sh" >/dev/null 2>"$PVF_TMP/err" || { cat "$PVF_TMP/err" >&2; die "make demo failed"; }
# The most recent record of each
awk '{ last[$1 " " $2] = "speed what=" $1 " cache=" $2 " seconds=" $3 " date=" $4 }
    END { for (i in last) print last[i] }' "$PVF_TIMES" | sort
