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

# generations WANT SETTING...: GENERATION before and after a change, on one connection
generations() {
    local got
    got=$(python3 "$client" read "$socket" "$server" --set="$control" "${@:2}" |
        cut -d' ' -f6 | paste -sd' ')
    echo "$got"
    [ "$got" = "$1" ]
}

# config WANT COMMAND...: what is read from configuration space
config() {
    local got
    got=$(python3 "$client" config "$socket" "${@:2}" | paste -sd' ')
    echo "$got"
    [ "$got" = "$1" ]
}

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
tap_run "the sockets are still there" "$server" --set="$control"
tap_run "the table: features" table 12 00010000
tap_run "GENERATION" generations "00000000 00000002" paravisor-version=1
tap_run "GENERATION of the next machine" generations "00000000 00000002" paravisor-version=2
tap_run "GENERATION without a change" generations "00000000 00000000" paravisor-version=2
answers "a change" 0 '^generation 2$' --set="$control" features=vtpm+attestation-report paravisor-version=7
tap_run "the change: features" table 12 00012000
tap_run "the change: a field" table 9 00000007
answers "no change" 0 '^generation 0$' --set="$control" paravisor-version=7
answers "a bad value" 1 "^pvfeat-server: --tee: 'foo' is not a name" --set="$control" paravisor-version=8 tee=foo
answers "a bad name" 1 "^pvfeat-server: 'foo' is not NAME=VALUE" --set="$control" foo=1
answers "no value" 1 "^pvfeat-server: 'tee' is not NAME=VALUE" --set="$control" tee
answers "a bad combination" 1 'exclude each other' --set="$control" features=confidential+tdisp-os+tdisp-paravisor
answers "a long request" 2 'at most 4096 bytes' --set="$control" "features=$(printf '%05000d' 0)"
tap_run "bad changes: the table is the same" table 9 00000007

tap_run "config: IDs, class, revision" config "f41af510 01008008 f41a0011" 0+4 8+4 2c+4
tap_run "config: locator" config "23000100 f41ac101 f5100000 5076544c01000000 0000000000100000" 100+4 104+4 108+4 10c+8 114+8
tap_run "config: written bits" config "4605 0000ffff 00f0ffff" 4=ffff 4+2 10=ffffffff 10+4 14=ffffffff 14+4
tap_run "config: parts of registers" config "0200 0000aa00 00c0" 4=02 4+2 12=aa 10+4 83=ff 82+2
tap_run "config: read-only registers" config "f41af510 f41ac101 01000000" 0=ffffffff 0+4 104=00000000 104+4 84=ffffffff 84+4
tap_run "config: a Function Level Reset" config "0600 0000 0000 0000" 4=06 4+2 48=0080 4+2 48+2 82+2
tap_run "300 clients with bad messages" python3 "$client" garble "$socket" 300 "$server" --set="$control"
tap_run "clients that stop in a message" python3 "$client" stall "$socket" "$server" --set="$control"
tap_run "after them: the table" table 12 00012000
# The command of this client waits until the other end of the pipe is closed
mkfifo "$PVF_TMP/stalled"
python3 "$client" stall "$socket" cat "$PVF_TMP/stalled" 2>/dev/null &
exec {stalled}>"$PVF_TMP/stalled"
tap_run "a signal ends it, with such a client" stop
exec {stalled}>&-
start --conventional --features=feature-1023 --paravisor-id=0x1414
tap_run "the largest table" table 0 4000800a
tap_run "config: locator, conventional" config "09801400 5076544c" 40+4 44+4
tap_run "a signal ends it, again" stop
tap_done
