#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reproduce.sh [--patched] [NAME...]
#
# Boot the newest of Debian's kernels that has fault NAME of linux/faults.txt, or each of
# the faults, with a function that provokes it; a result is good if the kernel stops or
# reports a bug. With --patched, build the newest kernel with the patches of this folder
# and run the hostile test of the same name on it; a result is good if that test passes.
# Prints TAP.

. "$(dirname "${BASH_SOURCE[0]}")/../guest-tests/kinds/hostile.sh"

# A kernel that has printed nothing for so many seconds has stopped; one that goes on
# printing has this long to come to the end of the guest's script
QUIET=20 LIMIT=60
# What a fault prints, worst first
SPLATS=('kernel BUG at' 'Kernel stack overflow' 'Kernel panic' 'WARNING: ')

# stopped_at LOG: the line of the console that shows the fault; fails if the guest came to
# its end without one
stopped_at() {
    local splat
    for splat in "${SPLATS[@]}"; do
        grep -m1 "$splat" "$1" && return
    done
    ! guest_status "$1" >/dev/null || return 1
    echo "no end, and the last line is $(grep . "$1" | tail -n 1)"
}

# boot LOG QEMU-ARG...: boot a guest that loads the modules for its functions, until it
# ends, is silent or takes too long
boot() {
    local log=$1 folder=$PVF_TMP/guest console=$PVF_TMP/fifo fd pid line
    shift
    guest_folder "$folder"
    echo '. /guest/tap.sh; load' >"$folder/guest/main"
    [ -p "$console" ] || mkfifo "$console"
    # In a process group of its own, which ends as one
    set -m
    (
        trap - ERR
        SMP=1 APPEND="loglevel=7 $GUEST_SKIPS" guest_run "$LIMIT" "$folder" "$@"
    ) >"$console" 2>/dev/null </dev/null &
    pid=$!
    set +m
    exec {fd}<"$console"
    while IFS= read -r -t "$QUIET" -u "$fd" line; do
        echo "${line%$'\r'}"
        [[ $line != @@end* ]] || break
    done >"$log"
    kill -- "-$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
    exec {fd}<&-
}

# row_of BUS: the row of the table of architectures to see a fault of that bus on
row_of() {
    case $1 in
    zpci) echo s390x ;;
    pci) echo x86_64-pc ;;
    *) echo x86_64 ;;
    esac
}

# use_faulty ROW NAME: use the newest kernel for the row that has the fault
use_faulty() {
    local series
    arch_use "$1"
    for series in $(kernel_list | tr ' ' '\n' | tac); do
        K_RELEASE=$series
        grep -q "^$2 " <<<"$(faults)" || continue
        guest_use "$1" "$series"
        return
    done
    die "none of Debian's kernels has the fault $2"
}

# show_fault NAME BUS: boot with the function of that lie
show_fault() {
    local name=$1 options line log=$PVF_TMP/console
    use_faulty "$(row_of "$2")" "$name"
    options=$(all_lies | awk -v name="$name" '$1 == name { print $2 }')
    place 0
    boot "$log" -device "paravisor-pci-hostile,$AT,$options"
    if line=$(stopped_at "$log"); then
        tap ok "$name: Linux $K_RELEASE has the fault"
        echo "# $line"
    else
        tap "not ok" "$name: Linux $K_RELEASE has the fault"
        sed 's/^/# /' "$log"
    fi
}

patched='' names=()
for word; do
    case $word in
    --patched) patched=yes ;;
    -h | --help)
        sed -n '4,/^$/s/^# \{0,1\}//p' "$0"
        exit
        ;;
    -*) die "there is no option $word; see --help" ;;
    *) names+=("$word") ;;
    esac
done
[ ${#names[@]} != 0 ] || mapfile -t names < <(awk '!/^#/ && NF { print $1 }' "$FAULTS")

for name in "${names[@]}"; do
    bus=$(awk -v name="$name" '$1 == name { print $2 }' "$FAULTS")
    [ -n "$bus" ] || die "linux/faults.txt has no fault $name"
    if [ "$patched" ]; then
        guest_use "$(row_of "$bus")" patched
        test_hostile "$name"
    else
        show_fault "$name" "$bus"
    fi
done
tap_done
