# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What every script here shares: where things are kept, how long work is shown,
# and how Debian packages are had. Source it; it sets -euo pipefail.

set -euo pipefail
# Where depmod is, for who is not root
PATH+=:/usr/sbin:/sbin

PVF_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PVF_CACHE=${PVFEAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pvfeat}
PVF_JOBS=${JOBS:-$(nproc)}
# What was there before: cold, nothing; clean, what was fetched; warm, what was built
PVF_STATE=warm
[ -d "$PVF_CACHE/build" ] || PVF_STATE=clean
[ -d "$PVF_CACHE/src" ] || PVF_STATE=cold
mkdir -p "$PVF_CACHE/log"

# What is temporary is in here and goes when the script ends
PVF_TMP=$(mktemp -d)
trap 'rm -rf "$PVF_TMP"' EXIT

if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
    PVF_TTY=1 BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    PVF_TTY='' BOLD='' RED='' PLAIN=''
fi

say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; }
# A command that fails where none may is never silent; one that called die() has said it
PVF_DIED=99
set -E
trap '[ $? = "$PVF_DIED" ] || printf "%s:%s: failed: %s\n" "$0" "$LINENO" "$BASH_COMMAND" >&2' ERR
# took WHAT: keep for bench/speed.sh how long this script ran; not in the cache, which is
# removed for a cold run
PVF_TIMES=${XDG_STATE_HOME:-$HOME/.local/state}/pvfeat/times
took() {
    mkdir -p "${PVF_TIMES%/*}"
    echo "$1 $PVF_STATE $SECONDS $(date -I)" >>"$PVF_TIMES"
}
die() { printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2; exit "$PVF_DIED"; }

# watch_log LOG TITLE START: on a terminal, the last line of LOG and the time.
watch_log() {
    local line width
    while sleep 0.5 && kill -0 $$ 2>/dev/null; do
        width=$(tput cols 2>/dev/null || echo 80)
        line=$(tail -c 400 "$1" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]')
        line="$2 ($((SECONDS - $3)) s): $line"
        printf '\r\e[K%s' "${line:0:width-1}" >&2
    done
}

# strictly COMMAND...: run it in a subshell where errors end it, and set
# STRICT_STATUS. (To the left of || or in an "if" the shell would go on.)
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

# step TITLE COMMAND...: run a long command with its output in a log file; show
# that it is alive, how long it took, and the end of its log if it fails.
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
        die "$title failed; the whole log: $log"
    fi
    say "$title: $((SECONDS - start)) s"
}

# hash_of FILE...: one hash over the names and contents of files and folders,
# independent of where the checkout is.
hash_of() {
    (cd "$PVF_TOP" && find "$@" -type f -print0 | LC_ALL=C sort -z |
        xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# fresh STAMP KEY: true if STAMP was written with KEY; stamp writes it.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$1"; }

# lock NAME: only one process at a time goes on from here, until it calls unlock
# or exits.
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

# ---- Debian packages --------------------------------------------------------
#
# The machine's own apt is left as it is: a private package index names the
# mirrors that the machine already uses, with two suites more.

debian_suite() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

apt_sources() {
    local suite uri release component
    suite=$(debian_suite)
    [ "$suite" = bookworm ] ||
        die "this needs Debian 12 (bookworm) to fetch its parts; here is '$suite'"
    # shellcheck disable=SC2016 # the $() are apt's
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
            'Created-By: Packages' | sort -u |
    while read -r uri release component; do
        [[ $component = main && $release = $suite* ]] || continue
        echo "deb $uri $release main"
        if [ "$release" = "$suite" ]; then
            echo "deb $uri $suite-backports main"
            echo "deb-src $uri trixie main"
        fi
    done
}

# apt_private ARCH [sudo] TOOL ARGS...: an apt tool on the private index of
# ARCH, as on a machine with nothing installed (APT_STATUS= names another state).
apt_private() {
    local arch=$1 root=$PVF_CACHE/apt/$1 tool=()
    shift
    while [[ $1 != apt* ]]; do tool+=("$1"); shift; done
    tool+=("$1")
    shift
    "${tool[@]}" -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State="$root/state" -o Dir::Cache="$root/cache" \
        -o Dir::State::status="${APT_STATUS:-/dev/null}" \
        -o Dir::State::extended_states="$root/state/extended_states" \
        -o APT::Sandbox::User=root "$@"
}

apt_index() {
    local arch=$1 root=$PVF_CACHE/apt/$1
    apt_current "$root" && return
    lock "apt-$arch"
    apt_new_index "$arch" "$root"
    unlock "apt-$arch"
}

apt_new_index() {
    local arch=$1 root=$2
    apt_current "$root" && return
    mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
    apt_sources >"$root/sources.list"
    [ "$arch" = "$(dpkg --print-architecture)" ] ||
        sed -i '/^deb-src/d' "$root/sources.list"
    step "Package index for $arch" apt_update "$arch"
    [ -s "$root/updated" ] ||
        say "not all of the index for $arch could be had; once more in an hour"
}

# A mirror that is being synchronised may have the index of one suite that is not the
# signed one; apt leaves that out and says so. What counts is that the release is there.
# "updated" is empty then, and good for an hour.
apt_update() {
    local updated=$PVF_CACHE/apt/$1/updated
    if apt_private "$1" apt-get update; then
        echo whole >"$updated"
    else
        apt_private "$1" apt-cache show --no-all-versions busybox-static
        : >"$updated"
    fi
}

apt_current() { [ -s "$1/updated" ] || [ -n "$(find "$1" -name updated -mmin -60 2>/dev/null)" ]; }

# apt_need PACKAGE...: install what this machine lacks of these packages;
# PACKAGE>=VERSION takes it from backports where Debian's own is too old.
apt_need() {
    local missing=() sudo=() p name want have arch
    for p; do
        name=${p%%>=*} want=''
        [ "$name" = "$p" ] || want=${p##*>=}
        have=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$name" \
            2>/dev/null | sed -n 's/^installed //p') || :
        if [ -z "$have" ] || ! dpkg --compare-versions "$have" ge "${want:-0}"; then
            missing+=("$name${want:+/$(debian_suite)-backports}")
        fi
    done
    [ ${#missing[@]} = 0 ] && return
    arch=$(dpkg --print-architecture)
    apt_index "$arch"
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    # apt-get does not wait for another
    lock apt-install
    APT_STATUS=/var/lib/dpkg/status DEBIAN_FRONTEND=noninteractive \
        step "Debian packages ${missing[*]}" apt_fetch "$arch" / "${sudo[@]}" \
        apt-get install -y --no-install-recommends "${missing[@]}"
    unlock apt-install
}

# apt_fetch ARCH DIR [sudo] APT-GET ARGS...: run an apt-get that downloads, in
# DIR; should a package be gone, the index is old: get a new one, try once more.
apt_fetch() {
    local arch=$1 dir=$2
    shift 2
    mkdir -p "$dir"
    cd "$dir"
    apt_private "$arch" "$@" && return
    apt_update "$arch"
    apt_private "$arch" "$@"
}

# apt_source PACKAGE DIR: unpack its upstream source, of Debian's next release, as DIR, once.
apt_source() {
    [ ! -d "$2" ] || return 0
    apt_index "$(dpkg --print-architecture)"
    step "$1 source" fetch_source "$1" "$2.part"
    mv "$2.part" "$2"
}
fetch_source() {
    rm -rf "$2"
    apt_fetch "$(dpkg --print-architecture)" "$2" apt-get source --tar-only \
        --download-only --only-source "$1"
    tar --extract --no-same-owner --strip-components=1 --file "$1"_*.orig.tar.*
    rm "$1"_*.orig.tar.*
}

# apt_unpack ARCH DIR PACKAGE...: unpack exactly these packages into DIR, once.
apt_unpack() {
    local arch=$1 dir=$2 todo=() p debs
    shift 2
    for p; do [ -e "$dir/.unpacked/$p:$arch" ] || todo+=("$p"); done
    [ ${#todo[@]} = 0 ] && return
    debs=$(mktemp -d -p "$PVF_TMP")
    step "Debian $arch: ${todo[*]}" apt_fetch "$arch" "$debs" \
        apt-get download "${todo[@]}"
    mkdir -p "$dir/.unpacked"
    for p in "$debs"/*.deb; do dpkg-deb -x "$p" "$dir"; done
    for p in "${todo[@]}"; do touch "$dir/.unpacked/$p:$arch"; done
}

# apt_tree ARCH DIR PACKAGE...: the same for packages with all that they depend on.
apt_tree() {
    local arch=$1 dir=$2 debs deb
    shift 2
    fresh "$dir/.unpacked" "$*" && return
    debs=$(mktemp -d -p "$PVF_TMP")
    mkdir "$debs/partial"
    step "Debian $arch: $*" apt_fetch "$arch" "$debs" apt-get install -y \
        --download-only --no-install-recommends -o Dir::Cache::archives="$debs" "$@"
    rm -rf "$dir"
    mkdir -p "$dir"
    for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$dir"; done
    stamp "$dir/.unpacked" "$*"
}

# abi_dump: the ABI headers as text, see scripts/abi-dump.c
abi_dump() {
    cc -I"$PVF_TOP/include" -o "$PVF_TMP/abi-dump" "$PVF_TOP/scripts/abi-dump.c"
    "$PVF_TMP/abi-dump"
}
