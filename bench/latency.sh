#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# latency.sh: measure the latency of a change by the host until the guest has processed it,
# compared with a configuration change of a virtio device (resizing a disk). Stages: from
# the QMP command to user space woken by a uevent, measured on the host; in the guest, from
# the interrupt to the notified kernel code, and to user space. COUNT=1000 changes of each,
# with a pause and back to back. Times are microseconds of emulation, of use only for
# comparison.

. "$(dirname "$0")/lib.sh"

count=${COUNT:-1000}
guest_script() {
    echo "count=$count"
    cat <<'END'
modprobe virtio_blk
modprobe pvfeat
modprobe pvfeat_sample
t=/sys/kernel/tracing
mount -t tracefs tracefs $t
echo 20000 >$t/buffer_size_kb
echo mono >$t/trace_clock
echo 'p:told_pvfeat pvfeat_sample:features_changed' >$t/kprobe_events
echo 'p:told_virtio virtio_blk:virtblk_config_changed_work' >>$t/kprobe_events
echo 'comm == "reader"' >$t/events/syscalls/sys_enter_write/filter
for event in irq/irq_handler_entry kprobes syscalls/sys_enter_write; do
    echo 1 >$t/events/$event/enable
done

# Print lines NAME-PAUSE-STAGE MICROSECONDS, measured from the preceding interrupt
changes() { # NAME INTERRUPT UEVENT COMMANDS
    for pause in 10 0; do
        echo >$t/trace
        reader wakes "$3" "$count" >/dev/console &
        host latency "$1-$pause-qmp" "$count" "$pause" "$4" || return
        wait
        awk -v name="$1-$pause" -v interrupt="name=$2" '
            match($0, / [0-9]+\.[0-9]+: /) { now = substr($0, RSTART, RLENGTH - 2) * 1000000 }
            /irq_handler_entry/ && $NF == interrupt { since = now }
            since && / told_/ { print name "-kernel", int(now - since) }
            since && / sys_write/ { print name "-user", int(now - since) }' $t/trace
    done
}
set_features() {
    echo '{"execute": "qom-set", "arguments": {"path": "/objects/pv0", "property": "features", "value": "'"$1"'"}}'
}
set_size() {
    echo '{"execute": "block_resize", "arguments": {"node-name": "disk", "size": '"$1"'}}'
}
changes pvfeat pvfeat /pvfeat/effective "[$(set_features vtpm), $(set_features '')]"
changes virtio virtio0-config /block/vda "[$(set_size 2097152), $(set_size 1048576)]"
END
}

# percentiles: print percentiles of the numbers on standard input
percentiles() {
    sort -n | awk '{ all[NR] = $1 }
        function part(p) { return all[int((NR - 1) * p / 100) + 1] }
        END { print "count=" NR, "p50=" part(50), "p90=" part(90), "p99=" part(99), "max=" all[NR] }'
}

for arch in ${ARCH:-x86_64 arm64}; do
    guest_use "$arch" 6.12
    truncate -s 1M "$B_OUT/disk"
    guest_script | bench_guest "latency, $arch" \
        -object paravisor-features,id=pv0,firmware=off -device paravisor-pci,table=pv0 \
        -blockdev driver=file,filename=disk,node-name=disk \
        -device virtio-blk-pci,drive=disk,disable-legacy=on |
        sed -n 's/^\([a-z]*-[0-9]*-[a-z]*\) \([0-9]*\)$/\1 \2/p' |
        while read -r name us; do echo "$us" >>"$B_OUT/$name"; done
    for name in {pvfeat,virtio}-{10,0}-{qmp,kernel,user}; do
        IFS=- read -r what pause stage <<<"$name"
        summary=$(percentiles <"$B_OUT/$name")
        [[ $summary = "count=$count "* ]] || die "$name: $count changes, but $summary"
        echo "latency arch=$arch what=$what pause=$pause stage=$stage $summary"
        rm "$B_OUT/$name"
    done
done
