# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stock kernels in a guest that they detect as confidential, through the tests' QEMU device
# vbs-guest (host-tests/qtest/vbs-guest.c). Private mappings of the BAR read the paravisor's
# table, in object pv0; shared mappings read the host's table, in object pv1.

. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

# Linux maps the page of the vTPM private. Its address is aligned for a BAR of 64 KiB; with
# nocrs Linux keeps a BAR there. VGA requires a mode without vgacon, which maps its memory
# too early for such a guest.
PRIVATE=0xfed40000
VBS_APPEND='pci=nocrs vga=0x314'

# Features that Hyper-V's leaves report there; they are on if no table contributes
LEAF='confidential paravisor-managed shared-gpa-boundary'

# vbs_boot NAME QEMU-ARG...: tool_test with a kernel that detects a confidential guest
vbs_boot() {
    { echo "leaf='$LEAF'"; cat; } >"$SCRIPT.vbs"
    APPEND="$VBS_APPEND" tool_test "$1" -device VGA "${@:2}" <"$SCRIPT.vbs"
}

# vbs_test NAME ADDRESS FUNCTION HOST [QEMU-ARG...]: boot with FUNCTION and HOST, each a device
# type with options, as the paravisor's and the host's function, and with the BAR at ADDRESS,
# or, if that is 0, where the firmware places it. VBS_OPTIONS= is added to the options of
# vbs-guest.
vbs_test() {
    vbs_boot "$1" -object "$PV0,firmware=off,features=vtpm" \
        -object paravisor-features,id=pv1,firmware=off,features=trusted-time \
        -device "$3,table=pv0,id=d" -device "$4,table=pv1,id=host" \
        -device "vbs-guest,function=d,host=host,address=$2${VBS_OPTIONS:-}" "${@:5}"
}

# The driver reads the paravisor's table; user space, whose mapping is shared, the host's
test_private() {
    vbs_test "private" $PRIVATE paravisor-pci paravisor-pci <<'END'
s=$PVF/pci0
like "the kernel detects a confidential guest" "$(dmesg)" 'Memory Encryption Features active'
load
modprobe pvfeat
is "the driver detects a confidential guest" "$(cat $PVF/effective/guest)" confidential
is "trust" "$(cat $s/trust $s/status | xargs)" "trusted current"
is "features of the paravisor's table" "$(echo $(features pci0))" vtpm
is "effective features" "$(echo $(features effective))" vtpm
is "Hyper-V's leaves are trusted, but unused" "$(cat $PVF/hyperv/trust $PVF/hyperv/status | xargs)" "trusted unused"
is "Hyper-V's leaves are compared" "$(cat $PVF/hyperv/mismatch)" 1
says "doctor" 1 '^contradicts  paravisor-managed     off  Hyper-V.s CPUID leaves report on$' doctor
is "log: difference of Hyper-V's leaves" "$(log | sed -n 's/^pvfeat hyperv: disagrees with pci0: \(.*\) (policy intersect)$/\1/p')" \
    "+confidential +paravisor-managed +shared-gpa-boundary"
ok "the paravisor changes its table" host update '{"features": "vtpm+attestation-report"}'
ok "an MSI-X interrupt arrives" await $PVF/effective/generation 2
is "features of the new table" "$(echo $(features effective))" "attestation-report vtpm"
is "the new table is trusted" "$(cat $s/trust $s/status | xargs)" "trusted current"
ok "the host changes its table" host set /objects/pv1 features '"attestation-report"'
echo 1 >$f/pvfeat_rescan
is "the driver does not read the host's table" "$(echo $(features effective))" "attestation-report vtpm"
unbind "$bdf"
says "mapping of user space: show" 0 '^ *[0-9]+ +attestation-report +yes' -s pci
like "mapping of user space: warning" "$(echo $out)" 'in this confidential guest the host provides the mappings: '
like "mapping of user space: not trusted" "$out" '^ +trusted +no'
says "JSON" 0 '"host-provided": true' --json -s pci
says "has" 7 "^pvfeat: $bdf: host-provided mapping, and this guest is confidential: " -s pci has attestation-report
says "has --quiet" 7 "^pvfeat: $bdf: host-provided" -s pci -q has attestation-report
says "has --allow-untrusted" 0 '^attestation-report: on$' -s pci --allow-untrusted has attestation-report
says "conformance" 0 'host-provided mapping: in this confidential guest' conformance --no-writes "$bdf"
rmmod pvfeat
says "without the driver: has" 7 'this guest is confidential' -s pci has attestation-report
END
}

# test_ordinary ADDRESS: the driver reads the host's table, and ignores it
test_ordinary() {
    vbs_test "ordinary, $1" "$1" paravisor-pci paravisor-pci <<'END'
s=$PVF/pci0
# TAINT_USER
tainted() { echo $(($(cat /proc/sys/kernel/tainted) >> 6 & 1)); }
load
modprobe pvfeat
is "trust" "$(cat $s/trust $s/status | xargs)" "untrusted untrusted"
is "features of the host's table" "$(echo $(features pci0))" trusted-time
is "the host's table is ignored" "$(echo $(features effective))" "$leaf"
modprobe pvfeat_all
is "features for kernel code" "$(log | sed -n 's/^pvfeat_all: on: //p' | xargs)" "$leaf"
like "log: untrusted" "$(log)" '^pvfeat pci0: untrusted, features ignored, digest [0-9a-f]{64}$'
ok "the host changes its table" host set /objects/pv1 features '"trusted-time+attestation-report"'
# Only the paravisor's function sends an interrupt
echo 1 >$f/pvfeat_rescan
is "the changed table" "$(cat $s/generation) $(echo $(features pci0))" "2 attestation-report trusted-time"
is "the changed table is ignored" "$(echo $(cat $s/status) $(features effective))" "untrusted $leaf"
says "has" 1 '^trusted-time: off$' has trusted-time
says "has --device" 7 '^pvfeat: pci0 is untrusted' -d "$bdf" has trusted-time
is "the kernel is not tainted" "$(tainted)" 0
rmmod pvfeat_all pvfeat
modprobe pvfeat allow_untrusted=1
is "allow_untrusted: trust" "$(cat $s/trust $s/status | xargs)" "allowed current"
is "allow_untrusted: effective features" "$(echo $(features effective))" "attestation-report trusted-time"
is "allow_untrusted: the kernel is tainted" "$(tainted)" 1
END
}

# test_crossing LENGTH TRUST: a table that begins at 0x800 of the private page. Linux maps a
# range private if its first page is; the driver requires all pages.
test_crossing() {
    local words=512=0x40008003+513=0x65467650+514=0x76507461+515=0x74616546+516=0x00010000+519=1
    local config=0x115=0x08
    [ "$1" != 0x800 ] || config+=+0x119=0x08
    { echo "trust=$2"; cat; } >"$SCRIPT.crossing" <<'END'
load
modprobe pvfeat
is "trust" "$(cat $PVF/pci0/trust)" $trust
is "features of the table" "$(echo $(features pci0))" vtpm
[ $trust = trusted ] && want=vtpm || want=$leaf
is "effective features" "$(echo $(features effective))" "$want"
END
    vbs_test "table of $1 at 0x800" $PRIVATE \
        "paravisor-pci-hostile,poke-config=$config,poke-words=$words+524=0x10000" \
        "paravisor-pci-hostile,poke-words=$words+524=0x2000" <"$SCRIPT.crossing"
}

# test_endorsed CHANGES: a table that the host can change contributes while its digest is
# endorsed; then the host alternates between two tables at least CHANGES times. PVF-DRV-47,
# PVF-DRV-48
test_endorsed() {
    { echo "least=$1"; cat; } >"$SCRIPT.endorsed" <<'END'
s=$PVF/pci0 e=$PVF/effective
trusts() { for w in pci0 cpuid acpi; do cat $PVF/$w/trust; done | sort -u | xargs; }
load
modprobe pvfeat
digest=$(cat $s/digest)
is "QEMU reports the same digest" "$(host get /objects/pv0 digest)" "ok $digest"
like "log: digest" "$(log)" "^pvfeat pci0: untrusted, features ignored, digest $digest$"
is "trust and features before the endorsement" "$(trusts) $(echo $(features effective))" "untrusted $leaf"
forget
says "endorse" 0 "^endorsed: $digest\$" endorse pci0
says "endorse: no such window" 3 "'pci7' is neither a window" endorse pci7
is "all windows with this table are endorsed" "$(trusts) $(echo $(sources))" "endorsed pci0 acpi cpuid"
is "endorsed: effective features" "$(echo $(features effective))" vtpm
like "endorsed: logged once" "$(log | grep -c "effective: endorsed through sysfs: $digest")" '^1$'
like "endorsed: the window contributes" "$(log)" '^pvfeat pci0: contributes, its digest is endorsed$'
is "endorsed: the list" "$(cat $e/endorsed)" "$digest sysfs"
says "endorsed: has" 0 '^vtpm: on$' has vtpm
says "endorsed: has --device" 7 '^pvfeat: pci0 is endorsed by its content' -d "$bdf" has vtpm
ok "endorsing it again succeeds" sh -c "echo $digest >$e/endorse"

ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
ok "an interrupt arrives" await $s/generation 2
other=$(cat $s/digest)
is "the changed table is untrusted" "$(cat $s/trust $s/status | xargs)" "untrusted untrusted"
like "log: new digest" "$(log)" "^pvfeat pci0: untrusted, features ignored, digest $other$"
is "the firmware windows still contribute" "$(echo $(sources) $(features effective))" "cpuid acpi vtpm"
ok "the host changes it back" host update '{"features": "vtpm"}'
ok "an interrupt arrives" await $s/generation 4
is "the original table is endorsed" "$(cat $s/trust $s/status | xargs) $(echo $(features effective))" "endorsed current vtpm"
says "pvfeat digest" 0 "^$digest  pci0\$" digest
says "pvfeat digest --features" 0 "^$digest\$" digest --features=vtpm
like "pvfeat digest --source" "$($tool -s cpuid digest 2>&1)" "^[0-9a-f]{64}  cpuid$"
says "pvfeat digest --json" 0 "\"pci0\":\"$digest\"" --json digest
like "pvfeat endorse: not root" "$(nobody endorse $digest | xargs)" 'endorse: Permission denied status 5$'
says "revoke" 0 "^revoked: $digest\$" endorse --revoke pci0
says "revoke again" 1 '^pvfeat: the digest is not endorsed$' endorse --revoke $digest
is "revoked: trust and features" "$(trusts) $(echo $(features effective))" "untrusted $leaf"
is "revoked: the list is empty" "$(cat $e/endorsed)" ""
for bad in "" - zz "$digest$digest" "${digest%?}" "${digest%?}x" "-$digest" " $digest"; do
    (echo "$bad" >$e/endorse) 2>/dev/null && not_ok "'$bad' is accepted"
done
is "mode of the file endorse" "$(stat -c %a $e/endorse)" 200

rmmod pvfeat
forget
modprobe pvfeat endorsed=zz,$digest,,$other
is "parameter: trust and features" "$(trusts) $(echo $(features effective))" "endorsed vtpm"
is "parameter: the list" "$(cat $e/endorsed)" "$digest parameter
$other parameter"
is "parameter: each digest is logged" "$(log | sed -n 's/^pvfeat: endorsed by parameter: //p')" "$digest
$other"
is "parameter: each invalid digest is logged" "$(log | sed -n 's/^pvfeat: endorsed: ignored //p')" "'zz': not 64 hexadecimal digits
'': not 64 hexadecimal digits"
rmmod pvfeat
forget
many=$digest
for i in $(seq 10 25); do many=$many,$i${digest#??}; done
modprobe pvfeat endorsed=$many
says "17 digests: pvfeat endorse fails" 1 'the list of endorsed digests is full' endorse 25${digest#??}
is "17 digests: 16 are endorsed" "$(wc -l <$e/endorsed)" 16
like "17 digests: log" "$(log)" "^pvfeat: endorsed: ignored 25${digest#??}: the list is full$"

# The host alternates between an endorsed and another table
rmmod pvfeat
modprobe pvfeat endorsed=$digest
changes=0 seen=0 wrong=0 round=0
while [ $changes -lt $least ] && [ $round -lt 200 ]; do
    host hammer '[{"features": "trusted-time"}, {"features": "vtpm"}]' >/dev/null
    for i in $(seq 2000); do
        # Have the driver read the table now, although it limits the rate of interrupts
        echo 1 >$f/pvfeat_rescan
        read -r value <$e/features/trusted-time
        [ $value = 0 ] || wrong=$((wrong + 1))
        read -r value <$s/trust
        [ $value = untrusted ] || seen=$((seen + 1))
    done
    rest=$(host rest)
    changes=$((changes + ${rest##* })) round=$((round + 1))
done
echo "# $changes changes, endorsed in $seen of $((round * 2000)) reads"
ok "at least $least changes" test $changes -ge $least
ok "the driver read the endorsed table" test $seen -gt 0
is "features of the other table are never on" $wrong 0
END
    vbs_boot "endorsed" -object "$PV0,features=vtpm" -device paravisor-pci -device vbs-guest <"$SCRIPT.endorsed"
}

# test_leaf NAME OPTIONS TRUST FEATURES [BOUNDARY]: the window of Hyper-V's leaves, without a
# table
test_leaf() {
    { echo "trust='$3' features='$4' boundary=${5:-39}"; cat; } >"$SCRIPT.leaf" <<'END'
modprobe -a pvfeat pvfeat_all
w=$PVF/hyperv
is "trust" "$(cat $w/trust)" $trust
is "effective features" "$(echo $(features effective))" "$features"
is "boundary" "$(cat $w/shared_gpa_boundary)" "$boundary"
is "features for kernel code" "$(log | sed -n 's/^pvfeat_all: on: //p' | xargs)" "$features"
[ -z "$features" ] && want=1 || want=0
says "has" $want '^confidential: (on|off)$' has confidential
says "show" 0 '^ *0 +confidential +yes' -s sysfs
if [ "$trust" = trusted ]; then
    says "doctor" 0 '^Hyper-V: leaf 0x4000000c is 0x1, 0x[0-9a-f]+: isolation type 1 \(TEE vbs\), with a paravisor' doctor
    like "doctor: the kernel's view" "$out" "^agrees +confidential +on +the guest is confidential$"
    like "doctor: summary" "$out" "^effective: 1 agree, 0 contradict, 1 unseen$"
else
    says "doctor" 3 'no window contributes' doctor
fi
rmmod pvfeat_all pvfeat
says "without the driver" 0 '^ *0 +confidential +yes' -s hyperv
says "without the driver: has" 7 'host-provided mapping, and this guest is confidential' -s hyperv has confidential
END
    vbs_boot "leaf, $1" -device "vbs-guest$2" <"$SCRIPT.leaf"
}

test_leaves() {
    test_leaf "default" "" trusted "$LEAF"
    test_leaf "another boundary" ,boundary=38 trusted "$LEAF" 38
    test_leaf "virtualization stack" ,stack=0xc trusted "$LEAF extended-destination confidential-bus"
    test_leaf "boundary not active" ,active=off trusted "confidential paravisor-managed" 0
    test_leaf "no paravisor" ,paravisor=off untrusted ""
    # An SEV guest whose host forges the leaves
    CPU=max,min-xlevel=0x8000001f test_leaf "SEV" ,sev=on untrusted ""
    # An SEV guest whose host also hides the processor's leaf; under a paravisor SEV_STATUS
    # indicates vTOM
    test_leaf "SEV_STATUS" ,sev-status=1 untrusted ""
    test_leaf "SEV_STATUS with vTOM" ,sev-status=0xd trusted "$LEAF"
    VBS_OPTIONS=,sev=on CPU=max,min-xlevel=0x8000001f \
        vbs_test "private, SEV" $PRIVATE paravisor-pci paravisor-pci <<'END'
modprobe pvfeat
is "trust" "$(cat $PVF/pci0/trust $PVF/hyperv/trust | xargs)" "untrusted untrusted"
is "no feature is on" "$(echo $(features effective))" ""
END
    SMP=2 vbs_boot "leaf, processors differ" -device vbs-guest,odd-cpu=on <<'END'
modprobe pvfeat
is "no window" "$(ls $PVF)" effective
is "log: one message" "$(log | grep hyperv)" "pvfeat: hyperv: refused: the leaves of processors differ"
END
}

# PVF-DRV-41: the host serves CPUID and the ACPI tables
test_firmware_untrusted() {
    vbs_boot "firmware windows" -object "$PV0,features=vtpm" -device vbs-guest <<'END'
modprobe pvfeat
for w in cpuid acpi; do
    is "$w: trust and features" "$(cat $PVF/$w/trust $PVF/$w/status | xargs) $(features $w)" "untrusted untrusted vtpm"
done
is "firmware windows are ignored" "$(echo $(features effective))" "$leaf"
says "has" 1 '^vtpm: off$' has vtpm
says "has --source=cpuid" 7 'cpuid: host-provided mapping' -s cpuid has vtpm
rmmod pvfeat
says "without the driver: show" 0 'the host provides the mappings: '
says "without the driver: has --source=cpuid" 7 'this guest is confidential' -s cpuid has vtpm
END
}

# Linux 6.1 maps no MMIO private
test_never_private() {
    vbs_test "never private" $PRIVATE paravisor-pci paravisor-pci <<'END'
load
modprobe pvfeat
is "trust" "$(cat $PVF/pci0/trust)" untrusted
is "the table is ignored" "$(echo $(features effective))" "$leaf"
END
}

# confidential_prelude: a lie() for confidential guests, where no function contributes,
# instead of the one in hostile.sh
confidential_prelude() {
    echo "leaf='$LEAF'"
    cat <<'END'
driver=/sys/bus/pci/drivers/pvfeat_pci
lie() {
    lie=$1 bdf=$2 device=/machine/peripheral/$3 during=$5 value=$6
    (echo $bdf >$driver/bind) 2>/dev/null
    if [ "$during" != - ]; then
        [ "$during" = reread ] || host set $device "${during%%=*}" "$value" >/dev/null
        (echo 1 >/sys/bus/pci/devices/$bdf/pvfeat_rescan) 2>/dev/null
    fi
    is "$lie" "$(echo $(features effective) $(sources))" "$leaf hyperv"
    [ ! -e $PVF/pci0 ] || { is "$lie: trust" "$(cat $PVF/pci0/trust)" untrusted; bound=$((bound + 1)); }
    [ ! -e /sys/bus/pci/devices/$bdf/driver ] || echo $bdf >$driver/unbind
}
echo 0 >/sys/bus/pci/drivers_autoprobe
modprobe pvfeat
bound=0
END
}

# All lies that do not require their own guest
test_lies_ignored() {
    local alone
    lies >"$PVF_TMP/rows"
    APPEND="$VBS_APPEND" LIE_PRELUDE=confidential_prelude test_batches -device VGA -device vbs-guest
}

test_vbs_refusals() {
    qemu_refuses "QEMU refuses a boundary out of range" 'boundary=52 is out of range; it is a bit from 32 to 51$' \
        -device vbs-guest,boundary=52
    qemu_refuses "QEMU refuses a second vbs-guest" 'the machine has a vbs-guest already$' \
        -device vbs-guest -device vbs-guest
    qemu_refuses "QEMU refuses a host's function without another" 'host= requires function=, another function with a BAR0 of memory$' \
        -device paravisor-pci,id=host -device vbs-guest,host=host
}

run_confidential() {
    test_vbs_refusals
    case $K_RELEASE in
    6.1.*)
        test_never_private
        test_leaf "default" "" trusted "$LEAF"
        ;;
    *)
        test_private
        test_ordinary 0
        test_ordinary 0xfed30000
        test_ordinary 0xfed50000
        test_crossing 0x1000 untrusted
        test_crossing 0x800 trusted
        test_firmware_untrusted
        test_leaves
        test_endorsed 5000
        test_lies_ignored
        ;;
    esac
}
