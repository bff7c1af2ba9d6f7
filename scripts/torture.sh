#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# torture.sh: the long form of the tests in guest-tests/kinds/change.sh: tables that
# change while guests read them. Prints TAP, then a summary.
#
# ARCH=x86_64|arm64|s390x (default: all of them)  SNAPSHOTS=1000000  MIGRATIONS=50  CYCLES=200
# SANITIZE=kasan|kcsan: use build-kernel.sh's kernel with that sanitizer

. "$(dirname "$0")/../guest-tests/kinds/change.sh"
. "$PVF_TOP/guest-tests/kinds/confidential.sh"

snapshots=${SNAPSHOTS:-1000000} migrations=${MIGRATIONS:-50} cycles=${CYCLES:-200}
for number in "$snapshots" "$migrations" "$cycles"; do
    [[ $number =~ ^[1-9][0-9]{0,8}$ ]] ||
        die "SNAPSHOTS, MIGRATIONS and CYCLES must be positive numbers, not '$number'"
done
[ "$snapshots" -ge 1000 ] || die "SNAPSHOTS must be at least 1000, not $snapshots"
if [ -n "${SANITIZE:-}" ]; then
    ARCH=${ARCH:-x86_64}
    arch_use "$ARCH"
    kernel_variant "$SANITIZE" ||
        die "SANITIZE=$SANITIZE: no such kernel for $ARCH; kernels are: $(kernel_variants)"
fi
export GUEST_SECONDS=7200
summary=$PVF_TMP/summary
# guest-tests/host.py prints its progress there
[ ! -t 2 ] || export GUEST_PROGRESS=/proc/$$/fd/2

# row WHAT COMMAND...: run it, and add its result to the summary
row() {
    local what=$1 failed=$TAP_FAILED start=$SECONDS out=$PVF_TMP/row result=pass
    shift
    say "$what ..."
    "$@" >"$out"
    cat "$out"
    [ "$TAP_FAILED" = "$failed" ] || result=FAIL
    printf '%-4s  %-52s %5d s\n' "$result" "$what" $((SECONDS - start)) >>"$summary"
    sed -n 's/^# \(user:\|pvfeat_torture: \|final: \|reader: \|kmalloc: \)/            \1/p' \
        "$out" >>"$summary"
}

for arch in ${ARCH:-$TEST_ARCHES}; do
    if [ "$arch" = x86_64 ] && [ -z "${SANITIZE:-}" ]; then
        guest_use x86_64 newest
        row "$arch: 100000 changes between endorsed and other table" test_endorsed 100000
    fi
    guest_use "$arch" "${SANITIZE:-newest}"
    row "$arch: $snapshots snapshots each, user and kernel" test_torture "$snapshots"
    # On zPCI each function has a vector, hotplug requires no port, and QEMU does not migrate
    # the device
    if [ "$A_BUS" = zpci ]; then
        row "$arch: $cycles hotplug cycles, zPCI" test_plug "$cycles" pci.0 ''
        continue
    fi
    row "$arch: the same without interrupts" test_torture "$snapshots" msix=off
    row "$arch: $migrations migrations" test_migrations "$migrations"
    row "$arch: the same without interrupts" test_migrations "$migrations" msix=off
    row "$arch: $cycles hotplug cycles, PCI Express" test_plug "$cycles" root0 '' \
        -device pcie-root-port,id=root0,bus=pcie.0
    row "$arch: the same without interrupts" test_plug "$cycles" root0 msix=off \
        -device pcie-root-port,id=root0,bus=pcie.0
    [ "$arch" != x86_64 ] || MACHINE=pc row "$arch: $cycles hotplug cycles, ACPI" \
        test_plug "$cycles" pci.0 ''
done
echo
cat "$summary"
tap_done
