# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tools in a guest: pvfeat through every source, VFIO, both lspci.

. "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"

# What the tests share, first in each guest
tool_prelude() {
    echo "tool='${TOOL:-pvfeat}'"
    cat <<'END'
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
bdf=$(functions | head -n 1)
f=/sys/bus/pci/devices/$bdf
bind() { echo "$2" >$f/driver_override; echo "$1" >/sys/bus/pci/drivers_probe; }
unbind() { echo "$1" >/sys/bus/pci/devices/"$1"/driver/unbind; }
# Where user space cannot tell whether the guest is confidential
may=''
[ "$(uname -m)" != aarch64 ] || may=--allow-untrusted
# says NAME STATUS REGEX ARG...: pvfeat ends with this status, and says that
says() {
    said=$1 want=$2 regex=$3
    shift 3
    out=$($tool "$@" 2>&1)
    got=$?
    is "$said: status" "$got" "$want"
    like "$said" "$out" "$regex"
}
# What the tool that runs has open of VFIO
has_open() {
    for fd in /proc/"$(pidof "${tool##* }")"/fd/*; do readlink "$fd"; done |
        grep -E 'vfio|iommu|eventfd' | uniq | xargs
}
# grown FILE LINES: wait until a program has written that many lines; not for ever
grown() {
    i=0
    until [ "$(wc -l 2>/dev/null <"$1" || echo 0)" -ge "$2" ]; do
        i=$((i + 1))
        [ $i -lt 1000 ] || { not_ok "$1 has $2 lines"; return; }
        sleep 0.02
    done
}
# serves OPEN IN-USE: bound to VFIO it is read, and changes are told of; meanwhile the
# program has these open, and nobody else gets it
serves() {
    says "show" 0 "^13 +attestation-report +yes +the OS" -s vfio
    says "has" 0 "^attestation-report: on" -s vfio has attestation-report
    says "the driver has it no more" 1 "^attestation-report: off" has attestation-report
    ($tool -s vfio -d "$bdf" watch --count=2 >/tmp/watch; echo $? >>/tmp/watch) &
    grown /tmp/watch 1
    is "what it has open" "$(has_open)" "$1"
    says "in use" 5 "$2" -s vfio
    ok "the host changes the table" host update '{"features": "vtpm"}'
    grown /tmp/watch 2
    ok "the host changes the table again" host update '{"features": "vtpm+trusted-time"}'
    wait
    is "told of both" "$(cat /tmp/watch)" "generation 0: +attestation-report
generation 2: -attestation-report +vtpm
generation 4: +trusted-time
0"
    # It has the function for as long as it runs: nobody else would get it
    is "it ends when nobody reads" "$($tool -s vfio -d "$bdf" watch | head -n 1)" "generation 4: +vtpm +trusted-time"
}
# give_back: to the kernel's driver, which goes on with it
give_back() {
    unbind "$bdf"
    bind "$bdf" ''
    is "given back" "$(basename "$(readlink $f/driver)")" pvfeat_pci
    is "and read" "$(echo $(features effective))" "vtpm trusted-time"
}
# The same as nobody, who is not root
nobody() { su -s /bin/sh nobody -c "pvfeat $* 2>&1; echo status \$?"; }
END
}

# tool_test NAME QEMU-ARG...: guest_test with the host's side and the prelude
tool_test() {
    { tool_prelude; cat; } >"$SCRIPT"
    GUEST_HOST=$G_HOST guest_test "$@" <"$SCRIPT"
}

PV0=paravisor-features,id=pv0

# use_checkers: from here on the guests have pvfeat-sanitized, and pvfeat-dynamic
# with a valgrind to run it
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
    # gcov counts in the other one
    [ -n "${COVERAGE:-}" ] || export TOOL=pvfeat-sanitize
}

# Each kind of source once; valgrind takes its time
test_valgrind() {
    TOOL='valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all
        --errors-for-leak-kinds=all pvfeat-dynamic' tool_test "valgrind" \
        -object "$PV0,features=attestation-report" -device paravisor-pci "$@" <<'END'
# Of the CPUID window there is none: valgrind is the processor
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

# test_sources [WINDOW]: every source but VFIO; the firmware window that the tool can
# read on this machine is cpuid, dt or none
test_sources() {
    { echo "firmware=${1:-}"; cat; } >"$SCRIPT.sources" <<'END'
fw=${firmware:+ +$firmware} yes=${firmware:+ +yes} unknown=${firmware:+ +unknown}
# Where user space can map no BAR, it has only what the driver and VFIO read
[ -e $f/resource0 ] && ! zpci "$bdf" && maps=1 || maps=
no_map="$bdf: this kernel has no file to map BAR0 by"
if [ $maps ]; then
    says "no driver: show" 0 "^The kernel driver was not asked"
    like "no driver: windows" "$out" "^ +$bdf$fw +meaning\$"
    like "no driver: a feature" "$out" "^13 +attestation-report +yes$yes +the OS can obtain"
    like "no driver: one that has no name" "$out" "^40 +feature-40 +yes$yes\$"
    like "no driver: trust" "$out" "^ +trusted +unknown$unknown\$"
    says "pci" 0 "^attestation-report: on\$" -s pci $may has attestation-report
    says "pci: off" 1 "^vtpm: off\$" -s pci -d "$bdf" $may has vtpm
    [ -z "$may" ] || says "pci: the kind of guest is unknown" 7 \
        "$bdf: host-provided mapping, and whether this guest is confidential is unknown" -s pci has vtpm
else
    says "pci: cannot be mapped" 3 "$no_map; there is --source=vfio\$" -s pci has vtpm
    says "no driver: show" 3 "$no_map"
fi
says "no driver: has" 3 'driver is not loaded \(modprobe pvfeat\); name a window that you trust with --source$' has vtpm
says "no driver: watch" 3 'driver is not loaded' watch
says "no driver: sysfs" 3 'driver is not loaded' -s sysfs
says "pci: no such function" 3 "ff:1f.7: there is no such function" -s pci -d ff:1f.7
says "pci: bad address" 2 "'pci0' is not a PCI address; the format is" -s pci -d pci0
for other in $(lspci -D | grep -v Paravisor | head -n 1 | cut -d' ' -f1); do
    says "pci: not ours" 3 "it has no locator" -s pci -d $other
done
if [ $firmware ]; then
    says "$firmware" 0 "^attestation-report: on\$" -s $firmware $may has 13 feature-40
    is "$firmware: both" "$out" "attestation-report: on
feature-40: on"
fi
for other in cpuid dt; do
    [ "$firmware" = $other ] || says "$other is not there" 3 "^pvfeat: " -s $other
done
says "vfio: not bound" 3 "$bdf: it is bound to no driver, not to vfio-pci" -s vfio
like "not root: pci" "$(nobody -s pci | tr -d "'" | xargs)" "which requires root; the drivers view does not .* status 5$"
[ ! $firmware ] || like "not root: what needs no root is shown" "$(nobody)" "^13 +attestation-report +yes"
like "not root: and what was not" "$(nobody | tr -d "'" | tail -n 2 | xargs)" "pvfeat: the capabilities of PCI functions cannot be read, .* status $([ $firmware ] && echo 0 || echo 5)$"
like "not root: conformance" "$(nobody conformance "$bdf" | tail -n 2 | xargs)" "^pvfeat: .*requires root status 5$"
says "no driver: has, with a function but no source" 3 'name a window that you trust with --source' -d "$bdf" has 13

load
modprobe pvfeat
says "driver: show" 0 "^Policy intersect, effective set from pci0"
like "driver: windows" "$out" "^ +pci0 .*$firmware +effective +meaning\$"
like "driver: fields" "$out" "^ +TEE +cca"
like "driver: fields" "$out" "^ +paravisor ID +1414:0002"
says "by name" 0 "^attestation-report: on\$" has attestation-report
says "by number" 0 "^attestation-report: on\$" has 13
says "by feature-N" 1 "^feature-41: off\$" has feature-41
says "all of them" 1 "^confidential: on\$" has confidential vtpm
is "all of them: both lines" "$out" "confidential: on
vtpm: off"
says "quiet" 0 '^$' -q has 13
says "JSON" 1 '^\{"confidential":true,"vtpm":false\}$' --json has confidential vtpm
says "did you mean" 2 "^pvfeat: unknown feature 'atestation-reprot'; did you mean attestation-report\?\$" has atestation-reprot
says "did you mean, a part" 2 "did you mean uefi-variables\?" has uefi
says "unknown" 2 "'pvfeat list' shows the known ones" has xyzzy
says "too large a number" 2 "there is no feature 1024: a table has at most 1024" has 1024
like "not root: has" "$(nobody has 13 | xargs)" "^attestation-report: on status 0"
like "not root: show" "$(nobody | head -n 1)" "^Policy intersect"
says "a short address" 0 "^13 +attestation-report +yes +yes +the OS" -d "${bdf#0000:}"
says "a short address: has" 0 "^attestation-report: on\$" -d "${bdf#0000:}" has 13
says "conformance: in use" 5 "^pvfeat: $bdf is in use by driver pvfeat_pci" conformance "$bdf"
if [ $maps ]; then
    says "the driver has the BAR" 5 "$bdf: BAR0 is in use by driver pvfeat_pci" -s pci
else
    says "pci: cannot be mapped, driver or not" 3 "$no_map" -s pci
fi
COLUMNS=40 $tool >/tmp/narrow
is "40 columns: no longer line" "$(awk 'length > 40' /tmp/narrow)" ""
like "40 columns" "$(cat /tmp/narrow)" "^13 attestation-report: pci0"
is "no colour where no terminal is" "$($tool | grep -c "$(printf '\033')")" 0
ok "colour if asked for" sh -c "pvfeat --color=always | grep -q \"\$(printf '\\033')\\[32myes\""
is "JSON: the windows" "$($tool --json | grep '"name"' | tr -d ' ",' | cut -d: -f2 | sort | xargs)" "$(sources | sort | xargs)"
like "JSON: as a whole" "$($tool --json -d "$bdf" | tr -d ' \n')" '^\{"version":1,"effective":\{"policy":"intersect","sources":\["pci0"[^]]*\],"generation":0,"features":\["confidential","attestation-report","feature-40"\],"feature-words":\[8193,256\]\},"windows":\[\{"name":"pci0","function":"'"$bdf"'","status":"current","trusted":true,"host-provided":false,"digest":"[0-9a-f]{64}","disagreements":\[\],"generation":0,"table-version":"1.0","tee":"cca","access-method":"native","shared-gpa-boundary":0,"paravisor-vendor":5140,"paravisor-product":2,"paravisor-version":16909060,"features":\["confidential","attestation-report","feature-40"\],"words":\[1073774595(,[0-9]+){15}\]\}\],"error":null\}$'

mkfifo /tmp/go
(read -r line </tmp/go; $tool list 2>/tmp/error; echo $? >/tmp/status) | (exec 0<&-; echo >/tmp/go)
grown /tmp/status 1
is "a closed pipe" "$(cat /tmp/status /tmp/error | xargs)" "6 pvfeat: output: Broken pipe"
$tool >/dev/full 2>/tmp/error
is "a full disk" "$? $(cat /tmp/error)" "6 pvfeat: output: No space left on device"
$tool --json >/dev/full 2>/tmp/error
is "a full disk, JSON" "$? $(cat /tmp/error)" "6 pvfeat: output: No space left on device"

($tool watch --count=2 >/tmp/watch; echo $? >>/tmp/watch) &
($tool watch --json --count=2 >/tmp/watch.json; echo $? >>/tmp/watch.json) &
grown /tmp/watch 1; grown /tmp/watch.json 1
ok "the host changes the table" host update '{"features": "vtpm+vtpm-persistent", "tee": "none"}'
grown /tmp/watch 2; grown /tmp/watch.json 2
# Woken by what is no change, they say nothing
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
is "watch: the driver goes" "$(tail -n 2 /tmp/gone | xargs)" "pvfeat: the kernel driver is not loaded any more 3"
END
    tool_test "sources" -object "$PV0,features=confidential+attestation-report+feature-40,tee=cca,paravisor-id=0x00021414,paravisor-version=0x01020304" \
        -device paravisor-pci <"$SCRIPT.sources"
}

# test_bad [SOURCE]: tables that are bad, functions that go, machines that have none;
# through pci, or vfio where user space can map no BAR
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
says "good and bad" 0 "^ +16 +vtpm +yes +- +- +- +- +- +a vTPM" -s $source
like "malformed" "$out" "^pvfeat: $malformed: NWORDS is out of range \\(0x0, against 0x3f4\\)\$"
says "malformed" 4 "NWORDS is out of range" -s $source -d "${malformed#0000:}"
says "malformed: has" 4 "NWORDS is out of range" -s $source -d "$malformed" has vtpm
says "does not settle" 4 "$odd: GENERATION is odd, the table is being rewritten" -s $source -d "$odd"
says "all ones" 4 "$ones: window reads all ones, the device is gone" -s $source -d "$ones"
says "broken locator" 4 "$broken: locator: revision is unknown" -s $source -d "$broken"
like "JSON: the error" "$($tool --json -s $source -d "$malformed" 2>/dev/null | tr -d '\n')" '"error": "NWORDS is out of range'
says "two good ones" 2 "2 functions have a table: name one with --device" -s $source has vtpm
for f in $good $malformed $odd $ones $broken; do echo 1 >/sys/bus/pci/devices/$f/remove; done
says "the only one" 1 "^vtpm: off" -s $source $may has vtpm
says "the largest table" 0 "^1023 +feature-1023 +yes\$" -s $source
says "the largest table: has" 0 "^feature-1023: on\$" -s $source $may has 1023
modprobe pvfeat
if [ $source = vfio ]; then
    unbind "$largest"
    rebind "$largest" ''
fi
says "driver: the largest table" 0 "^1023 +feature-1023 +yes +yes\$"
says "driver: the largest table: has" 0 "^feature-1023: on\$" has 1023
$tool watch >/tmp/largest &
grown /tmp/largest 1
kill $!
is "driver: the largest table: watch" "$(cat /tmp/largest)" "generation 0: +feature-1023"
rmmod pvfeat
echo 1 >/sys/bus/pci/devices/"$largest"/remove
says "nothing at all" 3 "^pvfeat: the kernel driver is not loaded, and neither PCI nor CPUID nor DeviceTree has a feature table\$"
says "no function" 3 "^pvfeat: no PCI function carries a feature table\$" -s pci
modprobe pvfeat
says "driver, no window" 3 "^pvfeat: the kernel driver found no feature table\$"
says "driver, no window: off" 1 "^vtpm: off\$" has vtpm
END
    tool_test "bad tables" "${devices[@]}" <"$SCRIPT.bad"
}

# PVF-DRV-41, PVF-DRV-42: a guest that takes itself for confidential (see
# guest-tests/modules/pvfeat_confidential.c), a BAR that is shared, one that is private, and
# the administrator who allows what is not trusted. Firmware windows: KUnit.
test_untrusted() {
    tool_test "untrusted" -object "$PV0,firmware=off,features=vtpm" -device paravisor-pci <<'END'
# TAINT_USER
tainted() { echo $(($(cat /proc/sys/kernel/tainted) >> 6 & 1)); }
# confidential MODULE-OPTION: the driver is loaded, and its guest confidential, before it
# sees the function
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
is "a shared BAR" "$(cat $source/status $source/trust | xargs)" "untrusted untrusted"
like "the log says so" "$(log)" "^pvfeat pci0: untrusted, features ignored, digest [0-9a-f]{64}$"
is "kernel code: nothing is on" "$(log | grep 'pvfeat_all: on')" ""
is "user space: nothing is on" "$(echo $(features effective) $(sources))" ""
is "it is shown" "$(echo $(features pci0))" vtpm
says "has" 1 "^vtpm: off\$" has vtpm
says "has, this function" 7 "^pvfeat: pci0 is untrusted, its features are ignored" -d "$bdf" has vtpm
says "has, this function, allowed" 0 "^vtpm: on\$" --allow-untrusted -d "$bdf" has vtpm
says "show" 0 "^ +trusted +no"
like "show" "$out" "^ +status +untrusted"
uevent sh -c 'case $DEVPATH in */pvfeat/*) echo "$ACTION $DEVPATH" >>/tmp/uevents;; esac' &
listener=$!
: >/tmp/uevents
ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
until [ "$(cat $source/generation)" = 2 ]; do :; done
is "changed: nothing is on" "$(echo $(cat $source/status) $(features effective))" untrusted
echo change >$PVF/effective/uevent
until grep -q effective /tmp/uevents; do :; done
is "an untrusted window sends no event" "$(cat /tmp/uevents | xargs)" "change $(readlink -f $PVF/effective | sed 's,^/sys,,')"
kill $listener
is "it is not tainted by this" "$(tainted)" 0

confidential allow_untrusted=0
is "not allowed" "$(cat $source/status) $(tainted)" "untrusted 0"

confidential allow_untrusted=0 private=1
is "a private BAR" "$(cat $source/status $source/trust | xargs)" "current trusted"
is "it counts" "$(echo $(features effective))" "vtpm trusted-time"
is "nothing is said of trust" "$(log | grep -i trusted | grep -v 'on: trusted-time')" ""

confidential allow_untrusted=1
is "allowed" "$(cat $source/status $source/trust | xargs)" "current allowed"
like "the log says what that means" "$(log)" "^pvfeat: allow_untrusted is set: the host of a confidential guest can turn features on; the kernel is tainted$"
like "and of what it holds" "$(log)" "^pvfeat pci0: untrusted, contributes because allow_untrusted is set$"
is "it is tainted" "$(tainted)" 1
is "kernel code" "$(log | grep -c 'pvfeat_all: on')" 2
says "has" 0 "^vtpm: on\$" has vtpm
says "has, this function" 0 "^vtpm: on\$" -d "$bdf" has vtpm
is "the parameter" "$(cat /sys/module/pvfeat/parameters/allow_untrusted)" Y
ok "it cannot be changed later" sh -c '! echo 0 >/sys/module/pvfeat/parameters/allow_untrusted 2>/dev/null'
rmmod pvfeat_all pvfeat_confidential pvfeat
ok "no switch: refused" sh -c '! modprobe pvfeat allow_untrusted=perhaps 2>/dev/null'
END
}

# What lspci says, with the project's patch and Debian's own
test_lspci() {
    { echo "released=$A_RELEASED"; cat; } >"$SCRIPT.lspci" <<'END'
like "patched: the name" "$(lspci -s "$bdf")" 'System peripheral: Red Hat, Inc. Paravisor features \(rev 01\)'
like "patched: the locator" "$(lspci -vvs "$bdf" | grep -A1 'Paravisor Features')" '^		Rev=1 BAR=0 Offset=00000000 Length=00001000$'
# Where programs are built from source there is no other
if [ "$released" ]; then
    like "Debian's: the class and the IDs" "$(/usr/bin/lspci -nns "$bdf")" 'System peripheral \[0880\].*\[1af4:10f5\] \(rev 01\)'
    like "Debian's: the capability" "$(/usr/bin/lspci -vvs "$bdf")" 'Designated Vendor-Specific: Vendor=1af4 ID=10f5 Rev=1 Len=28 <\?>|Vendor Specific Information: Len=14 <\?>'
    like "Debian's: the BAR" "$(/usr/bin/lspci -vvs "$bdf")" 'Region 0: Memory at .*\[size=64K\]'
    is "two programs" "$(/usr/bin/lspci --version)" "lspci version 3.9.0"
fi
END
    tool_test "lspci, $1" -object "$PV0,features=vtpm" -device paravisor-pci <"$SCRIPT.lspci"
}

# test_vfio QEMU-ARG...: taken by VFIO, read, told of a change, given back
test_vfio() {
    tool_test "vfio" "$@" -object "$PV0,firmware=off,features=attestation-report" \
        -device paravisor-pci <<'END'
load
modprobe pvfeat
is "the driver has it" "$(echo $(features effective))" attestation-report
unbind "$bdf"
modprobe -a vfio-pci vfio_iommu_type1
bind "$bdf" vfio-pci
group=/dev/vfio/$(basename "$(readlink $f/iommu_group)")
ok "there is a group" test -c "$group"
serves "$group /dev/vfio/vfio anon_inode:[vfio-device] anon_inode:[eventfd]" "$group: .*, another program has it open"
like "not root" "$(nobody -s vfio -d "$bdf" | xargs)" "status 5$"
chown 65534 "$group" /dev/vfio/vfio
# Linux 6.1 does not show the DVSEC there
case $(uname -r) in
6.1.*) right="before Linux 6.4 a locator on PCI Express is visible to root only status 3$" ;;
*) right="^vtpm: on status 0$" ;;
esac
like "not root, but the group is his" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "$right"
give_back
END
}

# Both sides of each boot below: what fails, and a change for --change
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
# judge ADDRESS CHANGE...: what fails there, all in one line; CHANGE is for host set
judge() {
    where=$1
    shift
    $tool -s $transport conformance ${1:+--change="sh /tmp/change $*"} "$where" >/tmp/judged 2>&1
    status=$?
    [ "$(grep -cE '^(not )?ok ' /tmp/judged)" = "$(sed -n 's/^1\.\.//p' /tmp/judged)" ] || echo "no end:"
    sed -n 's/^not ok [0-9]* - \(PVF-DEV-[0-9]*\) .*/\1/p' /tmp/judged
    echo "status $status"
}
# violates NAME REQUIREMENT ID ADDRESS [PROPERTY VALUE]
violates() {
    bus=pci
    ! zpci "$4" || bus=zpci
    case "$2 $transport $1 $bus" in
    # Over sysfs there are no interrupts
    PVF-DEV-30\ pci*) return ;;
    # VFIO does not open a function with a DVSEC longer than config space
    *\ vfio\ locator-cut\ pci)
        says "$1" 4 '/dev/vfio/.*: Invalid argument' -s vfio conformance $4
        return ;;
    # VFIO has no read() of the MSI-X table, where the feature table is
    *\ vfio\ vector-first-bar\ zpci) return ;;
    esac
    is "$1" "$(judge $4 ${5:+/machine/peripheral/$3 $5 "'$6'"} | xargs)" "$2 status 1"
    [ ! -e /tmp/failed ] || sed 's/^/# /' /tmp/judged
}
END
}

# test_firmware WINDOW: a firmware window with other words breaks PVF-DEV-36
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
# requirements, and each of lies.txt that breaks one breaks only that; in as many guests
# as have room for them
test_conformance() {
    local transport=$1 devices=() name options during breaks nr=1 violations=$SCRIPT.violations
    shift
    : >"$violations"
    name_left_out
    lies >"$PVF_TMP/rows"
    while read -r name options during breaks _ <&3; do
        case $breaks:$options in
        # zPCI resets a function without FLR by its handle, of which QEMU tells no device
        PVF-DEV-26:*) [ "$A_BUS" != zpci ] || continue ;;
        # Several requirements at once; a function that the guest would not find by its IDs
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

# conformance_guest QEMU-ARG...: the guest that sees $devices, and a good one before them
conformance_guest() {
    place 0
    { echo "transport=$transport good=$BDF"; conformance_prelude; cat - "$violations"; } >"$SCRIPT.conformance" <<'END'
is "good" "$(judge "$good" /machine/peripheral/good features "'\"vtpm\"'" | xargs)" "status 0"
skipped=$(sed -n 's/^ok .* - PVF-DEV-\([0-9]*\) .* # SKIP .*/\1/p' /tmp/judged | xargs)
case $transport in
vfio) want='10 11 14 17 24 29 31 32 33 34 35 36 37 38 39' ;;
pci) want='10 11 14 17 24 29 30 31 32 33 34 35 36 37 38 39' ;;
esac
is "good: what is skipped" "$skipped" "$want"
like "no writes" "$($tool -s $transport conformance --no-writes "$good")" '^ok 23 - PVF-DEV-23 .* # SKIP'
like "several functions" "$($tool -s $transport conformance 2>&1)" 'functions carry a locator: name one$'
END
    # No object: each function has a table of its own
    tool_test "conformance, $transport" "$@" -device "paravisor-pci,id=good,$AT" \
        "${devices[@]}" <"$SCRIPT.conformance"
}

# test_gone QEMU-ARG...: a function that goes while it is looked at
test_gone() {
    tool_test "gone" "$@" -object "$PV0,firmware=off,features=vtpm" \
        -device pcie-root-port,id=rp0 -device paravisor-pci,id=d,bus=rp0 <<'END'
modprobe -a vfio-pci vfio_iommu_type1
bind "$bdf" vfio-pci
($tool -s vfio -d "$bdf" watch >/tmp/watch 2>&1; echo $? >>/tmp/watch) &
grown /tmp/watch 1
ok "the host takes it away" host unplug d
wait
is "it was let go" "$(cat /tmp/watch)" "generation 0: +vtpm
pvfeat: $bdf: the function is being removed
4"
says "it is gone" 3 'there is no such function' -s vfio -d "$bdf"
# What a read of memory that is not there comes to, on machines that tell
modprobe pvfeat
($tool watch >/tmp/bus 2>&1; echo $? >>/tmp/bus) &
grown /tmp/bus 1
kill -BUS $(pidof ${tool##* })
wait
is "SIGBUS" "$(tail -n 2 /tmp/bus)" "pvfeat: the function is gone
4"
END
}

# use_iommufd [group]: from here on the guests have these modules too, see
# scripts/build-iommufd.sh; depmod puts them in front of the stock ones
use_iommufd() {
    local top=$PVF_TMP/iommufd${1:+-$1} modules
    modules=$("$PVF_TOP/scripts/build-iommufd.sh" "$A_NAME" "${K_VERSION%.*}" "$@")
    mkdir -p "$top/usr/lib/modules/$K_RELEASE/updates"
    cp "$modules"/*.ko "$top/usr/lib/modules/$K_RELEASE/updates"
    { cat ${GUEST_EXTRA:+"$GUEST_EXTRA"} /dev/null; pack "$top"; } >"$top.cpio"
    GUEST_EXTRA=$top.cpio
}

# test_cdev QEMU-ARG...: the same as test_vfio through the character device and
# iommufd, where there is no group to go through
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
ok "there is a character device" test -c "$cdev"
ok "there is /dev/iommu" test -c /dev/iommu
is "there is no group, and no container" "$(ls /dev/vfio)" devices
serves "$cdev /dev/iommu anon_inode:[eventfd]" "$cdev: another program has it open"
like "not root" "$(nobody -s vfio -d "$bdf" | xargs)" "$cdev: Permission denied status 5$"
chown 65534 "$cdev"
like "not root, only the device is his" "$(nobody -s vfio -d "$bdf" | xargs)" "/dev/iommu: Permission denied status 5$"
chown 65534 /dev/iommu
like "not root, but both are his" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "^vtpm: on status 0$"
give_back
END
}

# test_cdev_group QEMU-ARG...: the character device and the group are both there;
# two functions are in that group
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
is "a group of two" "$(ls $f/iommu_group/devices | xargs)" "$bdf ${bdf%0}1"
ok "there are both" test -c "$cdev" -a -c "$group"
says "the other function has a driver" 5 "$cdev: its IOMMU group has functions with other drivers" -s vfio -d "$bdf"
chown 65534 "$group" /dev/vfio/vfio
like "the same by the group" "$(nobody -s vfio -d "$bdf" | xargs)" "IOMMU group .* has functions with other drivers; .* status 5$"
unbind "${bdf%0}1"
says "by the device" 0 "^vtpm: on" -s vfio -d "$bdf" has vtpm
like "not root, only the group is his" "$(nobody -s vfio -d "$bdf" has vtpm | xargs)" "^vtpm: on status 0$"

($tool -s vfio -d "$bdf" watch --count=1 >/tmp/watch; echo $? >>/tmp/watch) &
grown /tmp/watch 1
is "what it has open" "$(has_open)" "$cdev /dev/iommu anon_inode:[eventfd]"
like "in use by the device" "$(nobody -s vfio -d "$bdf" | xargs)" "$group: .*, another program has it open status 5$"
ok "the host changes the table" host update '{"features": "trusted-time"}'
wait
rm /tmp/watch
(nobody -s vfio -d "$bdf" watch --count=1 >/tmp/watch) &
grown /tmp/watch 1
is "what it has open, not root" "$(tool=pvfeat has_open)" "$group /dev/vfio/vfio anon_inode:[vfio-device] anon_inode:[eventfd]"
says "in use by the group" 5 "$cdev: another program has its IOMMU group open" -s vfio -d "$bdf"
ok "the host changes the table again" host update '{"features": "vtpm"}'
wait
is "told" "$(cat /tmp/watch)" "generation 2: +trusted-time
generation 4: +vtpm -trusted-time
status 0"
END
}

run_tools_x86_64() {
    local iommu=(-device intel-iommu)
    guest_use x86_64 6.1
    APPEND=intel_iommu=on test_vfio "${iommu[@]}"
    guest_use x86_64 newest
    test_lspci q35
    MACHINE=pc test_lspci pc
    # arm64 has the same with the program as it is installed
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
    # The stock kernel has no such modules; of the newest one they cannot be built alone
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
    # Interrupts of their own for each function take an ITS
    MACHINE=virt,iommu=smmuv3,gic-version=3 test_vfio
    test_conformance pci
    test_firmware dt
}

# User space cannot map BARs there; VFIO reads them
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
        die "the tools are tested on x86_64, arm64 and s390x, not on $A_NAME"
    "run_tools_$A_NAME"
}
