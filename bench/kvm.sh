#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvm.sh: count exits under KVM, by KVM's own statistics, of a guest that enumerates the
# words of a table through the PCI window, and as many words of a register file (edu). The
# result is the difference between many enumerations and none, which removes other exits.
# Where KVM does not work, the record is "usable=no". (CPUID is not measured: the available
# KVM serves it without counting an exit.)

. "$(dirname "$0")/lib.sh"

kernel=$PVF_TMP/guest.elf
times=100

# run WINDOW WORDS TIMES: run the guest and set MMIO and ALL, its exits for registers and in
# total; fails if the guest did not power itself off
run() {
    local line pid
    MMIO='' ALL=''
    # qemu64: KVM accepts only a short CPUID table
    coproc QEMU { exec timeout 120 "$G_QEMU" -machine q35 -accel kvm -cpu qemu64 -m 64 \
        -nodefaults -display none -qmp stdio -no-shutdown -kernel "$kernel" -append "$*" \
        -object "paravisor-features,id=pv0,firmware=off,$(features_of "$2")" \
        -device paravisor-pci,table=pv0 -device edu 2>"$PVF_TMP/kvm.err"; }
    pid=$!
    echo '{"execute": "qmp_capabilities"}' >&"${QEMU[1]}"
    while read -r line; do
        case $line in
        *'"SHUTDOWN"'*'"guest": true'*)
            echo '{"execute": "query-stats", "arguments": {"target": "vcpu", "providers":
                [{"provider": "kvm", "names": ["exits", "mmio_exits"]}]}}
                {"execute": "quit"}' >&"${QEMU[1]}" ;;
        *'"mmio_exits"'*)
            MMIO=$(sed 's/.*"mmio_exits", "value": \([0-9]*\).*/\1/' <<<"$line")
            ALL=$(sed 's/.*"exits", "value": \([0-9]*\).*/\1/' <<<"${line/mmio_exits/}") ;;
        esac
    done <&"${QEMU[0]}"
    wait "$pid" || :
    [ -n "$MMIO" ]
}

guest_use x86_64 6.12
if ! "$G_QEMU" -machine q35 -accel kvm -cpu qemu64 -nodefaults -display none -S -qmp stdio \
    <<<'{"execute": "qmp_capabilities"} {"execute": "quit"}' >/dev/null 2>"$PVF_TMP/kvm.err"; then
    say "KVM does not work: $(tail -n 1 "$PVF_TMP/kvm.err")"
    echo "kvm usable=no"
    exit
fi
"${A_CROSS}gcc" -m32 -ffreestanding -nostdlib -fno-pie -no-pie -fno-stack-protector -O2 -Wall -Wextra \
    -I "$PVF_TOP/include" -Wl,-n,-Ttext=0x100000,--build-id=none,--no-warn-rwx-segments \
    -o "$kernel" "$PVF_TOP/bench/kvm-guest.c"
for words in $B_WORDS; do
    for window in pci mmio; do
        say "KVM, $window, $words words ..."
        run "$window" "$words" 0 || die "the guest did not power off: $(cat "$PVF_TMP/kvm.err")"
        mmio=$MMIO all=$ALL
        run "$window" "$words" "$times" || die "the guest did not power off: $(cat "$PVF_TMP/kvm.err")"
        echo "kvm words=$words window=$window times=$times mmio=$((MMIO - mmio)) all=$((ALL - all))"
    done
done
