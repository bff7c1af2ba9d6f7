# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Functions shared by all scripts: locations, progress of long commands, locks, and, from
# debian.sh, access to Debian packages. To be sourced; sets -euo pipefail.

# A script and the libraries that it sources may both source it
[ -z "${PVF_TMP:-}" ] || return 0
set -euo pipefail
# The make of another release does not accept these
unset MAKEFLAGS MFLAGS
# depmod is there; users other than root may lack it in their PATH
PATH+=:/usr/sbin:/sbin

PVF_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PVF_CACHE=$(realpath -m "${PVFEAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pvfeat}")
PVF_JOBS=${JOBS:-$(nproc)}
# State of the cache at the start: cold, empty; clean, downloads only; warm, with builds
PVF_STATE=warm
[ -d "$PVF_CACHE/build" ] || PVF_STATE=clean
[ -d "$PVF_CACHE/src" ] || PVF_STATE=cold
mkdir -p "$PVF_CACHE/log"

# Folder for temporary files, removed when the script exits
PVF_TMP=$(mktemp -d)
trap 'rm -rf "$PVF_TMP"' EXIT

if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
    PVF_TTY=1 BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    PVF_TTY='' BOLD='' RED='' PLAIN=''
fi

say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; }
# Report any command that fails unexpectedly, except for one that has called die()
PVF_DIED=99
set -E
trap '[ $? = "$PVF_DIED" ] || printf "%s:%s: failed: %s\n" "$0" "$LINENO" "$BASH_COMMAND" >&2' ERR
# took WHAT: record the run time of this script for bench/speed.sh; not in the cache, which
# is removed for a cold run
PVF_TIMES=${XDG_STATE_HOME:-$HOME/.local/state}/pvfeat/times
took() {
    mkdir -p "${PVF_TIMES%/*}"
    echo "$1 $PVF_STATE $SECONDS $(date -I)" >>"$PVF_TIMES"
}
die() { printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2; exit "$PVF_DIED"; }

# watch_log LOG TITLE START: on a terminal, show the last line of LOG and the time since START.
watch_log() {
    local line width
    while sleep 0.5 && kill -0 $$ 2>/dev/null; do
        width=$(tput cols 2>/dev/null || echo 80)
        line=$(tail -c 400 "$1" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]')
        line="$2 ($((SECONDS - $3)) s): $line"
        printf '\r\e[K%s' "${line:0:width-1}" >&2
    done
}

# strictly COMMAND...: run it in a subshell with "set -e" in effect, and set
# STRICT_STATUS. (On the left of || or in an "if" the shell ignores "set -e".)
strictly() {
    local on_error
    on_error=$(trap -p ERR)
    trap - ERR
    set +e
    (set -e; "$@")
    STRICT_STATUS=$?
    set -e
    eval "$on_error"
}

# step TITLE COMMAND...: run a long command with its output in a log file; show its
# progress and duration, and the end of its log if it fails.
step() {
    local title=$1 start=$SECONDS log watcher='' status=0
    shift
    log=$(tr -cs '[:alnum:].' - <<<"$title")
    log=$PVF_CACHE/log/${log:0:60}.log
    say "$title ..."
    : >"$log"
    if [ -n "$PVF_TTY" ]; then
        watch_log "$log" "$title" "$start" &
        watcher=$!
    fi
    strictly "$@" >"$log" 2>&1 </dev/null
    status=$STRICT_STATUS
    if [ -n "$watcher" ]; then
        kill "$watcher" 2>/dev/null || :
        wait "$watcher" 2>/dev/null || :
        printf '\r\e[K' >&2
    fi
    if [ "$status" != 0 ]; then
        tail -n 40 "$log" >&2
        die "$title failed; see the log $log"
    fi
    say "$title: $((SECONDS - start)) s"
}

# hash_of FILE...: print a hash of the names and contents of files and folders,
# independent of the location of the checkout.
hash_of() {
    (cd "$PVF_TOP" && find "$@" -type f -print0 | LC_ALL=C sort -z |
        xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# fresh STAMP KEY: true if STAMP was written with KEY; stamp writes it.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$1"; }

# lock NAME: wait for and take an exclusive lock, held until unlock or exit.
declare -A PVF_LOCKS
lock() {
    local fd
    exec {fd}>"$PVF_CACHE/$1.lock"
    PVF_LOCKS[$1]=$fd
    flock -n "$fd" && return
    say "waiting for another build of $1 to finish ..."
    flock "$fd"
}
unlock() {
    local fd=${PVF_LOCKS[$1]}
    exec {fd}>&-
}

# copy_patched FROM TO PATCH...: copy a source tree and apply the patches. The copy consists of
# hard links: programs that write to it must replace files, as patch, "sed -i" and rsync do.
# Files that patches change are new, because make and ninja compare times.
copy_patched() {
    local from=$1 to=$2 file
    shift 2
    rm -rf "$to" "$to.part"
    mkdir -p "${to%/*}"
    cp -al "$from" "$to.part"
    if [ $# != 0 ]; then
        sed -n 's,^--- a/,,p' "$@" | sort -u | while read -r file; do
            [ ! -e "$from/$file" ] || cp --remove-destination "$from/$file" "$to.part/$file"
        done
        cat "$@" | patch -s -p1 -F0 --no-backup-if-mismatch -d "$to.part"
    fi
    mv "$to.part" "$to"
}

# any_identity: sign patches that are only tested, whether or not git has an identity
any_identity() {
    export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-make test}
    export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-test@localhost}
}

# abi_dump: print the ABI headers as text, see scripts/abi-dump.c
abi_dump() {
    cc -I"$PVF_TOP/include" -o "$PVF_TMP/abi-dump" "$PVF_TOP/scripts/abi-dump.c"
    "$PVF_TMP/abi-dump"
}

. "$PVF_TOP/scripts/debian.sh"
