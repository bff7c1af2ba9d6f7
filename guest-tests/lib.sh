# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests that boot guests, as TAP. A kind of test is a file in guest-tests/kinds that sources
# this file and defines a function run_KIND, which calls guest_test for each boot;
# guest-tests/run prepares the guest first.

. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$PVF_TOP/scripts/guest.sh"
. "$PVF_TOP/host-tests/tap.sh"

# A guest that takes longer is assumed to hang; some take half of this on a busy machine
GUEST_SECONDS=${GUEST_SECONDS:-300}

# On a busy machine a timer that does not tick or a stuck processor is not an error of the
# kernel. The other options skip unused initialisation that takes a second or two of each
# boot under TCG: self tests of ciphers, keys, BPF's types.
GUEST_SKIPS='no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1 cryptomgr.notests'
GUEST_SKIPS+=' initcall_blacklist=jent_mod_init,crypto_kdf108_init,load_system_certificate_list'
GUEST_SKIPS+=,init_encrypted,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init

# guest_test NAME QEMU-ARG...: boot the guest that guest_use prepared with the
# script on standard input as its main program, and report each of its results.
guest_test() {
    local name=$1 folder=$PVF_TMP/guest log=$PVF_TMP/console
    local failed=$TAP_FAILED
    shift
    guest_folder "$folder"
    {
        echo ". /guest/tap.sh${COVERAGE:+; counted $G_TOOL}"
        cat
        echo "healthy${COVERAGE:+; coverage}"
    } >"$folder/guest/main"
    # Two processors by default, and few kernel messages on the console
    SMP=${SMP:-1} APPEND="loglevel=4 $GUEST_SKIPS ${APPEND:-}" \
        strictly guest_run "$GUEST_SECONDS" "$folder" "$@" \
        ${COVERAGE:+-serial "file:$PVF_TMP/gcov.tar"} >"$log" 2>&1 </dev/null
    [ "$STRICT_STATUS" = 0 ] || echo "QEMU ended with status $STRICT_STATUS" >>"$log"
    guest_results "$name" "$log"
    [ -z "${COVERAGE:-}" ] || guest_coverage
    [ "$TAP_FAILED" = "$failed" ] || guest_console "$name: qemu $*" "$log"
}

# guest_results NAME LOG: report each result in a guest's console, and whether the guest's
# script ran to completion.
guest_results() {
    local name=$1 log=$2 line status ran=0
    while read -r line; do
        case $line in
        "ok - "*) tap ok "$name: ${line#ok - }"; ran=$((ran + 1)) ;;
        "not ok - "*) tap "not ok" "$name: ${line#not ok - }"; ran=$((ran + 1)) ;;
        "#"*) echo "$line" ;;
        *) echo "# $line" ;;
        esac
    done < <(guest_output "$log")
    status=$(guest_status "$log") || status="none, it did not finish"
    if [ "$status" = 0 ] && [ "$ran" -gt 0 ]; then
        tap ok "$name: the guest ran to completion"
    else
        tap "not ok" "$name: the guest ran to completion"
        echo "# exit status of the guest's script: $status; results: $ran"
    fi
}

# guest_console TITLE LOG: print the console of a failed test
guest_console() {
    echo "# ---- console of $1"
    tr -d '\r' <"$2" | sed 's/^/# /'
}

# guest_coverage: unpack the gcov counts of the last guest into a new folder in COVERAGE.
# gcov finds its notes there, because the links to them are absolute.
guest_coverage() {
    local folder
    mkdir -p "$COVERAGE"
    folder=$(mktemp -d -p "$COVERAGE" "$A_ROW.XXXXXX")
    tap_run "coverage" tar -x -C "$folder" -f "$PVF_TMP/gcov.tar"
}

# place NR: set the location of a guest's NRth function, from 0 to PLACES - 1: AT, as options
# for -device, and BDF, its address in the guest. On zPCI each function is in its own domain,
# numbered in the order of the command line, so NR must count all functions there.
# shellcheck disable=SC2034 # for callers
place() {
    # The last slot of q35 belongs to its ICH9
    PLACES=232
    printf -v AT 'addr=%x.%d,multifunction=on' $((2 + $1 / 8)) $(($1 % 8))
    printf -v BDF '0000:00:%02x.%d' $((2 + $1 / 8)) $(($1 % 8))
    if [ "$A_BUS" = zpci ]; then
        PLACES=32
        printf -v AT 'addr=%x' "$1"
        printf -v BDF '%04x:00:00.0' $(($1 + 1))
    fi
}

# supported: record that the row, kernel and QEMU that guest_use prepared work together
supported() {
    tap_supports "$A_ROW" "$K_VERSION" \
        "$("$G_QEMU" --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')"
}

# qemu_refuses NAME PATTERN QEMU-ARG...: QEMU must exit with an error message of one
# line that matches the extended regular expression.
qemu_refuses() {
    local name=$1 pattern=$2 out status=0
    shift 2
    out=$(timeout 20 "$G_QEMU" -machine "$A_MACHINE" -accel tcg -nodefaults \
        -display none -S "$@" \
        2>&1 </dev/null) || status=$?
    if [ "$status" = 1 ] && [ "$(wc -l <<<"$out")" = 1 ] &&
        grep -qE -- "$pattern" <<<"$out"; then
        tap ok "$name"
    else
        tap "not ok" "$name"
        echo "# status $status, expected 1; expected one line with: $pattern"
        sed 's/^/# /' <<<"$out"
    fi
}
