# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tables that change while a guest runs: by an update, by migration, by hotplug, during
# suspend; and devices that misbehave during a change.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Definitions for all tests of this file, at the start of each guest's script
SCRIPT=$PVF_TMP/script
prelude() {
    # The first of the spec's test vectors
    echo "empty_digest=$(sed -n 's/^| .*(16 words) | \([0-9a-f]*\) |$/\1/p' \
        "$PVF_TOP/spec/pci-device.md" | sed q)"
    cat <<'END'
# digest FILE: print the digest of the table in FILE, with GENERATION 0
digest() {
    { dd if="$1" bs=20 count=1; printf '\0\0\0\0'; dd if="$1" bs=24 skip=1; } \
        2>/dev/null >/tmp/table
    sha256sum </tmp/table | cut -d ' ' -f 1
}
load
bdf=$(functions | head -n 1)
s=$PVF/pci0
e=$PVF/effective
reread=/sys/bus/pci/devices/$bdf/pvfeat_rescan
END
}

# change_test NAME QEMU-ARG...: guest_test with host.py and the prelude
change_test() {
    { prelude; cat; } >"$SCRIPT"
    GUEST_HOST=$G_HOST guest_test "$@" <"$SCRIPT"
}

PV0=paravisor-features,id=pv0

# PVF-DRV-30, PVF-DRV-31: the guest is notified of changes
test_change() {
    change_test "change" -object "$PV0,features=confidential" \
        -device paravisor-pci,id=d <<'END'
modprobe pvfeat_sample
uevent sh -c 'case $DEVPATH in */pvfeat/*) echo "$ACTION $DEVPATH $GENERATION" >>/tmp/uevents;; esac' &
firmware=$(ls $PVF | grep -v -e effective -e pci0)
is "the table before the change" "$(echo $(cat $e/generation) $(features effective))" "0 confidential"
ok "the host changes several properties" host update \
    '{"features": "confidential+attestation-report+feature-40", "tee": "cca"}'
ok "poll: generation of the window" await $s/generation 2
ok "poll: effective generation" await $e/generation 2
is "features" "$(echo $(features pci0))" "confidential attestation-report feature-40"
is "effective features" "$(echo $(features effective))" "confidential attestation-report feature-40"
is "tee" "$(cat $s/tee)" cca
is "one value per feature" "$(grep -h . $e/features/confidential $e/features/vtpm | xargs)" "1 0"
for w in $firmware; do
    is "$w: keeps the table of the boot and is ignored" "$(cat $PVF/$w/status $PVF/$w/generation | xargs)" "stale 0"
done
# PVF-DRV-46: the digest of the table that the driver read, in either byte order
is "digest: the host's" "ok $(digest $s/table)" "$(host get /machine/peripheral/d digest)"
[ ! -e $s/digest ] || is "digest: the driver's" "$(cat $s/digest)" "$(digest $s/table)"
is "the window notifies of changes" "$(cat $s/notifies)" 1
ok "kernel code is notified" await_log '^pvfeat_sample: generation 0, then 2$'
ok "kernel code: feature 13 is on" await_log '^pvfeat_sample: changed: attestation-report is on$'
ok "the host turns all features off" host update '{"features": "", "tee": "none"}'
ok "poll: the next effective generation" await $e/generation 4
is "no feature is on" "$(echo $(features effective))" ""
ok "kernel code: feature 13 is off" await_log '^pvfeat_sample: changed: attestation-report is off$'
like "uevent of the effective set" "$(cat /tmp/uevents)" '^change .*/pvfeat/effective 2$'
like "uevent of the window" "$(cat /tmp/uevents)" '^change .*/pvfeat/pci0 4$'
like "QEMU refuses an invalid change" "$(host update '{"features": "vtpm-persistent"}')" "^error .*needs feature 'vtpm'"
is "generation after the invalid change" "$(cat $e/generation)" 4

# A driver that is loaded after a change reads the current table and compares its windows
rmmod pvfeat_sample
ok "unload" rmmod pvfeat
host update '{"features": "vtpm"}'
modprobe pvfeat
is "the table after loading again" "$(echo $(cat $e/generation) $(features effective))" "6 vtpm"

# PVF-DRV-35: the device is removed and found again
modprobe pvfeat_sample
echo 1 >/sys/bus/pci/devices/"$bdf"/remove
is "removed: no feature is on, nor of the outdated firmware windows" "$(echo $(features effective))" ""
host update '{"features": "attestation-report"}'
echo 1 >/sys/bus/pci/rescan
is "the table after a rescan" "$(echo $(cat $e/generation) $(features effective))" "8 attestation-report"
host update '{"features": "attestation-report+vtpm"}'
ok "a change after the rescan" await $e/generation 10
END
}

# PVF-DRV-32: without a vector, the driver detects a change after a write of 1 to
# pvfeat_rescan. PVF-DRV-27: it still retries an unstable table, including one that was
# unstable at bind
test_no_vector() {
    change_test "no vector" -object "$PV0,firmware=off" -device paravisor-pci,msix=off \
        -device paravisor-pci-hostile,id=odd,msix=off,poke-words=5=1 <<'END'
odd=$(functions | tail -n 1)
is "odd at bind: the driver is bound" "$(basename "$(readlink /sys/bus/pci/devices/"$odd"/driver)")" pvfeat_pci
is "odd at bind: no window" "$(ls $PVF | xargs)" "effective pci0"
host set /machine/peripheral/odd poke-now '"5=2"'
until [ -e $PVF/pci1/status ]; do :; done
is "even: the window appears" "$(cat $PVF/pci1/generation $PVF/pci1/status | xargs)" "2 unused"
is "odd: one message" "$(log | grep "^pvfeat_pci $odd: unstable" | sed 's/.*: unstable/unstable/')" \
    "unstable, no feature is on until it stabilises: GENERATION is odd, the table is being rewritten (0x1, against 0x0)"
echo 1 >/sys/bus/pci/devices/"$odd"/remove
is "digest of the empty table as in the spec" "$(digest $s/table)" "$empty_digest"
is "the window does not notify of changes" "$(cat $s/notifies)" 0
pvfeat watch >/tmp/watch 2>&1
is "pvfeat watch exits" "$? $(tail -n 1 /tmp/watch)" "3 pvfeat: pci0 does not notify the driver of changes: write 1 to its function's pvfeat_rescan after a change"
ok "pvfeat_rescan accepts only 1" sh -c "! echo 2 >$reread 2>/dev/null && ! echo >$reread 2>/dev/null"
like "log: no vector" "$(log)" "^pvfeat_pci $bdf: no MSI-X vector: write 1 to pvfeat_rescan after a change"
ok "the host changes the table" host update '{"features": "vtpm"}'
is "the change is not detected yet" "$(echo $(cat $e/generation) $(features effective))" 0
ok "rescan" sh -c "echo 1 >$reread"
is "the table after the rescan" "$(echo $(cat $e/generation) $(features effective))" "2 vtpm"
ok "the host changes it again" host update '{"features": "attestation-report"}'
ok "reset" sh -c "echo 1 >/sys/bus/pci/devices/$bdf/reset"
is "the table after the reset" "$(echo $(cat $e/generation) $(features effective))" "4 attestation-report"
END
}

# PVF-DRV-16, PVF-DRV-17: the driver does not treat a function in reset as removed, even if a
# read is requested
test_reset() {
    change_test "reset" -object "$PV0,firmware=off,features=vtpm" -device paravisor-pci <<'END'
uevent sh -c 'case $DEVPATH in */pvfeat/*) echo "$ACTION $DEVPATH" >>/tmp/uevents;; esac' &
: >/tmp/asked
(while [ ! -e /tmp/stop ]; do (echo 1 >$reread) 2>/dev/null; echo $? >>/tmp/asked; done) &
asking=$!
for i in 1 2 3; do
    ok "reset $i" sh -c "echo 1 >/sys/bus/pci/devices/$bdf/reset"
done
touch /tmp/stop
wait $asking
# FLR takes 100 ms; a reset of zPCI is too short for a rescan to coincide
zpci "$bdf" || is "rescans fail during a reset" "$(sort -u /tmp/asked | xargs)" "0 1"
is "no message about the table" "$(log | grep "^pvfeat_pci $bdf: \(refused\|unstable\)")" ""
is "features and status are unchanged" "$(echo $(features effective) $(cat $s/status))" "vtpm current"
ok "the host changes the table" host update '{"features": "attestation-report"}'
ok "the vector still works" await $e/generation 2
is "no window was removed or added during a reset" "$(grep -v ^change /tmp/uevents)" ""
END
}

# PVF-DRV-25, PVF-DRV-26, PVF-DRV-28, PVF-DRV-29: while a table is unstable, the last
# good one stays in use; a malformed one is treated as absent. Each is logged once.
test_misbehaved() {
    change_test "misbehaved" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci-hostile,id=d \
        -device paravisor-pci-hostile,id=late,poke-words=5=1 \
        -device paravisor-pci-hostile,id=never,poke-words=5=1 <<'END'
d=/machine/peripheral/d
late=$(functions | sed -n 2p)
never=$(functions | tail -n 1)
# Their GENERATION was odd at bind
like "unstable at bind: message" "$(log)" "^pvfeat_pci $late: unstable, no feature is on until it stabilises: GENERATION is odd"
is "unstable at bind: no window" "$(ls $PVF | xargs)" "effective pci0"
# Rebind while a retry is pending
for i in 1 2 3; do
    echo "$never" >/sys/bus/pci/drivers/pvfeat_pci/unbind
    echo "$never" >/sys/bus/pci/drivers/pvfeat_pci/bind
done
# The driver gives up after 8 retries, in 25.5 seconds
never_log() { log | grep "^pvfeat_pci $never: $1"; }
until [ -n "$(never_log 'still unstable')" ]; do sleep 1; done
# Stay below the driver's rate limit of 10 messages in 5 seconds
sleep 5
is "unstable: one message per bind" "$(never_log unstable | wc -l)" 4
is "still unstable: one message" "$(never_log 'still unstable, not read again before an interrupt, a reset, a resume or a write of 1 to pvfeat_rescan: GENERATION is odd' | wc -l)" 1
host set /machine/peripheral/late poke-now '"5=2"'
until [ -e $PVF/pci1/status ]; do :; done
is "stable: the window appears" "$(echo $(features pci1) $(cat $PVF/pci1/generation $PVF/pci1/status))" "vtpm 2 unused"
host set /machine/peripheral/never poke-now '"5=2+7=0"'
ok "stable, but malformed: rescan fails" sh -c "! echo 1 >/sys/bus/pci/devices/$never/pvfeat_rescan 2>/dev/null"
is "stable, but malformed: logged once" "$(log | grep -c "^pvfeat_pci $never: refused: NWORDS is out of range")" 1
echo 1 >/sys/bus/pci/devices/"$never"/remove
echo 1 >$PVF/pci1/device/remove
modprobe pvfeat_sample
said() { log | grep "^pvfeat_pci $bdf: $1" | wc -l; }
forget
host set $d poke-now '"5=1"'
until [ "$(cat $s/status)" = stale ]; do :; done
host set $d poke-now '"5=1"'
ok "odd: rescan fails" sh -c "! echo 1 >$reread 2>/dev/null"
is "odd: status" "$(cat $s/status)" stale
is "odd: the last good table stays in use" "$(echo $(features effective) $(cat $e/generation))" "vtpm 0"
is "odd: logged once" "$(said 'unstable, the last good table stays in use: GENERATION is odd')" 1
host set $d poke-now '"5=2+12=0x2000"'
ok "stable again: generation" await $e/generation 2
is "stable again: status and features" "$(echo $(cat $s/status) $(features effective))" "current attestation-report"

forget
host set $d restless true
ok "GENERATION differs at each read: rescan fails" sh -c "! echo 1 >$reread 2>/dev/null"
ok "GENERATION differs: another rescan fails" sh -c "! echo 1 >$reread 2>/dev/null"
is "GENERATION differs: the last good table stays in use" "$(echo $(cat $s/status) $(features effective))" "stale attestation-report"
is "GENERATION differs: logged once" "$(said 'unstable, the last good table stays in use: GENERATION changed')" 1
host set $d restless false
until [ "$(cat $s/status)" = current ]; do :; done
is "stable again without a rescan" "$(echo $(cat $s/status) $(features effective))" "current attestation-report"

forget
uevent sh -c 'case $DEVPATH in */pvfeat/*) echo "$ACTION $STATUS $GENERATION" >>/tmp/uevents;; esac' &
host set $d poke-now '"5=4+7=0"'
await_status pci0 refused
is "malformed: no features and no generation" "$(echo $(features pci0) $(cat $s/generation) $(features effective) $(cat $e/generation))" ""
is "malformed: the file table is empty" "$(wc -c <$s/table)" 0
ok "malformed: rescan fails" sh -c "! echo 1 >$reread 2>/dev/null"
is "malformed: logged once" "$(said 'refused: NWORDS is out of range')" 1
ok "malformed: kernel code is notified" await_log '^pvfeat_sample: changed: attestation-report is off$'
host set $d poke-now '"5=6+7=4"'
await_status pci0 current
is "valid again" "$(echo $(cat $s/status $e/generation) $(features effective))" "current 6 attestation-report"

# A device that was removed reads as all ones
forget
host set $d poke-now '"5=0xffffffff"'
await_status pci0 refused
is "all ones: no feature is on" "$(echo $(features effective))" ""
is "all ones: logged once" "$(said 'refused: window reads all ones, the device is gone')" 1
host set $d poke-now '"5=8"'
await_status pci0 current
# The BAR is disabled: QEMU returns 0 for such reads, PCI hardware all ones. On zPCI
# COMMAND does not disable a BAR; see test_slot
if ! zpci "$bdf"; then
    forget
    setpci -s "$bdf" COMMAND=0:2
    ok "BAR disabled: rescan fails" sh -c "! echo 1 >$reread 2>/dev/null"
    is "BAR disabled: no feature is on" "$(echo $(cat $s/status) $(features effective))" refused
    is "BAR disabled: logged once" "$(said 'refused: ')" 1
    setpci -s "$bdf" COMMAND=2:2
fi
ok "BAR enabled: rescan succeeds" sh -c "echo 1 >$reread"
is "BAR enabled: the same features as before" "$(echo $(features effective))" attestation-report
like "uevent of the refused window" "$(cat /tmp/uevents)" '^change refused $'
like "uevent of the current window" "$(cat /tmp/uevents)" '^change current 8$'
is "no window was removed or added" "$(grep -v ^change /tmp/uevents)" ""
ok "unload" rmmod pvfeat_sample pvfeat
END
}

# test_plug CYCLES BUS MSIX QEMU-ARG...: MSIX is empty or msix=off. PVF-DRV-35,
# PVF-DRV-33
test_plug() {
    local cycles=$1 bus=$2 msix=${3#msix=}
    shift 3
    { echo "cycles=$cycles bus=$bus msix=${msix:-auto}"; cat; } >"$SCRIPT.plug" <<'END'
modprobe pvfeat
appear() { until [ -e "$1" ]; do :; done; }
vanish() { while [ -e "$1" ]; do :; done; }
done=0
while [ $done -lt $cycles ]; do
    host qmp '{"execute": "device_add", "arguments": {"driver": "paravisor-pci", "id": "d", "bus": "'$bus'", "msix": "'$msix'"}}' || break
    appear $s/status
    [ "$(echo $(features effective))" = vtpm ] || break
    # Remove the device while it is being read
    (while echo 1 >$s/device/pvfeat_rescan; do :; done) 2>/dev/null &
    host unplug d || break
    vanish $s
    [ -z "$(echo $(features effective))" ] || break
    done=$((done + 1))
    [ $done != 2 ] || before=$(slab)
    echo "@@progress plugged and unplugged $done of $cycles"
done
is "hotplug cycles" "$done" "$cycles"
# A leaked window is 1 KiB per cycle, a table 4 KiB; fewer cycles are not conclusive
[ $cycles -lt 200 ] || ok "no memory leak" returned "$before" 100
END
    # From Linux 7 on, arm64 suspends an empty root port, and a hotplug event of QEMU does not
    # wake it
    APPEND="pcie_port_pm=off ${APPEND:-}" \
        change_test "plug, $bus${msix:+, msix=$msix}" -object "$PV0,firmware=off,features=vtpm" "$@" <"$SCRIPT.plug"
}

# PVF-DRV-35: the guest turns the slot of a zPCI function off and on; the table changes
# meanwhile
test_slot() {
    change_test "slot" -object "$PV0,firmware=off,features=vtpm" -device paravisor-pci <<'END'
modprobe pvfeat_sample
power=$(ls /sys/bus/pci/slots/*/power)
is "slot and features before" "$(echo $(cat $power) $(features effective))" "1 vtpm"
echo 0 >"$power"
is "slot off: no window and no feature" "$(echo $(ls $PVF) $(features effective))" effective
ok "the host changes the table" host update '{"features": "attestation-report"}'
echo 1 >"$power"
is "slot on: the current table" "$(echo $(cat $e/generation) $(features effective))" "2 attestation-report"
ok "the host changes it again" host update '{"features": "vtpm"}'
ok "the vector still works" await $e/generation 4
END
}

# PVF-DRV-16: suspend to RAM; the table changes meanwhile
test_sleep() {
    change_test "sleep" -object "$PV0,firmware=off,features=vtpm" -device paravisor-pci <<'END'
modprobe pvfeat_sample
ok "the host waits for the suspend" host wake '{"features": "attestation-report"}'
ok "suspend and resume" sh -c 'echo mem >/sys/power/state'
ok "generation after the resume" await $e/generation 2
is "features after the resume" "$(echo $(features effective))" attestation-report
ok "the host changes it again" host update '{"features": "vtpm"}'
ok "the vector still works" await $e/generation 4
END
}

# unbind_second: unbind the second function, so that user space may map it
unbind_second() {
    cat <<'END'
second=$(functions | tail -n 1)
echo "$second" >/sys/bus/pci/drivers/pvfeat_pci/unbind
echo 2 >/sys/bus/pci/devices/"$second"/enable 2>/dev/null || echo 1 >/sys/bus/pci/devices/"$second"/enable
resource=/sys/bus/pci/devices/$second/resource0
# Where user space cannot map BARs it reads the driver's copy
[ -e "$resource" ] && ! zpci "$second" || resource=$s/table
final() { echo "${1#ok }" | cut -d' ' -f1; }
END
}

# test_torture SNAPSHOTS [DEVICE-OPTION]: the host changes the table as fast as
# possible; user space and kernel take that many snapshots each. PVF-DRV-24
test_torture() {
    local option=${2:+,$2}
    { echo "snapshots=$1 vector=${2:-on}"; unbind_second; cat; } >"$SCRIPT.torture" <<'END'
host pattern
[ "$vector" = on ] || echo 1 >$reread
ok "the host has written the pattern" await $e/generation 2
ok "the host begins to change the table" host hammer
ok "user space: no mixed snapshot" reader snapshots "$resource" "$snapshots" 3
echo "# $out"
# With a vector the effective set changes meanwhile
[ "$vector" = on ] && sets=3 || sets=0
ok "kernel: no mixed snapshot" modprobe pvfeat_torture function="$second" snapshots="$snapshots" sets=$sets
echo "# $(log | grep '^pvfeat_torture:')"
ok "the host stops changing the table" host rest
echo "# final: generation, changes: $(echo "$out" | sed -n 's/^ok //p')"
generation=$(final "$(echo "$out" | tail -n 1)")
[ "$vector" = on ] || echo 1 >$reread
ok "effective: the final generation" await $e/generation "$generation"
is "window: the final generation" "$(cat $s/generation $s/status | xargs)" "$generation current"
END
    SMP=2 change_test "torture${2:+, $2}" -object "$PV0,firmware=off" \
        -device "paravisor-pci$option" -device "paravisor-pci$option" <"$SCRIPT.torture"
}

# test_migrations COUNT [DEVICE-OPTION]: migrate while a reader runs. PVF-DEV-32
test_migrations() {
    local option=${2:+,$2}
    { echo "count=$1 vector=${2:-on}"; unbind_second; cat; } >"$SCRIPT.migrations" <<'END'
host pattern
[ "$vector" = on ] || echo 1 >$reread
ok "the host has written the pattern" await $e/generation 2
modprobe pvfeat_sample
(while [ ! -e /tmp/stop ]; do reader snapshots "$resource" 1000 1 || break; done) >/tmp/reader &
reader=$!
i=0
while [ $i -lt $count ]; do
    like "migrated" "$(host migrate 1)" '^ok ' >/tmp/result
    cat /tmp/result | grep -v '^ok' && break
    i=$((i + 1))
    [ "$vector" = on ] || echo 1 >$reread
    await $e/generation $((2 + 2 * i)) || break
    echo "@@progress migrated $i of $count"
done
is "migrations with a notification" "$i" "$count"
touch /tmp/stop
wait $reader
is "reader: no mixed snapshot" "$(grep -c -v ' 0 mixed,' /tmp/reader)" 0
echo "# reader: $(grep -c ' 0 mixed,' /tmp/reader) times 1000 snapshots, 0 mixed"
ok "reader: number of runs" test "$(wc -l </tmp/reader)" -gt $((count / 2))
ok "kernel code is notified of each migration" await_log '^pvfeat_sample: changed:' "$count"
END
    change_test "migration${2:+, $2}" -object "$PV0,firmware=off" \
        -device "paravisor-pci$option" -device "paravisor-pci$option" <"$SCRIPT.migrations"
}

# Files in sysfs: reads of binary files at any offset; reads of open files after their window
# was removed; values that pvfeat_rescan refuses
test_files() {
    change_test "files" -object "$PV0,firmware=off,features=vtpm+feature-600,paravisor-id=7" \
        -device paravisor-pci <<'END'
driver=/sys/bus/pci/drivers/pvfeat_pci
for file in $s/table $e/bitmap; do
    cat $file >/tmp/whole
    wrong=''
    for at in 0 1 3 4 5 63 64 127 128 129 4096; do
        for length in 1 3 4 7 64 127 128 129; do
            for from in $file /tmp/whole; do
                dd if=$from iflag=skip_bytes skip=$at bs=$length count=1 2>/dev/null | md5sum
            done | uniq | wc -l | grep -qx 1 || wrong="$wrong $at+$length"
        done
    done
    is "${file##*/}: partial reads" "$wrong" ""
done
wrong='' files=0
for file in $s/*; do
    [ -f $file ] && [ -r $file ] || continue
    exec 3<$file
    echo $bdf >$driver/unbind
    # A read through an open file fails after removal
    got=$(cat <&3 2>&1)
    exec 3<&-
    case $got in *"No such device") ;; *) wrong="$wrong ${file##*/}: $got" ;; esac
    echo $bdf >$driver/bind
    files=$((files + 1))
done
ok "number of files: $files" test $files -ge 13
is "reads of open files fail after removal" "$wrong" ""
wrong=''
for text in 0 2 11 1x x -1 '1 1' ' 1' ''; do
    (printf '%s\n' "$text" >$reread) 2>/dev/null && wrong="$wrong '$text'"
done
is "pvfeat_rescan refuses other values than 1" "$wrong" ""
ok "pvfeat_rescan accepts 1" sh -c "echo 1 >$reread"
is "features after binding again" "$(echo $(features effective))" "vtpm feature-600"
END
}

# A reset of the bus behind the kernel's back: the driver cannot detect it before it reads the
# table again
test_bus_reset() {
    change_test "bus reset" -object "$PV0,firmware=off,features=vtpm" \
        -device pcie-root-port,id=rp0 -device paravisor-pci,bus=rp0 <<'END'
bridge=$(basename "$(dirname "$(readlink -f /sys/bus/pci/devices/$bdf)")")
is "before" "$(cat $s/status) $(echo $(features effective))" "current vtpm"
setpci -s $bridge BRIDGE_CONTROL=40:40
setpci -s $bridge BRIDGE_CONTROL=0:40
is "the reset goes unnoticed" "$(cat $s/status) $(echo $(features effective))" "current vtpm"
echo 1 >$reread
is "a rescan refuses the table" "$(cat $s/status)" refused
is "and its features are off" "$(echo $(features effective))" ""
like "log" "$(log)" "^pvfeat_pci $bdf: memory decoding is off, so the function was reset: remove it and rescan its bus$"
echo 1 >/sys/bus/pci/devices/$bdf/remove
echo 1 >/sys/bus/pci/rescan
await_log "^pvfeat_pci $bdf: 1 features, .*"
is "removed and found again" "$(cat $PVF/pci*/status) $(echo $(features effective))" "current vtpm"
END
}

run_change() {
    test_change
    # On zPCI each function has a vector, and QEMU does not migrate it
    [ "$A_BUS" = zpci ] || test_no_vector
    test_misbehaved
    test_reset
    [ "$A_BUS" != pcie ] || test_bus_reset
    test_files
    [ "$A_NAME" != x86_64 ] || test_sleep
    if [ "$A_BUS" = zpci ]; then
        test_slot
        test_plug 4 pci.0 ''
    else
        test_plug 4 root0 '' -device pcie-root-port,id=root0,bus=pcie.0
    fi
    [ "$A_MACHINE" != q35 ] || MACHINE=pc test_plug 2 pci.0 msix=off
    test_torture 20000
    [ "$A_BUS" != zpci ] || return 0
    test_torture 5000 msix=off
    test_migrations 3
}
