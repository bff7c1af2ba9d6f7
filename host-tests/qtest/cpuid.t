#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The CPUID window, word for word, under TCG and, if available, under KVM, read by a
# small ROM instead of a kernel.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

apt_need build-essential
qemu=$("$PVF_TOP/scripts/build-qemu.sh" x86_64)/run/qemu-system-x86_64
rom=$PVF_TMP/rom.bin
mapfile -t symbols < <(abi_dump |
    sed -n 's/^number\t\(.*\)\t\(.*\)/-Wa,--defsym,PVFEAT_\1=\2/p')
gcc -m32 -c "${symbols[@]}" -o "$PVF_TMP/rom.o" "$PVF_TOP/host-tests/qtest/cpuid-rom.S"
ld -m elf_i386 -Ttext 0 -e 0 --oformat binary -o "$rom" "$PVF_TMP/rom.o"

# leaves ACCEL QEMU-ARG...: print the output of the ROM
leaves() {
    timeout 60 "$qemu" -machine q35 -accel "$1" -cpu qemu64 -nodefaults -no-reboot \
        -display none -serial stdio -bios "$rom" "${@:2}" </dev/null
}

# signatures: print the number of tables in the ROM's output
signatures() { grep -c '65467650 76507461 74616546' || :; }

# same NAME GOT WANT: the two strings must be equal
same() {
    if [ "$2" = "$3" ]; then
        tap ok "$1"
    else
        tap "not ok" "$1"
        { diff <(echo "$3") <(echo "$2") || :; } | sed 's/^/# /'
    fi
}

# A table with all fields and several leaves, at the spec's offsets
OPTIONS=features=confidential+shared-gpa-boundary+attestation-report+feature-200,tee=sev-snp,access-method=svsm,shared-gpa-boundary=47,paravisor-id=0x00021414,paravisor-version=0x01020304
WORDS='40008004 65467650 76507461 74616546 
00010000 00000000 00000002 00000007 
00021414 01020304 00002f01 00000000 
00002041 00000000 00000000 00000000 
00000000 00000000 00000100 00000000 '

check_accel() {
    same "$1: the table" "$(leaves "$1" -object "paravisor-features,id=pv0,$OPTIONS")" "$WORDS"
    # PVF-DEV-38
    same "$1: no object, no leaf" "$(leaves "$1" | signatures)" 0
    same "$1: firmware=off, no leaf" "$(leaves "$1" -object paravisor-features,id=pv0,firmware=off,features=vtpm \
        -device paravisor-pci | signatures)" 0
}

# reset_leaves ACCEL QEMU-ARG...: print the output of the ROM, which resets the machine
# repeatedly, with a change of the table after a second
reset_leaves() {
    {
        echo '{"execute": "qmp_capabilities"}'
        sleep 1
        echo '{"execute": "qom-set", "arguments": {"path": "/objects/pv0",
            "property": "features", "value": "vtpm+feature-40"}}'
        sleep 1
        echo '{"execute": "quit"}'
    } | timeout 60 "$qemu" -machine q35 -accel "$1" -cpu qemu64 -nodefaults \
        -display none -serial "file:$PVF_TMP/serial" -qmp stdio -bios "$rom" "${@:2}" >"$PVF_TMP/qmp"
    cat "$PVF_TMP/serial"
}

# The table before the change and the one after it, as lines of four leaves
OLD='40008003 65467650 76507461 74616546 |00010000 00000000 00000000 00000001 |00000000 00000000 00000000 00000000 |00002000 00000000 00000000 00000000 '
NEW='40008003 65467650 76507461 74616546 |00010000 00000002 00000000 00000002 |00000000 00000000 00000000 00000000 |00010000 00000100 00000000 00000000 '

# tables: print the distinct tables in the ROM's output; omit a last one that is incomplete
tables() { paste -sd '|||\n' | grep -v '^.\{0,146\}$' | uniq; }

# PVF-DEV-36: the leaves after a change and a reset
check_reset() { # ACCEL WANT
    local got
    got=$(reset_leaves "$1" -object paravisor-features,id=pv0,features=attestation-report \
        -device paravisor-pci | tables)
    same "$1: leaves after a change and a reset" "$got" "$2"
}

check_accel tcg
check_reset tcg "$OLD
$NEW"
same "tcg: the largest table has 11 leaves" \
    "$(leaves tcg -object paravisor-features,id=pv0,features=feature-1023 | grep -c .)" 11

if [ -w /dev/kvm ]; then
    check_accel kvm
    # KVM's leaves cannot change
    check_reset kvm "$OLD"
    same "kvm: the largest table has 11 leaves" \
        "$(leaves kvm -object paravisor-features,id=pv0,features=feature-1023 | grep -c .)" 11
else
    tap ok "kvm # SKIP no write access to /dev/kvm"
fi
tap_done
