# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tools in a guest: pvfeat with every source, VFIO, the patched and Debian's lspci.

. "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"

# Definitions for all tests of this file, at the start of each guest's script
tool_prelude() {
    echo "tool='${TOOL:-pvfeat}'"
    cat <<'END'
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
bdf=$(functions | head -n 1)
f=/sys/bus/pci/devices/$bdf
bind() { echo "$2" >$f/driver_override; echo "$1" >/sys/bus/pci/drivers_probe; }
unbind() { echo "$1" >/sys/bus/pci/devices/"$1"/driver/unbind; }
# On arm64 user space cannot detect whether the guest is confidential
may=''
[ "$(uname -m)" != aarch64 ] || may=--allow-untrusted
# Check exit status and output of pvfeat; arguments: NAME STATUS REGEX ARG...
says() {
    said=$1 want=$2 regex=$3
    shift 3
    out=$($tool "$@" 2>&1)
    got=$?
    is "$said: exit status" "$got" "$want"
    like "$said" "$out" "$regex"
}
# Print the files of VFIO that the running tool has open
has_open() {
    for fd in /proc/"$(pidof "${tool##* }")"/fd/*; do readlink "$fd"; done |
        grep -E 'vfio|iommu|eventfd' | uniq | xargs
}
# grown FILE LINES: wait for at most 20 seconds until a program has written that many lines
grown() {
    i=0
    until [ "$(wc -l 2>/dev/null <"$1" || echo 0)" -ge "$2" ]; do
        i=$((i + 1))
        [ $i -lt 1000 ] || { not_ok "$1 has $2 lines"; return; }
        sleep 0.02
    done
}
# serves OPEN IN-USE: with the function bound to VFIO, the tool reads the table and reports
# changes; meanwhile it has the files OPEN open, and another instance fails with IN-USE
serves() {
    says "show" 0 "^13 +attestation-report +yes +the OS" -s vfio
    says "has" 0 "^attestation-report: on" -s vfio has attestation-report
    says "the driver has no table" 1 "^attestation-report: off" has attestation-report
    ($tool -s vfio -d "$bdf" watch --count=2 >/tmp/watch; echo $? >>/tmp/watch) &
    grown /tmp/watch 1
    is "open files" "$(has_open)" "$1"
    says "in use by watch" 5 "$2" -s vfio
    ok "the host changes the table" host update '{"features": "vtpm"}'
    grown /tmp/watch 2
    ok "the host changes the table again" host update '{"features": "vtpm+trusted-time"}'
    wait
    is "watch reports both changes" "$(cat /tmp/watch)" "generation 0: +attestation-report
generation 2: -attestation-report +vtpm
generation 4: +trusted-time
0"
    # It must exit, because it reserves the function as long as it runs
    is "watch exits when its output is closed" "$($tool -s vfio -d "$bdf" watch | head -n 1)" "generation 4: +vtpm +trusted-time"
}
# give_back: bind the function to the kernel's driver again
give_back() {
    unbind "$bdf"
    bind "$bdf" ''
    is "the driver is bound again" "$(basename "$(readlink $f/driver)")" pvfeat_pci
    is "features after binding again" "$(echo $(features effective))" "vtpm trusted-time"
}
# Run pvfeat as an unprivileged user and print its exit status
nobody() { su -s /bin/sh nobody -c "pvfeat $* 2>&1; echo status \$?"; }
END
}

# tool_test NAME QEMU-ARG...: guest_test with host.py and the prelude
tool_test() {
    { tool_prelude; cat; } >"$SCRIPT"
    GUEST_HOST=$G_HOST guest_test "$@" <"$SCRIPT"
}

PV0=paravisor-features,id=pv0

# use_checkers: add pvfeat-sanitize, pvfeat-dynamic and valgrind to all following guests
use_checkers() {
    local root=$PVF_CACHE/guest/$A_NAME-checkers top=$PVF_TMP/checkers variant
    lock "guest-$A_NAME-checkers"
    apt_tree "$(debian_host)" "$A_DEBIAN" "$root" valgrind libc6-dbg libasan8 libubsan1
    unlock "guest-$A_NAME-checkers"
    cp -a "$root" "$top"
    (cd "$top" && rm -rf usr/share usr/lib/debug/.dwz usr/lib/*/gconv)
    for variant in sanitize dynamic; do
        install -D "$("$PVF_TOP/scripts/build-pvfeat.sh" "$A_NAME" $variant)/pvfeat" \
            "$top/usr/local/bin/pvfeat-$variant"
    done
    GUEST_EXTRA=$PVF_TMP/checkers.cpio MEMORY=2048
    pack "$top" >"$GUEST_EXTRA"
    # Only the default build counts for gcov
    [ -n "${COVERAGE:-}" ] || export TOOL=pvfeat-sanitize
}

# Each kind of source only once, because valgrind is slow
test_valgrind() {
    TOOL='valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all
        --errors-for-leak-kinds=all pvfeat-dynamic' tool_test "valgrind" \
        -object "$PV0,features=attestation-report" -device paravisor-pci "$@" <<'END'
# valgrind emulates the processor, so there is no CPUID window
says "without the driver" 0 "^13 +attestation-report +yes +the OS"
load
modprobe pvfeat
says "with the driver" 0 "^13 +attestation-report +yes +yes +yes +yes +the OS"
says "JSON" 0 '"attestation-report"' --json
says "has" 1 "^vtpm: off" has vtpm
unbind "$bdf"
modprobe -a vfio-pci vfio_iommu_type1
bind "$bdf" vfio-pci
says "vfio" 0 "^13 +attestation-report +yes +the OS" -s vfio
END
}

# test_sources [WINDOW]: test every source but VFIO; WINDOW is the firmware window that the
# tool can read on this machine, cpuid or dt, if any
test_sources() {
    { echo "firmware=${1:-}"; cat; } >"$SCRIPT.sources" <<'END'
fw=${firmware:+ +$firmware} yes=${firmware:+ +yes} unknown=${firmware:+ +unknown}
# Where user space cannot map BARs, only the driver and VFIO can read the table
[ -e $f/resource0 ] && ! zpci "$bdf" && maps=1 || maps=
no_map="$bdf: this kernel has no resource file for BAR0"
if [ $maps ]; then
    says "no driver: show" 0 "^Paravisor: the kernel driver was not used"
    like "no driver: windows" "$out" "^ +$bdf$fw +meaning\$"
    like "no driver: a feature" "$out" "^13 +attestation-report +yes$yes +the OS can obtain"
    like "no driver: a feature without a name" "$out" "^40 +feature-40 +yes$yes\$"
    like "no driver: trust" "$out" "^ +trusted +unknown$unknown\$"
    says "pci: a feature that is on" 0 "^attestation-report: on\$" -s pci $may has attestation-report
    says "pci: a feature that is off" 1 "^vtpm: off\$" -s pci -d "$bdf" $may has vtpm
    # As in a container; the firmware of a machine may leave memory decoding disabled
    echo 1 >$f/enable
    mount -o remount,ro /sys
    says "pci: /sys is read-only" 0 "^13 +attestation-report" -s pci
    says "conformance: /sys is read-only" 5 "^pvfeat: .*Read-only file system" conformance "$bdf"
    mount -o remount,rw /sys
    echo 0 >$f/enable
    [ -z "$may" ] || says "pci: unknown kind of guest" 7 \
        "$bdf: host-provided mapping, and it is unknown whether this guest is confidential" -s pci has vtpm
else
    says "pci: cannot be mapped" 3 "$no_map; use --source=vfio\$" -s pci has vtpm
    says "no driver: show" 3 "$no_map"
fi
says "no driver: has" 3 'driver is not loaded \(modprobe pvfeat\); name a window that you trust with --source$' has vtpm
says "no driver: watch" 3 'driver is not loaded' watch
says "no driver: sysfs" 3 'driver is not loaded' -s sysfs
says "pci: no such function" 3 "ff:1f.7: there is no such function" -s pci -d ff:1f.7
says "pci: invalid address" 2 "'pci0' is not a PCI address; the format is" -s pci -d pci0
for other in $(lspci -D | grep -v Paravisor | head -n 1 | cut -d' ' -f1); do
    says "pci: function without a locator" 3 "it has no locator" -s pci -d $other
done
if [ $firmware ]; then
    says "$firmware: two features" 0 "^attestation-report: on\$" -s $firmware $may has 13 feature-40
    is "$firmware: two lines" "$out" "attestation-report: on
feature-40: on"
fi
for other in cpuid dt; do
    [ "$firmware" = $other ] || says "$other is absent" 3 "^pvfeat: " -s $other
done
says "vfio: not bound to vfio-pci" 3 "$bdf: it is bound to no driver, not to vfio-pci" -s vfio
like "not root: pci" "$(nobody -s pci | tr -d "'" | xargs)" "cannot be read without root; alternatives: .* status 5$"
[ ! $firmware ] || like "not root: windows that do not require root" "$(nobody)" "^13 +attestation-report +yes"
like "not root: error for PCI" "$(nobody | tr -d "'" | tail -n 2 | xargs)" "pvfeat: the capabilities of PCI functions cannot be read without root; .* status $([ $firmware ] && echo 0 || echo 5)$"
like "not root: conformance" "$(nobody conformance "$bdf" | tail -n 2 | xargs)" "^pvfeat: .*requires root status 5$"
says "no driver: has --device without --source" 3 'name a window that you trust with --source' -d "$bdf" has 13

load
modprobe pvfeat
says "driver: show" 0 "^Paravisor: 2 of 24 features on and 1 without a name from pci0 \\(trusted\\).*; policy intersect$"
like "driver: windows" "$out" "^ +pci0 .*$firmware +effective +meaning\$"
like "driver: TEE" "$out" "^ +TEE +cca"
like "driver: paravisor ID" "$out" "^ +paravisor ID +1414:0002"
says "has: by name" 0 "^attestation-report: on\$" has attestation-report
says "has: by number" 0 "^attestation-report: on\$" has 13
says "has: by feature-N" 1 "^feature-41: off\$" has feature-41
says "has: one of two features is on" 1 "^confidential: on\$" has confidential vtpm
is "has: two lines" "$out" "confidential: on
vtpm: off"
says "has --quiet" 0 '^$' -q has 13
says "has --json" 1 '^\{"confidential":true,"vtpm":false\}$' --json has confidential vtpm
says "has: misspelt name" 2 "^pvfeat: unknown feature 'atestation-reprot'; did you mean attestation-report\?\$" has atestation-reprot
says "has: name in capitals" 0 "^attestation-report: on\$" has ATTESTATION-REPORT
says "has: part of a name" 2 "did you mean uefi-variables\?" has uefi
says "has: unknown name" 2 "'pvfeat list' prints the known names" has xyzzy
says "has: number out of range" 2 "there is no feature 1024; the numbers are 0 to 1023" has 1024
like "not root: has" "$(nobody has 13 | xargs)" "^attestation-report: on status 0"
like "not root: show" "$(nobody | head -n 1)" "^Paravisor: 2 of 24 features on"
says "address without domain: show" 0 "^13 +attestation-report +yes +yes +the OS" -d "${bdf#0000:}"
says "address without domain: has" 0 "^attestation-report: on\$" -d "${bdf#0000:}" has 13
says "conformance: function in use" 5 "^pvfeat: $bdf is in use by driver pvfeat_pci" conformance "$bdf"
if [ $maps ]; then
    says "pci: BAR in use by the driver" 5 "$bdf: BAR0 is in use by driver pvfeat_pci" -s pci
else
    says "driver: pci cannot be mapped" 3 "$no_map" -s pci
fi
COLUMNS=40 $tool >/tmp/narrow
is "40 columns: no wider line" "$(awk 'length > 40' /tmp/narrow)" ""
like "40 columns: a feature" "$(cat /tmp/narrow)" "^13 attestation-report: pci0"
is "no colour without a terminal" "$($tool | grep -c "$(printf '\033')")" 0
ok "colour with --color=always" sh -c "pvfeat --color=always | grep -q \"\$(printf '\\033')\\[32myes\""
is "JSON: the windows" "$($tool --json | grep '"name"' | tr -d ' ",' | cut -d: -f2 | sort | xargs)" "$(sources | sort | xargs)"
like "JSON: the complete output" "$($tool --json -d "$bdf" | tr -d ' \n')" '^\{"version":1,"effective":\{"policy":"intersect","sources":\["pci0"[^]]*\],"generation":0,"features":\["confidential","attestation-report","feature-40"\],"feature-words":\[8193,256\]\},"windows":\[\{"name":"pci0","function":"'"$bdf"'","status":"current","trusted":true,"host-provided":false,"digest":"[0-9a-f]{64}","disagreements":\[\],"generation":0,"table-version":"1.0","tee":"cca","access-method":"native","shared-gpa-boundary":0,"paravisor-vendor":5140,"paravisor-product":2,"paravisor-version":16909060,"features":\["confidential","attestation-report","feature-40"\],"expresses":null,"words":\[1073774595(,[0-9]+){15}\]\}\],"error":null\}$'

mkfifo /tmp/go
(read -r line </tmp/go; $tool list 2>/tmp/error; echo $? >/tmp/status) | (exec 0<&-; echo >/tmp/go)
grown /tmp/status 1
is "output to a closed pipe" "$(cat /tmp/status /tmp/error | xargs)" "6 pvfeat: output: Broken pipe"
$tool >/dev/full 2>/tmp/error
is "output to a full disk" "$? $(cat /tmp/error)" "6 pvfeat: output: No space left on device"
$tool --json >/dev/full 2>/tmp/error
is "JSON output to a full disk" "$? $(cat /tmp/error)" "6 pvfeat: output: No space left on device"

($tool watch --count=2 >/tmp/watch; echo $? >>/tmp/watch) &
($tool watch --json --count=2 >/tmp/watch.json; echo $? >>/tmp/watch.json) &
grown /tmp/watch 1; grown /tmp/watch.json 1
ok "the host changes the table" host update '{"features": "vtpm+vtpm-persistent", "tee": "none"}'
grown /tmp/watch 2; grown /tmp/watch.json 2
# A uevent without a change causes no output
echo change >$PVF/effective/uevent
ok "the host changes the table again" host update '{"features": "vtpm"}'
wait %1 %2 2>/dev/null || wait
is "watch" "$(cat /tmp/watch)" "generation 0: +confidential +attestation-report +feature-40
generation 2: -confidential -attestation-report +vtpm +vtpm-persistent -feature-40
generation 4: -vtpm-persistent
0"
is "watch, JSON" "$(sed -n 3,4p /tmp/watch.json)" '{"generation":4,"added":[],"removed":["vtpm-persistent"],"features":["vtpm"]}
0'
($tool watch >/tmp/gone 2>&1; echo $? >>/tmp/gone) &
grown /tmp/gone 1
rmmod pvfeat
wait
like "watch: the driver is unloaded" "$(tail -n 3 /tmp/gone | xargs)" "^generation none: -.* pvfeat: the kernel driver is not loaded any more 3\$"
END
    tool_test "sources" -object "$PV0,features=confidential+attestation-report+feature-40,tee=cca,paravisor-id=0x00021414,paravisor-version=0x01020304" \
        -device paravisor-pci <"$SCRIPT.sources"
}

# test_bad [SOURCE]: malformed tables, functions that are removed, machines without a
# function; through SOURCE, pci by default, or vfio where user space cannot map BARs
test_bad() {
    local devices=() nr=0 name options
    capabilities
    {
        echo "source=${1:-pci}"
        while read -r name options; do
            place $nr
            devices+=(-device "paravisor-pci$options,$AT")
            echo "$name=$BDF"
            nr=$((nr + 1))
        done <<END
good ,features=vtpm
malformed -hostile,poke-words=7=0
odd -hostile,poke-words=5=1
ones -hostile,poke-words=5=0xffffffff
broken -hostile,poke-config=$((LOCATOR_BODY + 4))=9
largest ,features=feature-1023,paravisor-id=7
END
        cat
    } >"$SCRIPT.bad" <<'END'
rebind() { echo "$2" >/sys/bus/pci/devices/"$1"/driver_override; echo "$1" >/sys/bus/pci/drivers_probe; }
if [ $source = vfio ]; then
    modprobe -a vfio-pci vfio_iommu_type1
    for f in $(functions); do rebind "$f" vfio-pci; done
fi
says "all functions: the good table" 0 "^ +16 +vtpm +yes +- +- +- +- +- +a vTPM" -s $source
like "all functions: the malformed table" "$out" "^pvfeat: $malformed: NWORDS is out of range \\(0x0, against 0x3f4\\)\$"
says "malformed: show" 4 "NWORDS is out of range" -s $source -d "${malformed#0000:}"
says "malformed: has" 4 "NWORDS is out of range" -s $source -d "$malformed" has vtpm
says "stays unstable" 4 "$odd: GENERATION is odd, the table is being rewritten" -s $source -d "$odd"
says "all ones" 4 "$ones: window reads all ones, the device is gone" -s $source -d "$ones"
says "broken locator" 4 "$broken: locator: revision is unknown" -s $source -d "$broken"
like "JSON: the error" "$($tool --json -s $source -d "$malformed" 2>/dev/null | tr -d '\n')" '"error": "NWORDS is out of range'
says "two good functions" 2 "2 functions have a table: name one with --device" -s $source has vtpm
for f in $good $malformed $odd $ones $broken; do echo 1 >/sys/bus/pci/devices/$f/remove; done
says "one function" 1 "^vtpm: off" -s $source $may has vtpm
says "the largest table: show" 0 "^1023 +feature-1023 +yes\$" -s $source
says "the largest table: has" 0 "^feature-1023: on\$" -s $source $may has 1023
modprobe pvfeat
if [ $source = vfio ]; then
    unbind "$largest"
    rebind "$largest" ''
fi
says "driver: the largest table: show" 0 "^1023 +feature-1023 +yes +yes\$"
says "driver: the largest table: has" 0 "^feature-1023: on\$" has 1023
$tool watch >/tmp/largest &
grown /tmp/largest 1
kill $!
is "driver: the largest table: watch" "$(cat /tmp/largest)" "generation 0: +feature-1023"
rmmod pvfeat
echo 1 >/sys/bus/pci/devices/"$largest"/remove
says "no driver, no window: show" 3 "^pvfeat: the kernel driver is not loaded, and neither PCI nor CPUID nor DeviceTree has a feature table, nor does Hyper-V report isolation\$"
says "no function: show" 3 "^pvfeat: no PCI function carries a feature table\$" -s pci
modprobe pvfeat
says "driver, no window: show" 3 "^pvfeat: the kernel driver found no feature table\$"
says "driver, no window: has" 1 "^vtpm: off\$" has vtpm
END
    tool_test "bad tables" "${devices[@]}" <"$SCRIPT.bad"
}

# PVF-DRV-41, PVF-DRV-42: a driver that assumes a confidential guest (see
# guest-tests/modules/pvfeat_confidential.c), with a shared BAR, with a private one, and with
# allow_untrusted. KUnit tests firmware windows.
test_untrusted() {
    tool_test "untrusted" -object "$PV0,firmware=off,features=vtpm" -device paravisor-pci <<'END'
# TAINT_USER
tainted() { echo $(($(cat /proc/sys/kernel/tainted) >> 6 & 1)); }
# confidential DRIVER-OPTION MODULE-OPTION: load the driver and pvfeat_confidential, then bind
# the function
confidential() {
    rmmod pvfeat_all pvfeat_confidential pvfeat 2>/dev/null
    forget
    modprobe pvfeat "$1"
    modprobe pvfeat_confidential "$2"
    echo "$bdf" >/sys/bus/pci/drivers/pvfeat_pci/bind
    modprobe pvfeat_all
}
source=$PVF/pci0
echo 0 >/sys/bus/pci/drivers_autoprobe

confidential
is "shared BAR: status and trust" "$(cat $source/status $source/trust | xargs)" "untrusted untrusted"
like "shared BAR: log" "$(log)" "^pvfeat pci0: untrusted, features ignored, digest [0-9a-f]{64}$"
is "shared BAR: no feature is on for kernel code" "$(log | grep 'pvfeat_all: on')" ""
is "shared BAR: no feature is on for user space" "$(echo $(features effective) $(sources))" ""
is "shared BAR: features of the window" "$(echo $(features pci0))" vtpm
says "shared BAR: has" 1 "^vtpm: off\$" has vtpm
says "shared BAR: has --device" 7 "^pvfeat: pci0 is untrusted, its features are ignored" -d "$bdf" has vtpm
says "shared BAR: has --device --allow-untrusted" 0 "^vtpm: on\$" --allow-untrusted -d "$bdf" has vtpm
says "shared BAR: show, trust" 0 "^ +trusted +no"
like "shared BAR: show, status" "$out" "^ +status +untrusted"
uevent sh -c 'case $DEVPATH in */pvfeat/*) echo "$ACTION $DEVPATH" >>/tmp/uevents;; esac' &
listener=$!
: >/tmp/uevents
ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
until [ "$(cat $source/generation)" = 2 ]; do :; done
is "changed: no feature is on" "$(echo $(cat $source/status) $(features effective))" untrusted
echo change >$PVF/effective/uevent
until grep -q effective /tmp/uevents; do :; done
is "an untrusted window sends no uevent" "$(cat /tmp/uevents | xargs)" "change $(readlink -f $PVF/effective | sed 's,^/sys,,')"
kill $listener
is "shared BAR: the kernel is not tainted" "$(tainted)" 0

confidential allow_untrusted=0
is "allow_untrusted=0: status and taint" "$(cat $source/status) $(tainted)" "untrusted 0"

confidential allow_untrusted=0 private=1
is "private BAR: status and trust" "$(cat $source/status $source/trust | xargs)" "current trusted"
is "private BAR: effective features" "$(echo $(features effective))" "vtpm trusted-time"
is "private BAR: no message about trust" "$(log | grep -i trusted | grep -v 'on: trusted-time')" ""

confidential allow_untrusted=1
is "allow_untrusted=1: status and trust" "$(cat $source/status $source/trust | xargs)" "current allowed"
like "allow_untrusted=1: warning" "$(log)" "^pvfeat: allow_untrusted is set: the host of a confidential guest can turn features on; the kernel is tainted$"
like "allow_untrusted=1: the window contributes" "$(log)" "^pvfeat pci0: untrusted, contributes because allow_untrusted is set$"
is "allow_untrusted=1: the kernel is tainted" "$(tainted)" 1
is "allow_untrusted=1: features for kernel code" "$(log | grep -c 'pvfeat_all: on')" 2
says "allow_untrusted=1: has" 0 "^vtpm: on\$" has vtpm
says "allow_untrusted=1: has --device" 0 "^vtpm: on\$" -d "$bdf" has vtpm
is "allow_untrusted=1: the parameter in sysfs" "$(cat /sys/module/pvfeat/parameters/allow_untrusted)" Y
ok "allow_untrusted=1: the parameter is read-only" sh -c '! echo 0 >/sys/module/pvfeat/parameters/allow_untrusted 2>/dev/null'
rmmod pvfeat_all pvfeat_confidential pvfeat
ok "an invalid value of allow_untrusted is refused" sh -c '! modprobe pvfeat allow_untrusted=perhaps 2>/dev/null'
END
}

# The output of lspci, of the patched one and of Debian's
test_lspci() {
    { echo "released=$A_RELEASED"; cat; } >"$SCRIPT.lspci" <<'END'
like "patched: name" "$(lspci -s "$bdf")" 'System peripheral: Red Hat, Inc. Paravisor features \(rev 01\)'
like "patched: locator" "$(lspci -vvs "$bdf" | grep -A1 'Paravisor Features')" '^		Rev=1 BAR=0 Offset=00000000 Length=00001000$'
# Where programs are built from source there is no Debian lspci
if [ "$released" ]; then
    like "Debian's: class and IDs" "$(/usr/bin/lspci -nns "$bdf")" 'System peripheral \[0880\].*\[1af4:10f5\] \(rev 01\)'
    like "Debian's: capability" "$(/usr/bin/lspci -vvs "$bdf")" 'Designated Vendor-Specific: Vendor=1af4 ID=10f5 Rev=1 Len=28 <\?>|Vendor Specific Information: Len=14 <\?>'
    like "Debian's: BAR" "$(/usr/bin/lspci -vvs "$bdf")" 'Region 0: Memory at .*\[size=64K\]'
    is "Debian's: version" "$(/usr/bin/lspci --version)" "lspci version 3.9.0"
fi
END
    tool_test "lspci, $1" -object "$PV0,features=vtpm" -device paravisor-pci <"$SCRIPT.lspci"
}

# test_vfio QEMU-ARG...: bind the function to VFIO, read it, watch changes, and bind it to the
# driver again
test_vfio() {
    tool_test "vfio" "$@" -object "$PV0,firmware=off,features=attestation-report" \
        -device paravisor-pci <<'END'
load
modprobe pvfeat
is "features before" "$(echo $(features effective))" attestation-report
unbind "$bdf"
modprobe -a vfio-pci vfio_iommu_type1
bind "$bdf" vfio-pci
group=/dev/vfio/$(basename "$(readlink $f/iommu_group)")
ok "the group exists" test -c "$group"
serves "$group /dev/vfio/vfio anon_inode:[vfio-device] anon_inode:[eventfd]" "$group: .*, another program has it open"
like "not root" "$(nobody -s vfio -d "$bdf" | xargs)" "status 5$"
chown 65534 "$group" /dev/vfio/vfio
# On Linux 6.1 users other than root cannot read the DVSEC
case $(uname -r) in
6.1.*) right="before Linux 6.4 a locator on PCI Express is visible to root only status 3$" ;;
*) right="^vtpm: on status 0$" ;;
esac
like "not root, owner of the group" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "$right"
give_back
END
}

# Definitions for the tests of "pvfeat conformance": the failed requirements of a function,
# and a command for --change
conformance_prelude() {
    cat <<'END'
if [ $transport = vfio ]; then
    modprobe -a vfio-pci vfio_iommu_type1
    for f in $(functions); do
        echo vfio-pci >/sys/bus/pci/devices/$f/driver_override
        echo $f >/sys/bus/pci/drivers_probe
    done
fi
cat >/tmp/change <<'CHANGE'
. /guest/tap.sh
host set "$@"
CHANGE
# judge ADDRESS CHANGE...: print the failed requirements and the exit status; CHANGE are
# arguments of "host set"
judge() {
    where=$1
    shift
    $tool -s $transport conformance ${1:+--change="sh /tmp/change $*"} "$where" >/tmp/judged 2>&1
    status=$?
    [ "$(grep -cE '^(not )?ok ' /tmp/judged)" = "$(sed -n 's/^1\.\.//p' /tmp/judged)" ] || echo "no end:"
    sed -n 's/^not ok [0-9]* - \(PVF-DEV-[0-9]*\) .*/\1/p' /tmp/judged
    echo "status $status"
}
# violates NAME REQUIREMENT ID ADDRESS [PROPERTY VALUE]: the function must violate this
# requirement only
violates() {
    bus=pci
    ! zpci "$4" || bus=zpci
    case "$2 $transport $1 $bus" in
    # sysfs does not provide interrupts
    PVF-DEV-30\ pci*) return ;;
    # VFIO does not open a function with a DVSEC longer than config space
    *\ vfio\ locator-cut\ pci)
        says "$1" 4 '/dev/vfio/.*: Invalid argument' -s vfio conformance $4
        return ;;
    # VFIO does not support read() of the MSI-X table, where the feature table is
    *\ vfio\ vector-first-bar\ zpci) return ;;
    esac
    is "$1" "$(judge $4 ${5:+/machine/peripheral/$3 $5 "'$6'"} | xargs)" "$2 status 1"
    [ ! -e /tmp/failed ] || sed 's/^/# /' /tmp/judged
}
END
}

# test_firmware WINDOW: a firmware window with other words violates PVF-DEV-36
test_firmware() {
    local name options breaks
    lies >"$PVF_TMP/rows"
    while read -r name options _ breaks _ <&3; do
        [[ $options = *poke-firmware* && $breaks = PVF-DEV-36 ]] || continue
        {
            echo "transport=pci"
            conformance_prelude
            echo "like 'the window is listed' \"\$(\$tool -s $1 2>&1)\" '(^ +|pvfeat: )$1[ :]'"
            echo "violates $name $breaks d \$bdf"
        } >"$SCRIPT.firmware"
        tool_test "conformance, $1, $name" -object "$PV0,features=vtpm" \
            -device "paravisor-pci-hostile,id=d,$options" <"$SCRIPT.firmware"
    done 3<"$PVF_TMP/rows"
}

# test_conformance TRANSPORT QEMU-ARG...: over pci or vfio, a good function meets all
# requirements, and each function of lies.txt that violates one violates only that one; in
# as many guests as they require
test_conformance() {
    local transport=$1 devices=() name options during breaks nr=1 violations=$SCRIPT.violations
    shift
    : >"$violations"
    name_left_out
    lies >"$PVF_TMP/rows"
    while read -r name options during breaks _ <&3; do
        case $breaks:$options in
        # zPCI resets a function without FLR by its handle, of which QEMU does not notify the
        # device
        PVF-DEV-26:*) [ "$A_BUS" != zpci ] || continue ;;
        # Skip violations of several requirements, and functions with other IDs, which the
        # guest would not find
        *,PVF*:* | *poke-config=0x0[0-3]=*) continue ;;
        PVF-DEV-*) ! lie_needs_own_guest "$options" || continue ;;
        *) continue ;;
        esac
        place $nr
        devices+=(-device "$(hostile_device "d$nr" "$options"),features=vtpm")
        [ "$during" = - ] || during="${during%%=*} '$(lie_value "$during")'"
        echo "violates $name $breaks d$nr $BDF ${during#-}" >>"$violations"
        nr=$((nr + 1))
        [ $nr = "$PLACES" ] || continue
        conformance_guest "$@"
        devices=() nr=1
        : >"$violations"
    done 3<"$PVF_TMP/rows"
    [ -s "$PVF_TMP/rows" ] || die "lies.txt has no row for $A_ROW"
    [ $nr = 1 ] || conformance_guest "$@"
}

# conformance_guest QEMU-ARG...: boot the guest with a good function, followed by $devices
conformance_guest() {
    place 0
    { echo "transport=$transport good=$BDF"; conformance_prelude; cat - "$violations"; } >"$SCRIPT.conformance" <<'END'
is "good: no violation" "$(judge "$good" /machine/peripheral/good features "'\"vtpm\"'" | xargs)" "status 0"
skipped=$(sed -n 's/^ok .* - PVF-DEV-\([0-9]*\) .* # SKIP .*/\1/p' /tmp/judged | xargs)
case $transport in
vfio) want='10 11 14 17 24 29 31 32 33 34 35 36 37 38 39' ;;
pci) want='10 11 14 17 24 29 30 31 32 33 34 35 36 37 38 39' ;;
esac
is "good: skipped requirements" "$skipped" "$want"
like "--no-writes" "$($tool -s $transport conformance --no-writes "$good")" '^ok 23 - PVF-DEV-23 .* # SKIP'
like "several functions" "$($tool -s $transport conformance 2>&1)" 'functions carry a locator: name one$'
END
    # Without an object, each function has its own table
    tool_test "conformance, $transport" "$@" -device "paravisor-pci,id=good,$AT" \
        "${devices[@]}" <"$SCRIPT.conformance"
}

# test_gone QEMU-ARG...: a function that is removed while the tool watches it
test_gone() {
    tool_test "gone" "$@" -object "$PV0,firmware=off,features=vtpm" \
        -device pcie-root-port,id=rp0 -device paravisor-pci,id=d,bus=rp0 <<'END'
modprobe -a vfio-pci vfio_iommu_type1
bind "$bdf" vfio-pci
($tool -s vfio -d "$bdf" watch >/tmp/watch 2>&1; echo $? >>/tmp/watch) &
grown /tmp/watch 1
ok "the host removes the function" host unplug d
wait
is "watch releases the function" "$(cat /tmp/watch)" "generation 0: +vtpm
pvfeat: $bdf: the function is being removed
4"
says "after the removal" 3 'there is no such function' -s vfio -d "$bdf"
# On some machines a read of memory of a removed device causes SIGBUS
modprobe pvfeat
($tool watch >/tmp/bus 2>&1; echo $? >>/tmp/bus) &
grown /tmp/bus 1
kill -BUS $(pidof ${tool##* })
wait
is "watch: SIGBUS" "$(tail -n 2 /tmp/bus)" "pvfeat: the function was removed
4"
END
}

# use_iommufd [group]: add the modules of scripts/build-iommufd.sh to all following guests;
# depmod prefers them to the stock ones
use_iommufd() {
    local top=$PVF_TMP/iommufd${1:+-$1} modules
    modules=$("$PVF_TOP/scripts/build-iommufd.sh" "$A_NAME" "${K_VERSION%.*}" "$@")
    mkdir -p "$top/usr/lib/modules/$K_RELEASE/updates"
    cp "$modules"/*.ko "$top/usr/lib/modules/$K_RELEASE/updates"
    { cat ${GUEST_EXTRA:+"$GUEST_EXTRA"} /dev/null; pack "$top"; } >"$top.cpio"
    GUEST_EXTRA=$top.cpio
}

# test_cdev QEMU-ARG...: the same as test_vfio through the character device and iommufd, on a
# kernel without groups
test_cdev() {
    tool_test "cdev" "$@" -object "$PV0,firmware=off,features=attestation-report" \
        -device paravisor-pci <<'END'
/sbin/depmod
load
modprobe pvfeat
unbind "$bdf"
modprobe vfio-pci
bind "$bdf" vfio-pci
cdev=/dev/vfio/devices/$(ls $f/vfio-dev)
ok "the character device exists" test -c "$cdev"
ok "/dev/iommu exists" test -c /dev/iommu
is "neither a group nor a container exists" "$(ls /dev/vfio)" devices
serves "$cdev /dev/iommu anon_inode:[eventfd]" "$cdev: another program has it open"
like "not root" "$(nobody -s vfio -d "$bdf" | xargs)" "$cdev: Permission denied status 5$"
chown 65534 "$cdev"
like "not root, owner of the device only" "$(nobody -s vfio -d "$bdf" | xargs)" "/dev/iommu: Permission denied status 5$"
chown 65534 /dev/iommu
like "not root, owner of both" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "^vtpm: on status 0$"
give_back
END
}

# test_cdev_group QEMU-ARG...: a kernel with both the character device and the group; the
# group has two functions
test_cdev_group() {
    tool_test "cdev and group" "$@" -object "$PV0,firmware=off,features=vtpm" \
        -device paravisor-pci,addr=5.0,multifunction=on \
        -device paravisor-pci-hostile,addr=5.1 <<'END'
/sbin/depmod
modprobe pvfeat
modprobe -a vfio-pci vfio_iommu_type1
unbind "$bdf"
bind "$bdf" vfio-pci
cdev=/dev/vfio/devices/$(ls $f/vfio-dev)
group=/dev/vfio/$(basename "$(readlink $f/iommu_group)")
is "functions of the group" "$(ls $f/iommu_group/devices | xargs)" "$bdf ${bdf%0}1"
ok "character device and group exist" test -c "$cdev" -a -c "$group"
says "device: another function of the group has a driver" 5 "$cdev: its IOMMU group has functions with other drivers" -s vfio -d "$bdf"
chown 65534 "$group" /dev/vfio/vfio
like "group: another function of the group has a driver" "$(nobody -s vfio -d "$bdf" | xargs)" "IOMMU group .* has functions with other drivers; .* status 5$"
unbind "${bdf%0}1"
says "root, through the device" 0 "^vtpm: on" -s vfio -d "$bdf" has vtpm
like "not root, owner of the group only" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "^vtpm: on status 0$"

($tool -s vfio -d "$bdf" watch --count=1 >/tmp/watch; echo $? >>/tmp/watch) &
grown /tmp/watch 1
is "open files, root" "$(has_open)" "$cdev /dev/iommu anon_inode:[eventfd]"
like "in use through the device" "$(nobody -s vfio -d "$bdf" | xargs)" "$group: .*, another program has it open status 5$"
ok "the host changes the table" host update '{"features": "trusted-time"}'
wait
rm /tmp/watch
(nobody -s vfio -d "$bdf" watch --count=1 >/tmp/watch) &
grown /tmp/watch 1
is "open files, not root" "$(tool=pvfeat has_open)" "$group /dev/vfio/vfio anon_inode:[vfio-device] anon_inode:[eventfd]"
says "in use through the group" 5 "$cdev: another program has its IOMMU group open" -s vfio -d "$bdf"
ok "the host changes the table again" host update '{"features": "vtpm"}'
wait
is "watch reports the change" "$(cat /tmp/watch)" "generation 2: +trusted-time
generation 4: +vtpm -trusted-time
status 0"
END
}

check_json() { "$PVF_TOP/scripts/check-json.py" "$1" <"$2"; }

# The JSON of each command, validated on the host with the JSON Schema
test_json() {
    local line name document checked=0
    apt_need python3-jsonschema
    tool_test "JSON" -object "$PV0,features=vtpm+feature-40" -device paravisor-pci,id=d \
        -device paravisor-pci-hostile,poke-words=7=0 <<'END'
# json COMMAND ARG...: print the output in one line
json() { echo "@json $1 $($tool --json "$@" 2>/dev/null | tr -d '\n')"; }
json show
json show -s pci
json show -s cpuid
json show -s vfio
json list
json digest
json digest --features=vtpm
load
modprobe pvfeat
json show
json digest
json has vtpm 40 confidential
json doctor
($tool --json watch --count=1 >/tmp/watch) &
grown /tmp/watch 1
ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
wait
while read -r line; do echo "@json watch $line"; done </tmp/watch
END
    while read -r line; do
        read -r _ name document <<<"$line"
        checked=$((checked + 1))
        echo "$document" >"$PVF_TMP/document"
        tap_run "JSON: $name, document $checked" check_json "$name" "$PVF_TMP/document"
    done < <(tr -d '\r' <"$PVF_TMP/console" | grep '^@json ')
    tap_run "JSON: number of documents: $checked" test "$checked" -ge 13
}

run_tools_x86_64() {
    local iommu=(-device intel-iommu)
    guest_use x86_64 6.1
    APPEND=intel_iommu=on test_vfio "${iommu[@]}"
    guest_use x86_64 newest
    test_json
    test_lspci q35
    MACHINE=pc test_lspci pc
    # Use instrumented builds here; arm64 runs the same tests with the installed program
    use_checkers
    test_sources cpuid
    test_bad
    test_untrusted
    test_conformance pci
    test_firmware cpuid
    export APPEND=intel_iommu=on
    test_vfio "${iommu[@]}"
    test_valgrind "${iommu[@]}"
    test_conformance vfio "${iommu[@]}"
    test_gone "${iommu[@]}"
    # The stock kernel lacks these modules, and those of the newest cannot be built separately
    guest_use x86_64 6.12
    use_iommufd
    test_cdev "${iommu[@]}"
    use_iommufd group
    test_cdev_group "${iommu[@]}"
}

run_tools_arm64() {
    test_sources dt
    test_bad
    test_untrusted
    test_lspci virt
    # Separate interrupts for each function require an ITS
    MACHINE=virt,iommu=smmuv3,gic-version=3 test_vfio
    test_conformance pci
    test_firmware dt
}

# On s390x user space cannot map BARs; VFIO reads them
run_tools_s390x() {
    test_sources
    test_bad vfio
    test_untrusted
    test_lspci zPCI
    test_vfio
    test_conformance vfio
}

run_tools() {
    [[ $A_NAME =~ ^(x86_64|arm64|s390x)$ ]] ||
        die "tests of the tools support x86_64, arm64 and s390x, not $A_NAME"
    "run_tools_$A_NAME"
}
