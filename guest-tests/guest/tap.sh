# SPDX-License-Identifier: GPL-2.0-or-later
#
# TAP for guest scripts (busybox sh). The host adds the numbers.

PVF=/sys/class/pvfeat

# not_ok NAME: report a failure and have init print the kernel's log at the end
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

# load: load modules by the modalias of each PCI function, as udev does
load() {
    for alias in /sys/bus/pci/devices/*/modalias; do
        modprobe -a "$(cat "$alias")" 2>/dev/null
    done
    return 0
}

# functions: print the PCI addresses of functions with the IDs of the device, in bus order
functions() { lspci -D -d 1af4:10f5 | cut -d' ' -f1; }

# zpci FUNCTION: whether the function is on the zPCI bus of s390x
zpci() { [ -e /sys/bus/pci/devices/"$1"/function_handle ]; }

# log: print the driver's messages since the last call of "forget"
log() { dmesg | grep pvfeat | sed 's/^\[[^]]*\] *//'; }
forget() { dmesg -c >>/tmp/dmesg; }

# healthy: the last results of each guest: no error report in the kernel's complete log, and
# no memory leak, if the kernel can detect leaks
healthy() {
    forget
    is "no splat in the log" "$(grep -E "$SPLAT" /tmp/dmesg)" ""
    [ ! -e $KCSAN ] || ok "KCSAN is enabled" grep -qx 'enabled: 1' $KCSAN
    [ ! -e $KMEMLEAK ] || is "no memory leak" "$(leaks)" ""
}
KCSAN=/sys/kernel/debug/kcsan
SPLAT='BUG|WARNING|UBSAN|INFO:|Oops'

# slab: print the KiB allocated by kmalloc. returned BEFORE LIMIT: wait until usage exceeds
# BEFORE by less than LIMIT; RCU may delay freeing by 5 seconds.
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

# leaks: print kmemleak's report, which includes only objects that are older than 5 seconds
# and did not change between two scans
KMEMLEAK=/sys/kernel/debug/kmemleak
leaks() {
    sleep 5
    echo scan >$KMEMLEAK
    echo scan >$KMEMLEAK
    cat $KMEMLEAK
}

# host VERB ARGUMENT: send a request to guest-tests/host.py on the host and print its answer;
# fails if that is an error
host() {
    echo "@@host $*" >/dev/console
    read -r answer </dev/console
    echo "$answer"
    [ "${answer%% *}" = ok ]
}

# await_log REGEX [COUNT]: wait until COUNT (default 1) lines of the log match; messages of
# the driver's worker are asynchronous
await_log() {
    for try in $(seq 1000); do
        [ "$(log | grep -cE "$1")" -lt "${2:-1}" ] || return 0
    done
    log
    return 1
}

# features WINDOW|effective: print the names of the features that are on, one per line, from
# the binary files, which cover all features
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

# sources: print the windows that contribute, the reference first
sources() {
    reference=$(cat $PVF/effective/reference)
    echo $reference
    for window in "$PVF"/*/status; do
        window=${window%/status}
        [ ${window##*/} = "$reference" ] || [ "$(cat $window/status)" != current ] ||
            echo ${window##*/}
    done
}

# await_status WINDOW STATUS: wait until the window has the status
await_status() { until [ "$(cat $PVF/$1/status)" = $2 ]; do :; done; }

# await FILE VALUE: wait by poll() until a sysfs file has the value
await() { reader await "$1" "$2" 20; }

# counted FOLDER: let programs that were built in FOLDER write gcov counts as any user
counted() {
    umask 0
    mkdir -p "$GCOV_PREFIX$1"
}

# coverage: write the gcov counts of kernel and programs as a tar archive to the second
# serial line. (The kernel's are copied first, because files in debugfs have size 0.)
coverage() {
    [ ! -e /sys/kernel/debug/gcov ] || cp -dR /sys/kernel/debug/gcov/. $GCOV_PREFIX
    line=/dev/ttyAMA1
    [ -c $line ] || line=/dev/ttyS1
    stty -F $line raw
    tar -C $GCOV_PREFIX -cf $line .
}
