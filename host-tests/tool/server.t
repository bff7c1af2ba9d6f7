#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pvfeat-server without a hypervisor, built with sanitizers: command line, control socket,
# and clients that send garbage. guest-tests/kinds/server.sh tests the function in a guest.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

cd "$PVF_TOP"
apt_need python3
server=$(scripts/build-server.sh sanitize)
client=host-tests/tool/vfio_user.py
socket=$PVF_TMP/socket control=$PVF_TMP/control
trap 'kill $(jobs -p) 2>/dev/null || :; rm -rf "$PVF_TMP"' EXIT

# answers NAME STATUS PATTERN ARG...: exit status and output, a regular expression for one line
answers() {
    local name=$1 want=$2 pattern=$3 status=0 out=$PVF_TMP/out
    shift 3
    timeout 20 "$server" "$@" >"$out" 2>&1 </dev/null || status=$?
    if [ "$status" = "$want" ] && [ "$(wc -l <"$out")" = 1 ] && grep -qE -- "$pattern" "$out"; then
        tap ok "$name"
    else
        tap "not ok" "$name"
        { echo "status $status, expected $want and: $pattern"; cat "$out"; } | sed 's/^/# /'
    fi
}

# start OPTION...: start a server and wait until it answers
start() {
    "$server" --control="$control" "$@" "$socket" 2>"$PVF_TMP/server.log" &
    pid=$!
    until [ -S "$socket" ] && "$server" --set="$control" >/dev/null 2>&1; do
        kill -0 "$pid" || die "the server ended: $(cat "$PVF_TMP/server.log")"
    done
}

# stop: a signal ends the server, which removes its sockets; no sanitizer reported an error
stop() {
    kill "$pid"
    timeout 20 tail --pid="$pid" -f /dev/null
    cat "$PVF_TMP/server.log"
    [ ! -e "$socket" ] && [ ! -e "$control" ] || return 1
    ! grep -qE 'Sanitizer|runtime error' "$PVF_TMP/server.log"
}

# table WORD VALUE: BAR0 has this word
table() { [ "$(python3 "$client" read "$socket" | cut -d' ' -f"$(($1 + 1))")" = "$2" ]; }

answers "--version" 0 '^pvfeat-server [0-9.]+, feature table 1\.0$' --version
tap_run "--help" "$server" --help
answers "no socket" 2 '^pvfeat-server: one argument is required'
answers "two sockets" 2 '^pvfeat-server: one argument is required' a b
answers "unknown option" 2 "unrecognized option '--foo'" --foo a
answers "bad feature" 2 "unknown feature 'vtmp'; did you mean vtpm\?" --features=vtmp a
answers "bad table" 2 'a feature is on without the one it needs \(tdisp-os, confidential\)' --features=tdisp-os a
answers "no folder" 3 '/nothing/socket: No such file' /nothing/socket
answers "long path" 3 'path|long|Invalid' "$(printf '%0200d' 0)"
answers "--set: no server" 3 "$control: No such file or directory" --set="$control"

start --features=vtpm --tee=none
answers "a second server on the control socket" 3 "$control: Address already in use" --control="$control" "$PVF_TMP/other"
answers "a second server on the socket" 3 "$socket: " "$socket"
tap_run "the table: GENERATION" table 5 00000000
tap_run "the table: features" table 12 00010000
answers "a change" 0 '^generation 2$' --set="$control" features=vtpm+attestation-report paravisor-version=7
tap_run "the change: features" table 12 00012000
tap_run "the change: a field" table 9 00000007
tap_run "the change: GENERATION" table 5 00000002
answers "no change" 0 '^generation 2$' --set="$control" paravisor-version=7
answers "a bad value" 1 "^pvfeat-server: --tee: 'foo' is not a name" --set="$control" paravisor-version=8 tee=foo
answers "a bad name" 1 "^pvfeat-server: 'foo' is not NAME=VALUE" --set="$control" foo=1
answers "no value" 1 "^pvfeat-server: 'tee' is not NAME=VALUE" --set="$control" tee
answers "a bad combination" 1 'exclude each other' --set="$control" features=confidential+tdisp-os+tdisp-paravisor
answers "a long request" 2 'at most 4096 bytes' --set="$control" "features=$(printf '%05000d' 0)"
tap_run "bad changes: the table is the same" table 9 00000007
answers "the generation is the same" 0 '^generation 2$' --set="$control"
tap_run "300 clients with bad messages" python3 "$client" garble "$socket" "$server" "$control" 300
tap_run "a signal ends it" stop
start --conventional --features=feature-1023 --paravisor-id=0x1414
tap_run "the largest table" table 0 4000800a
tap_run "a signal ends it, again" stop
tap_done
