#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# probe.sh: measure the time until the features are available, and the memory used. The
# kernel logs the time of each module's start and each function's probe (initcall_debug) by
# a clock that counts instructions (-icount): one microsecond is a thousand instructions.
# The result is the minimum of TIMES=9 runs, because other tasks may be scheduled meanwhile.

. "$(dirname "$0")/lib.sh"

guest_script() {
    echo "times=${TIMES:-9}"
    cat <<'END'
bdf() { lspci -D -n -d "$1" | cut -d' ' -f1; }
least() { sort -n | head -n 1; }
# started MODULE, bound DEVICE-REGEX: print the thousands of instructions of its start, its probe
started() { dmesg | sed -n "s/.*initcall .*\[$1\] returned 0 after \([0-9]*\) usecs/\1/p"; }
bound() { dmesg | sed -n "s/.*probe of $1 returned 0 after \([0-9]*\) usecs/\1/p"; }
loaded() { sed -n "s/^$1 \([0-9]*\) .*/\1/p" /proc/modules; }
row() { # MODULE DEVICE-REGEX
    for i in $(seq $times); do
        rmmod "$1" 2>/dev/null
        modprobe "$1" 2>/dev/null || return # the kernel does not have this module
    done
    echo "module=$1 started=$(started "$1" | least) bound=$(bound "$2" | least) bytes=$(loaded "$1")"
}
row pvfeat "$(functions)"
row pvpanic_pci "$(bdf 1b36:0011)"
row virtio_rng 'virtio[0-9]*'
# virtio_pci is built in; no driver is bound to the virtio device at boot, nor in this loop
rmmod virtio_rng
rng=$(bdf 1af4:1044) driver=/sys/bus/pci/drivers/virtio-pci
for i in $(seq $times); do
    echo "$rng" >$driver/unbind
    echo "$rng" >$driver/bind
done
echo "module=virtio_pci bound=$(bound "$rng" | least)"
# The tool's peak memory after its initial output and one change
pvfeat watch --json >/tmp/shown &
until [ "$(wc -l </tmp/shown)" -ge 2 ]; do
    host update '{"features": "vtpm"}'
    host update '{"features": ""}'
done >/dev/null
echo "tool=pvfeat kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$!/status)"
kill $!
END
}

for arch in ${ARCH:-x86_64 arm64}; do
    guest_use "$arch" 6.12
    guest_script | APPEND='initcall_debug loglevel=4' bench_guest "time to know, $arch" \
        -icount shift=0,sleep=off -object paravisor-features,id=pv0,features=confidential \
        -device paravisor-pci,table=pv0 -device pvpanic-pci \
        -device virtio-rng-pci,disable-legacy=on | sed -En "s/^(module|tool)=/probe arch=$arch &/p"
done
