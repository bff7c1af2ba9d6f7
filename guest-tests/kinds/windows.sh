# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table through several windows: agreement, each window alone, policies for
# mismatches, malformed windows. WINDOWS are the firmware windows of the guest.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# The script of the next guest: its variables, then its commands
SCRIPT=$PVF_TMP/script

# The table that QEMU presents and the guest expects
GOOD=features=confidential+attestation-report+vtpm+feature-40,tee=sev-snp,paravisor-id=0x00021414

# PVF-DEV-36, PVF-DEV-03, PVF-DRV-36: all windows have the same words, and no message of a
# mismatch
# shellcheck disable=SC2153 # not the table's A_WINDOWS
test_agreement() {
    { echo "windows='$WINDOWS'"; cat; } >"$SCRIPT" <<'END'
load
modprobe pvfeat
is "windows" "$(ls $PVF | xargs)" "$(echo $windows effective pci0 | tr ' ' '\n' | sort | xargs)"
for w in $windows pci0; do
    is "$w: status" "$(cat $PVF/$w/status)" current
    is "$w: the same table" "$(md5sum <$PVF/$w/table)" "$(md5sum <$PVF/pci0/table)"
    is "$w: no mismatch" "$(cat $PVF/$w/mismatch)" 0
done
is "the table is not empty" "$(wc -c <$PVF/pci0/table)" 64
is "no message of a mismatch" "$(log | grep -E 'disagrees|refused')" ""
is "effective features" "$(echo $(features effective))" "confidential attestation-report vtpm feature-40"
modprobe pvfeat_sample
like "kernel code: feature 13 is on" "$(log)" '^pvfeat_sample: loaded: attestation-report is on$'
echo "$(functions)" >/sys/bus/pci/drivers/pvfeat_pci/unbind
is "without PCI the firmware windows contribute" "$(echo $(features effective))" "confidential attestation-report vtpm feature-40"
rmmod pvfeat_sample
ok "unload" rmmod pvfeat
END
    guest_test "agreement" -object "paravisor-features,id=pv0,$GOOD" \
        -device paravisor-pci "$@" <"$SCRIPT"
}

# test_single WINDOW QEMU-ARG...: test one firmware window without a PCI function
test_single() {
    local window=$1
    shift
    { echo "w=$window"; cat; } >"$SCRIPT" <<'END'
modprobe pvfeat
modprobe pvfeat_sample
is "one window" "$(ls $PVF | xargs)" "$(echo $w effective | tr ' ' '\n' | sort | xargs)"
is "the window contributes" "$(echo $(cat $PVF/$w/status) $(sources))" "current $w"
is "features" "$(echo $(features effective))" "confidential attestation-report vtpm feature-40"
is "tee" "$(cat $PVF/$w/tee)" sev-snp
like "kernel code: feature 13 is on" "$(log)" '^pvfeat_sample: loaded: attestation-report is on$'
is "no message of an error" "$(log | grep -E 'disagrees|refused')" ""
END
    guest_test "$window alone" -object "paravisor-features,id=pv0,$GOOD" "$@" \
        <"$SCRIPT"
}

# test_alone WINDOW: test_single with the machine's other firmware windows turned off
test_alone() {
    case "$1 of $A_WINDOWS" in
    "cpuid of "*acpi*) MACHINE=$A_MACHINE,acpi=off test_single cpuid ;;
    "acpi of "*cpuid*) CPU=$A_CPU,-hypervisor test_single acpi ;;
    *) test_single "$1" ;;
    esac
}

# PVF-DEV-38: without an object there is no window
test_no_object() {
    guest_test "no object" "$@" <<'END'
modprobe pvfeat
is "no window" "$(ls $PVF)" effective
ok "no DeviceTree node" test ! -e /proc/device-tree/paravisor
is "no SSDT" "$(grep -l PVFT /sys/firmware/acpi/tables/SSDT* 2>/dev/null)" ""
modprobe pvfeat_sample
like "kernel code: feature 13 is off" "$(log)" '^pvfeat_sample: loaded: attestation-report is off$'
END
}

# test_differ NAME FIRMWARE PCI DIFFERENCE INTERSECT NOTHING PCI_WINS QEMU-ARG...: PVF-DRV-37:
# two objects with different tables: the difference that is reported for each firmware window,
# and the effective set under each policy
test_differ() {
    { printf 'windows="%s"\ndifference="%s"\nintersect="%s"\nnothing="%s"\npci_wins="%s"\n' \
        "$WINDOWS" "${@:4:4}"; cat; } >"$SCRIPT" <<'END'
load
policy=/sys/module/pvfeat/parameters/policy
modprobe pvfeat_sample
for w in $windows; do
    is "$w: mismatch" "$(cat $PVF/$w/mismatch)" 1
    is "$w: difference reported by the tool" "$(pvfeat --json | tr -d ' \n' |
        sed 's/.*"name":"'$w'"//; s/.*"disagreements":\[\([^]]*\)\].*/\1/; s/[",]/ /g' | xargs)" "$difference"
    is "$w: one message" "$(log | grep -c "^pvfeat $w: disagrees with pci0:")" 1
    like "$w: text of the message" "$(log | grep "^pvfeat $w: dis" | tr -d +)" "disagrees with pci0: $(echo "$difference" | tr -d +) \(policy intersect\)"
done
is "the default policy is intersect" "$(cat $policy)" intersect
is "policy intersect" "$(echo $(features effective))" "$intersect"
echo all-or-nothing >$policy
is "policy all-or-nothing" "$(echo $(features effective))" "$nothing"
echo pci-wins >$policy
is "policy pci-wins" "$(echo $(features effective))" "$pci_wins"
ok "an unknown policy is refused" sh -c "! echo lenient >$policy 2>/dev/null"
is "the policy after the refused write" "$(cat $policy)" pci-wins
if [ "$intersect" != "$nothing" ] || [ "$nothing" != "$pci_wins" ]; then
    ok "kernel code is notified" await_log '^pvfeat_sample: changed: '
fi
END
    guest_test "differ in $1" \
        -object "paravisor-features,id=fw,$2" \
        -object "paravisor-features,id=pv0,firmware=off,$3" \
        -device paravisor-pci,table=pv0 "${@:8}" <"$SCRIPT"
}

test_differences() {
    test_differ "one bit" features=vtpm+attestation-report features=vtpm \
        "+attestation-report" "vtpm" "" "vtpm" "$@"
    test_differ "many words and NWORDS" \
        features=attestation-report+feature-36+feature-37+feature-38+feature-39+feature-64+feature-159 \
        features=vtpm+feature-36 \
        "NWORDS=0x5/0x2 +attestation-report -vtpm +feature-37 +feature-38 +feature-39 +feature-64 +feature-159" \
        "feature-36" "" "vtpm feature-36" "$@"
    test_differ "TEE and version" \
        features=confidential,tee=tdx,paravisor-version=1 \
        features=confidential,tee=cca,paravisor-version=2 \
        "TEE=0x1/0x3 PARAVISOR_VERSION=0x1/0x2" confidential "" confidential "$@"
    # A warning of either window is on; a boundary requires agreement of both
    test_differ "warnings and the boundary" \
        features=confidential+shared-gpa-boundary+migration,shared-gpa-boundary=47 \
        features=confidential+shared-gpa-boundary+servicing,shared-gpa-boundary=51 \
        "ACCESS=0x2f00/0x3300 -servicing +migration" "confidential servicing migration" \
        "servicing migration" "confidential shared-gpa-boundary servicing migration" "$@"
    # Features from 512 on are specific to the paravisor that PARAVISOR_ID names
    test_differ "PARAVISOR_ID" \
        features=vtpm+feature-600,paravisor-id=0x00021414 \
        features=vtpm+feature-601,paravisor-id=0x00011414 \
        "PARAVISOR_ID=0x21414/0x11414" "vtpm feature-601" "" "vtpm feature-601" "$@"
}

# One window is malformed: the others contribute, and a message names the malformed one
test_malformed() {
    { echo "windows='$WINDOWS'"; cat; } >"$SCRIPT" <<'END'
load
modprobe pvfeat
like "PCI is refused" "$(log)" "^pvfeat_pci $(functions): refused: NWORDS is out of range"
is "the other windows contribute" "$(echo $(features effective) $(sources))" "vtpm $windows"
END
    guest_test "PCI malformed" -object paravisor-features,id=pv0,features=vtpm \
        -device paravisor-pci-hostile,poke-words=7=0 "$@" <"$SCRIPT"
    { echo "windows='$WINDOWS'"; cat; } >"$SCRIPT" <<'END'
load
for w in $windows; do
    like "$w is refused" "$(log)" "^pvfeat: $w: refused: VERSION has an unknown major \\(0x2, against 0x1\\)"
done
is "PCI contributes" "$(echo $(features effective) $(sources))" "vtpm pci0"
END
    guest_test "firmware malformed" -object paravisor-features,id=pv0,features=vtpm \
        -device paravisor-pci-hostile,poke-firmware=4=0x20000 "$@" <"$SCRIPT"
}

# PVF-DRV-43: a CPUID range without the signature is treated as absent, not as an error
test_foreign_cpuid() {
    guest_test "CPUID range without the signature" \
        -object paravisor-features,id=pv0,features=vtpm \
        -device paravisor-pci-hostile,poke-firmware=2=0x4b4d564b <<'END'
load
is "only the window PCI" "$(ls $PVF | xargs)" "effective pci0"
is "no message about CPUID" "$(log | grep -i cpuid)" ""
END
}

run_windows() {
    local uefi=/usr/share/$A_FIRMWARE/QEMU_EFI.fd window
    WINDOWS=$A_WINDOWS
    test_agreement
    if [ "$A_WINDOWS" = dt ]; then
        test_single dt
    else
        MACHINE=pc test_agreement
        for window in $A_WINDOWS; do test_alone "$window"; done
        test_foreign_cpuid
    fi
    test_no_object
    test_differences
    test_malformed
    [ "$A_WINDOWS" = dt ] || return 0
    # UEFI provides ACPI tables in addition to the DeviceTree; Linux uses only one
    WINDOWS=acpi
    APPEND=acpi=force test_agreement -bios "$uefi"
    APPEND=acpi=force test_single acpi -bios "$uefi"
}
