# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A short test of one row of scripts/arch.sh: behaviour that is the same on every
# architecture and machine. Lines "# matrix: " name the guest, and the subject of the results
# since the previous such line; scripts/matrix.sh makes a table of them.

. "$(dirname "${BASH_SOURCE[0]}")/suite.sh"
. "$PVF_TOP/guest-tests/kinds/windows.sh"
. "$PVF_TOP/guest-tests/kinds/change.sh"
. "$PVF_TOP/guest-tests/kinds/tools.sh"

# cell NAME COMMAND...: run the command; its results belong to the cell NAME of the matrix
cell() {
    "${@:2}"
    echo "# matrix: cell $1"
}

# The kernel's version, page size, word size and byte order; the last two are in the ELF
# header of its module
test_guest() {
    { echo "release=$K_RELEASE row=$A_ROW machine=${MACHINE:-$A_MACHINE}"; cat; } >"$SCRIPT" <<'END'
is "kernel release" "$(uname -r)" "$release"
set -- $(find /lib/modules -name pvfeat.ko -exec hexdump -s 4 -n 2 -v -e '2/1 "%d "' {} +)
bits=$(($1 * 32))
[ "$2" = 1 ] && end=little || end=big
ok "words have 32 or 64 bits" test $bits = 32 -o $bits = 64
pages=$(awk '/^KernelPageSize/ { print $2; exit }' /proc/self/smaps)
ok "pages have $pages KiB" test "$pages" -ge 4
echo "# matrix: guest $row $machine $release $bits $end $pages"
END
    guest_test "guest" <"$SCRIPT"
}

test_pci() {
    test_function "PCI"
    test_two_functions
    test_lies_together
}

# test_window WINDOW QEMU-ARG...: test the window with PCI, and alone
test_window() {
    WINDOWS=$1 test_agreement "${@:2}"
    test_single "$@"
}

test_windows() {
    local uefi=/usr/share/$A_FIRMWARE/QEMU_EFI.fd window
    case $A_WINDOWS in
    dt)
        cell dt test_window dt
        # UEFI provides ACPI tables in addition to the DeviceTree; Linux uses only one
        [ "$A_FIRMWARE" = - ] || APPEND=acpi=force cell acpi test_window acpi -bios "$uefi"
        ;;
    *)
        for window in $A_WINDOWS; do
            cell "$window" test_alone "$window"
        done
        WINDOWS=$A_WINDOWS
        [ -z "$WINDOWS" ] || cell agreement test_agreement
        ;;
    esac
}

# The tool's sources, including the firmware windows that it reads without the driver
test_tool() {
    local window
    window=$(grep -owE 'cpuid|dt' <<<"$A_WINDOWS" || :)
    test_sources "$window"
    test_lspci "$A_ROW"
}

# On machines with an IOMMU that VFIO and the tool support
test_vfio_if() {
    case $A_ROW in
    x86_64) APPEND=intel_iommu=on cell vfio test_vfio -device intel-iommu ;;
    arm64*) MACHINE=$A_MACHINE,iommu=smmuv3,gic-version=3 cell vfio test_vfio ;;
    s390x) cell vfio test_vfio ;;
    esac
}

# 16 digests on a command line that the kernel truncates: riscv has the shortest maximum of
# all, 1024 bytes
test_endorsed_line() {
    APPEND=pvfeat.endorsed=$(printf '%064d,' {1..15})$(printf %064d 16) \
        guest_test "16 digests on the command line" <<'END'
modprobe pvfeat
whole=$(tr ',= ' '\n' </proc/cmdline | grep -cxE '[0-9]{64}')
ok "complete digests: $whole" test $whole -ge 8 -a $whole -lt 16
# A small kernel may lack SHA-256; then no digest is endorsed
is "complete digests are accepted" "$(log | grep -cE ': endorsed by parameter: |: this kernel has no SHA-256$')" $whole
is "the truncated digest is reported" "$(log | grep -c ': not 64 hexadecimal digits$')" 1
END
}

run_arch() {
    cell guest test_guest
    cell pci test_pci
    test_windows
    cell change test_change
    cell tool test_tool
    [ "$A_ROW" != riscv64 ] || test_endorsed_line
    test_vfio_if
    supported
}
