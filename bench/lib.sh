# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Functions shared by the parts of "make bench". A part prints records, one per line, as
# "TABLE NAME=VALUE ..." for report.py; its messages go to standard error.

. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$PVF_TOP/scripts/guest.sh"

# Table sizes in words of features; features_of WORDS prints the QEMU option for one
# shellcheck disable=SC2034 # for the parts
B_WORDS='1 4 16 32'
features_of() { printf 'feature-words=0x1'; [ "$1" = 1 ] || printf ':0x1%.0s' $(seq 2 "$1"); }

# bench_guest NAME QEMU-ARG...: boot the guest that guest_use prepared, with one processor
# and the script on standard input as its main program, and print the script's output.
# QEMU runs in folder B_OUT.
B_OUT=$PVF_TMP/out
mkdir "$B_OUT"
bench_guest() {
    local name=$1 folder=$PVF_TMP/guest log=$PVF_TMP/console status
    shift
    guest_folder "$folder"
    { echo '. /guest/tap.sh'; cat; } >"$folder/guest/main"
    say "$name ..."
    (cd "$B_OUT" && GUEST_HOST=$G_HOST SMP=1 guest_run 600 "$folder" "$@") \
        >"$log" 2>&1 </dev/null || :
    status=$(guest_status "$log") || status='none, it did not finish'
    if [ "$status" != 0 ]; then
        tail -n 20 "$log" >&2
        die "$name: exit status of the guest's script: $status"
    fi
    guest_output "$log" | grep -v '^ok' || :
}
