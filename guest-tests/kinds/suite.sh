# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests that every architecture and kernel must pass.

. "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"

# test_function NAME QEMU-ARG...: all properties of the device, as seen by the guest
test_function() {
    guest_test "$1" \
        -object paravisor-features,id=pv0,firmware=off,features=confidential+attestation-report+vtpm+feature-40+feature-600,tee=cca,access-method=firmware-call,paravisor-id=0x00021414,paravisor-version=0x01020304 \
        -device paravisor-pci "${@:2}" <<'END'
bdf=$(functions)
lspci=$(lspci -vvs "$bdf")
like "lspci: class and placeholder IDs" "$(lspci -nns "$bdf")" '\[0880\].*\[1af4:10f5\] \(rev 01\)'
like "lspci: BAR0" "$lspci" 'Region 0: Memory at .*\[size=64K\]'
like "lspci: MSI-X" "$lspci" 'MSI-X: .*Count=1 '
if lspci -vvs "$bdf" | grep -q 'Express'; then
    like "lspci: locator" "$lspci" 'Designated Vendor-Specific: Vendor=1af4 ID=10f5 Rev=1 Len=28'
else
    like "lspci: locator" "$lspci" 'Vendor Specific Information: Len=14'
fi

forget
load
ok "modalias loads the module" test -d /sys/module/pvfeat
like "lspci: driver" "$(lspci -ks "$bdf")" 'driver in use: pvfeat_pci'
like "probe message" "$(log)" "^pvfeat_pci $bdf: 5 features, generation 0, from BAR0\+0x0$"
s=$PVF/pci0
is "features" "$(echo $(features pci0))" "confidential attestation-report vtpm feature-40 feature-600"
is "generation" "$(cat $s/generation)" 0
is "version" "$(cat $s/version)" 1.0
is "tee" "$(cat $s/tee)" cca
is "access_method" "$(cat $s/access_method)" firmware-call
is "shared_gpa_boundary" "$(cat $s/shared_gpa_boundary)" 0
is "paravisor_id" "$(cat $s/paravisor_id)" 1414:0002
is "paravisor_version" "$(cat $s/paravisor_version)" 0x01020304
is "trust" "$(cat $s/trust)" trusted
is "mismatch" "$(cat $s/mismatch)" 0
is "status" "$(cat $s/status)" current
is "parent device" "$(basename "$(readlink $s/device)")" "$bdf"
is "table: length" "$(wc -c <$s/table)" 128
is "table: words in little-endian order" "$(hexdump -v -e '4/1 "%02x" " "' $s/table | cut -d' ' -f1-14)" \
    "07800040 50764665 61745076 46656174 00000100 00000000 03000000 13000000 14140200 04030201 03000000 00000000 01200100 00010000"
is "effective features" "$(features effective)" "$(features pci0)"
is "effective generation" "$(cat $PVF/effective/generation)" "$(cat $s/generation)"
e=$PVF/effective/features
is "a file for each registered feature" "$(ls $e | sort | xargs)" "$(pvfeat list | awk '{ print $2 }' | sort | xargs)"
is "values of the features" "$(grep . $e/* | sed 's,.*/,,' | grep -v ':0$' | xargs)" "attestation-report:1 confidential:1 vtpm:1"
is "bitmap: length" "$(wc -c <$PVF/effective/bitmap)" 128
is "bitmap: feature words of the table" "$(head -c 76 $PVF/effective/bitmap | md5sum)" "$(tail -c +49 $s/table | head -c 76 | md5sum)"
is "bitmap: partial read" "$(dd if=$PVF/effective/bitmap bs=1 skip=3 count=3 2>/dev/null | hexdump -v -e '1/1 "%02x"')" "000001"
is "bitmap and table: reads past the end" "$(dd if=$PVF/effective/bitmap bs=128 skip=1 2>/dev/null | wc -c) $(dd if=$s/table bs=128 skip=1 2>/dev/null | wc -c)" "0 0"
like "windows that contribute" "$(echo $(sources))" "^pci0"

echo "$bdf" >/sys/bus/pci/drivers/pvfeat_pci/unbind
ok "unbound: the effective set exists" test -f $PVF/effective/bitmap
is "unbound: no feature is on" "$(echo $(features effective) $(cat $PVF/effective/generation))" ""
ok "unbound: the window is removed" test ! -e $s
echo "$bdf" >/sys/bus/pci/drivers/pvfeat_pci/bind
is "bound again: generation" "$(cat $PVF/effective/generation)" 0
ok "unload" rmmod pvfeat
ok "unloaded: the class is removed" test ! -e $PVF
END
}

# PVF-DRV-33: load and unload the driver a hundred times, with a function that binds and one
# that is refused. Leaked tables would add up to 400 KiB, leaked windows to about 100.
test_reload() {
    guest_test "reload" -device paravisor-pci,addr=5 \
        -device paravisor-pci-hostile,addr=6,poke-words=12=0x20000 <<'END'
for i in 1 2 3; do modprobe pvfeat && rmmod pvfeat; done
before=$(slab)
for i in $(seq 100); do modprobe pvfeat && rmmod pvfeat || break; done
is "times loaded and unloaded" "$i" 100
ok "no memory leak" returned "$before" 80
END
}

# PVF-DRV-03: without a function the driver loads, logs nothing and reports no feature
test_no_function() {
    guest_test "no function" <<'END'
forget
load
ok "no modalias loads the module" test ! -d /sys/module/pvfeat
ok "the module loads by name" modprobe pvfeat
is "no message" "$(log | grep -v -e 'out-of-tree' -e 'verification failed')" ""
is "no window" "$(ls $PVF)" effective
ok "the effective set exists" test -f $PVF/effective/bitmap
is "no feature is on" "$(echo $(features effective) $(sources) $(cat $PVF/effective/generation))" ""
ok "unload" rmmod pvfeat
END
}

# PVF-DRV-34, PVF-DRV-35: of two functions the first one contributes; when it is removed, the
# second one takes over
test_two_functions() {
    guest_test "two functions" \
        -object paravisor-features,id=a,features=vtpm,firmware=off \
        -object paravisor-features,id=b,features=trusted-time,firmware=off \
        -device paravisor-pci,table=a,addr=5 -device paravisor-pci,table=b,addr=6 <<'END'
forget
load
set -- $(functions)
is "both are bound" "$(ls -d /sys/bus/pci/drivers/pvfeat_pci/0* | wc -l)" 2
is "the first function contributes" "$(echo $(features effective))" vtpm
is "the second function is unused" "$(echo $(features pci1) $(cat $PVF/pci1/status))" "trusted-time unused"
like "log: not used" "$(log)" '^pvfeat pci1: not used: pci0 is in use$'
echo "$1" >/sys/bus/pci/drivers/pvfeat_pci/unbind
is "first unbound: the second function contributes" "$(echo $(features effective) $(sources))" "trusted-time pci1"
echo 1 >/sys/bus/pci/devices/"$2"/remove
is "both removed: no feature is on" "$(echo $(features effective))" ""
ok "unload" rmmod pvfeat
END
}

# Errors of QEMU's command line; the qtest covers others
test_refusals() {
    qemu_refuses "QEMU refuses an unknown feature" "unknown feature 'vtmp'; known are confidential, " \
        -device paravisor-pci,features=vtmp
    qemu_refuses "QEMU refuses an invalid feature word" "bad feature word '0x12g'" \
        -device paravisor-pci,feature-words=0x12g
    qemu_refuses "QEMU refuses features that exclude each other" "'tdisp-os' excludes feature 'tdisp-paravisor'" \
        -device paravisor-pci,features=confidential+tdisp-os+tdisp-paravisor
    qemu_refuses "QEMU refuses a feature out of range" "'feature-1024' is out of range" \
        -device paravisor-pci,features=feature-1024
    qemu_refuses "QEMU requires table= if there are two objects" "choose one with table=ID: a, b" \
        -object paravisor-features,id=a -object paravisor-features,id=b,firmware=off -device paravisor-pci
}

run_suite() {
    local newest
    newest=$(kernel_series newest)
    SMP=2 test_function "$A_MACHINE"
    test_two_functions
    # Test the lies on older series; on the newest, "hostile" covers them, and the following
    # tests do not depend on the series
    if [[ $K_RELEASE != "$newest"[.-]* ]]; then
        test_lies_together
    else
        test_refusals
        test_no_function
        test_reload
    fi
    if [ "$A_MACHINE" = q35 ]; then
        MACHINE=pc test_function pc
    fi
    supported
}
