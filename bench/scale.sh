#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scale.sh: measure the cost of the device on the host: the time from QEMU's start until it
# answers on QMP, and its anonymous memory then, without the device, with one, with a table
# of 32 words, and with 64 functions of 32 words each; the minimum of RUNS=15 interleaved
# runs. Also the probe time of one of those 64 in a guest, in thousands of instructions, as
# in probe.sh.

. "$(dirname "$0")/lib.sh"
runs=${RUNS:-15} functions=64 words=32

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
least() { sort -n | head -n 1; }

# start NAME QEMU-ARG...: append a line "MICROSECONDS KIB" to the file NAME
start() {
    local name=$1 line pid begin took=''
    shift
    begin=${EPOCHREALTIME/./}
    coproc QEMU { exec "$G_QEMU" -machine "$A_MACHINE" -accel tcg -nodefaults -display none \
        -S -qmp stdio "$@"; }
    pid=$QEMU_PID
    echo '{"execute": "qmp_capabilities"}' >&"${QEMU[1]}"
    while read -r line; do
        [[ $line = *'"return"'* && -z $took ]] || continue
        took=$((${EPOCHREALTIME/./} - begin))
        sed -n "s/^RssAnon:[^0-9]*\([0-9]*\) kB/$took \1/p" "/proc/$pid/status" >>"$B_OUT/$name"
        echo '{"execute": "quit"}' >&"${QEMU[1]}"
    done <&"${QEMU[0]}"
    wait "$pid"
}

guest_use x86_64 6.12
long=paravisor-pci,$(features_of "$words")
many=()
for ((i = 0; i < functions; i++)); do
    many+=(-device "$long,addr=$(printf '%x.%x' $((2 + i / 8)) $((i % 8))),multifunction=on")
done
say "start of QEMU, $runs times each ..."
for ((run = 0; run < runs; run++)); do
    start none
    start one -device paravisor-pci,features=vtpm
    start long -device "$long"
    start many "${many[@]}"
done
for name in none one long many; do
    echo "scale start=$name us=$(cut -d' ' -f1 "$B_OUT/$name" | least)" \
        "kib=$(cut -d' ' -f2 "$B_OUT/$name" | least)"
done

APPEND='initcall_debug loglevel=4' bench_guest "$functions functions of $words words" \
    -icount shift=0,sleep=off "${many[@]}" <<'END' >"$B_OUT/guest"
dmesg -c >/dev/null
modprobe pvfeat
dmesg | sed -n 's/.*probe of [^ ]* returned 0 after \([0-9]*\) usecs/bound \1/p'
echo "windows $(ls -d $PVF/pci* | wc -l)"
END
windows=$(sed -n 's/^windows //p' "$B_OUT/guest")
[ "$windows" = "$functions" ] || die "the guest has $windows windows instead of $functions"
echo "scale guest=many windows=$windows bound=$(sed -n 's/^bound //p' "$B_OUT/guest" | median)"
