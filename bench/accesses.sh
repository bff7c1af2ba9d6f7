#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# accesses.sh: count the guest exits needed to enumerate B_WORDS words of features through
# the PCI window, CPUID, virtio's feature negotiation and a register file. QEMU traces each
# access that a device or the CPUID range serves; with hardware virtualization these are
# the exits. Guest memory that is read without an exit does not appear in the trace.

. "$(dirname "$0")/lib.sh"

# phase NAME: QEMU continues its trace in the file NAME
guest_script() {
    echo "words=$1"
    cat <<'END'
phase() {
    host qmp '{"execute": "human-monitor-command", "arguments": {"command-line": "logfile '"$1"'"}}'
}
# device VENDOR:DEVICE: the first function with these IDs, if any
device() { lspci -D -n -d "$1" | cut -d' ' -f1 | head -n 1; }
load_words() { # PHASE FUNCTION NWORDS: load so many words of the function's BAR 0 from user space
    echo 1 >/sys/bus/pci/devices/"$2"/enable
    phase "$1"
    reader words /sys/bus/pci/devices/"$2"/resource0 "$3"
    phase rest
}
bar=$(functions) edu=$(device 1234:11e8) rng=$(device 1af4:1044)
if ! zpci "$bar"; then
    signature=$(load_words words-pci "$bar" $words | grep -v ok)
    echo 0 >/sys/bus/pci/devices/"$bar"/enable
    load_words words-mmio "$edu" $words >/dev/null
    echo "$rng" >/sys/bus/pci/drivers/virtio-pci/unbind
    phase virtio
    echo "$rng" >/sys/bus/pci/drivers/virtio-pci/bind
    modprobe virtio-rng
fi
phase driver
modprobe pvfeat
phase rest
# The words that were loaded without an exit are those of the table
zpci "$bar" || [ "$signature" = "$(od -An -tx4 -j4 -N4 $PVF/pci0/table | xargs)" ] || exit 1
wc -c <$PVF/pci0/table
END
}

# count PHASE REGEX: print the number of traced accesses in that phase that match
count() { grep -cE "$2" "$B_OUT/$1" || :; }

# Count config space accesses by port or ECAM; where neither is traced, those that QEMU's
# PCI core traces
count_config() {
    local n
    n=$(count "$1" "^memory_region_ops.*'(pci-conf-idx|pci-conf-data|pcie-mmcfg-mmio|pcie-ecam)'")
    [ "$n" != 0 ] || n=$(count "$1" '^pci_cfg_')
    echo "$n"
}

io='^memory_region_ops_(read|write) '
reads='^memory_region_ops_read '
for arch in ${ARCH:-$TEST_ARCHES}; do
    guest_use "$arch" 6.12
    others=()
    [ "$A_BUS" = zpci ] ||
        others=(-device edu -device "virtio-rng-pci,disable-legacy=on")
    for words in $B_WORDS; do
        shown=$(guest_script "$words" | bench_guest "accesses, $arch, $words words" -D boot \
            -trace 'pci_cfg_*' -trace 'memory_region_ops_*' -trace paravisor_firmware_cpuid \
            -object "paravisor-features,id=pv0,$(features_of "$words")" \
            -device paravisor-pci,table=pv0 "${others[@]}")
        # The last leaf may have unused words
        [ "$((shown / 4))" -ge "$words" ] || die "the guest sees $shown bytes for $words words"
        row="accesses arch=$arch words=$words"
        echo "$row window=pci config=$(count_config driver)" \
            "msix=$(count driver "$io.*'msix-")" \
            "table=$(count driver "$reads.*'paravisor-pci-table'")"
        if [[ $A_WINDOWS = *cpuid* ]]; then
            leaves=$(count driver ^paravisor_firmware_cpuid)
            [ "$leaves" != 0 ] || die "QEMU traced no CPUID leaf"
            echo "$row window=cpuid table=$leaves"
        fi
        [ "$A_BUS" != zpci ] || continue
        echo "$row window=user table=$(count words-pci "$reads.*'paravisor-pci-table'")"
        mmio=$(count words-mmio "$reads.*'edu-mmio'")
        # Fails if QEMU's trace misses accesses
        [ "$mmio" -gt "$words" ] || die "$mmio accesses for $words registers"
        echo "$row window=mmio table=$mmio"
        # The first four registers of the common configuration select and carry features
        echo "$row window=virtio config=$(count_config virtio)" \
            "msix=$(count virtio "$io.*'msix-")" \
            "table=$(count virtio "$io.*addr 0x[0-9a-f]*00[0-9a-f] .*'virtio-pci-common")" \
            "device=$(count virtio "$io.*'virtio-pci-")"
    done
done
