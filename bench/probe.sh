#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# probe.sh: how long it takes until the features are known, and what memory. The kernel
# says how long each module took to start and each function to be bound (initcall_debug),
# by a clock that counts instructions (-icount): its microseconds are thousands of them.
# The least of TIMES=9, for now and then something else gets the processor in between.

. "$(dirname "$0")/lib.sh"

guest_script() {
    echo "times=${TIMES:-9}"
    cat <<'END'
bdf() { lspci -D -n -d "$1" | cut -d' ' -f1; }
least() { sort -n | head -n 1; }
# started MODULE; bound DEVICE-REGEX: thousands of instructions
started() { dmesg | sed -n "s/.*initcall .*\[$1\] returned 0 after \([0-9]*\) usecs/\1/p"; }
bound() { dmesg | sed -n "s/.*probe of $1 returned 0 after \([0-9]*\) usecs/\1/p"; }
loaded() { sed -n "s/^$1 \([0-9]*\) .*/\1/p" /proc/modules; }
row() { # MODULE DEVICE-REGEX
    for i in $(seq $times); do
        rmmod "$1" 2>/dev/null
        modprobe "$1" 2>/dev/null || return # not every kernel has it
    done
    echo "module=$1 started=$(started "$1" | least) bound=$(bound "$2" | least) bytes=$(loaded "$1")"
}
row pvfeat "$(functions)"
row pvpanic_pci "$(bdf 1b36:0011)"
row virtio_rng 'virtio[0-9]*'
# The part that knows PCI is in the kernel; at the boot, and now, no driver is on top
rmmod virtio_rng
rng=$(bdf 1af4:1044) driver=/sys/bus/pci/drivers/virtio-pci
for i in $(seq $times); do
    echo "$rng" >$driver/unbind
    echo "$rng" >$driver/bind
done
echo "module=virtio_pci bound=$(bound "$rng" | least)"
# Its peak when it has shown all that it shows once, and a change
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
