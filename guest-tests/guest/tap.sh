# SPDX-License-Identifier: GPL-2.0-or-later
#
# TAP for guest scripts (busybox sh). The host numbers the lines.

PVF=/sys/class/pvfeat

# not_ok NAME: init shows the kernel's log in the end
not_ok() {
    echo "not ok - $1"
    touch /tmp/failed
}

# ok NAME COMMAND...: the command must succeed
ok() {
    name=$1
    shift
    if out=$("$@" 2>&1); then
        echo "ok - $name"
    else
        not_ok "$name"
        echo "$out" | sed "s/^/# /"
        echo "# failed: $*"
    fi
}

# is NAME GOT WANT: the two strings must be equal
is() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        not_ok "$1"
        printf '%s\n' "$2" | sed 's/^/#  got: /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
    fi
}

# like NAME GOT REGEX: the string must match the extended regular expression
like() {
    if printf '%s\n' "$2" | grep -qE "$3"; then
        echo "ok - $1"
    else
        not_ok "$1"
        printf '%s\n' "$2" | sed 's/^/#  got: /'
        echo "# want: $3"
    fi
}

# load: what udev does: load the module for the modalias of every PCI function
load() {
    for alias in /sys/bus/pci/devices/*/modalias; do
        modprobe -a "$(cat "$alias")" 2>/dev/null
    done
    return 0
}

# functions: PCI addresses with the IDs of the feature function, in bus order
functions() { lspci -D -d 1af4:10f5 | cut -d' ' -f1; }

# zpci FUNCTION: whether it is on the bus of s390x
zpci() { [ -e /sys/bus/pci/devices/"$1"/function_handle ]; }

# log: what the driver said since the last call of "forget"
log() { dmesg | grep pvfeat | sed 's/^\[[^]]*\] *//'; }
forget() { dmesg -c >>/tmp/dmesg; }

# healthy: the last results of each guest. Nothing in the whole log of the kernel
# says that something is wrong with it, and where it can tell, nothing is lost.
healthy() {
    forget
    is "no splat in the log" "$(grep -E "$SPLAT" /tmp/dmesg)" ""
    [ ! -e $KCSAN ] || ok "KCSAN looked" grep -qx 'enabled: 1' $KCSAN
    [ ! -e $KMEMLEAK ] || is "no memory leaked" "$(leaks)" ""
}
KCSAN=/sys/kernel/debug/kcsan
SPLAT='BUG|WARNING|UBSAN|INFO:|Oops'

# slab: KiB that kmalloc gave out; returned BEFORE LIMIT: less than LIMIT is in use that was
# not then. What RCU frees may lie about for 5 seconds.
slab() { awk '/^kmalloc/ { sum += $2 * $4 } END { print int(sum / 1024) }' /proc/slabinfo; }
returned() {
    for second in $(seq 20); do
        after=$(slab)
        [ $((after - $1)) -ge "$2" ] || break
        sleep 1
    done
    echo "# kmalloc: before $1 KiB, after $after KiB" >/dev/console
    [ "$1" -gt 100 ] && [ $((after - $1)) -lt "$2" ]
}

# kmemleak reports nothing that is younger than 5 seconds, nor what it has not seen
# unchanged in two scans
KMEMLEAK=/sys/kernel/debug/kmemleak
leaks() {
    sleep 5
    echo scan >$KMEMLEAK
    echo scan >$KMEMLEAK
    cat $KMEMLEAK
}

# host VERB ARGUMENT: have the host do something, see guest-tests/host.py; prints
# what it answers, fails if that is an error
host() {
    echo "@@host $*" >/dev/console
    read -r answer </dev/console
    echo "$answer"
    [ "${answer%% *}" = ok ]
}

# await_log REGEX [COUNT]: until so many lines of the log match, 1 unless given; what the
# kernel does in a worker comes later than what caused it
await_log() {
    for try in $(seq 1000); do
        [ "$(log | grep -cE "$1")" -lt "${2:-1}" ] || return 0
    done
    log
    return 1
}

# features WINDOW|effective: names of the features that are on, one per line, from the
# binary files, which have all of them
features() {
    if [ $1 = effective ]; then cat $PVF/effective/bitmap; else tail -c +49 $PVF/$1/table; fi |
        hexdump -v -e '1/1 "%u\n"' | awk '
            BEGIN { while ("pvfeat list" | getline) name[$1] = $2 }
            { f = (NR - 1) * 8
              for (byte = $1; byte; byte = int(byte / 2)) {
                  if (byte % 2)
                      print (f in name) ? name[f] : "feature-" f
                  f++
              } }'
}

# sources: the windows that contribute, the reference first
sources() {
    reference=$(cat $PVF/effective/reference)
    echo $reference
    for window in "$PVF"/*/status; do
        window=${window%/status}
        [ ${window##*/} = "$reference" ] || [ "$(cat $window/status)" != current ] ||
            echo ${window##*/}
    done
}

# await_status SOURCE STATUS
await_status() { until [ "$(cat $PVF/$1/status)" = $2 ]; do :; done; }

# await FILE VALUE: until a sysfs file that can be polled has the value
await() { reader await "$1" "$2" 20; }

# counted FOLDER: programs that were built there leave their counts, whoever runs them
counted() {
    umask 0
    mkdir -p "$GCOV_PREFIX$1"
}

# coverage: what gcov counted, in kernel and programs, as a tar archive on the second
# serial line. (A copy, for in debugfs all is 0 bytes long.)
coverage() {
    [ ! -e /sys/kernel/debug/gcov ] || cp -dR /sys/kernel/debug/gcov/. $GCOV_PREFIX
    line=/dev/ttyAMA1
    [ -c $line ] || line=/dev/ttyS1
    stty -F $line raw
    tar -C $GCOV_PREFIX -cf $line .
}
