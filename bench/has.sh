#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# has.sh: measure the time of "pvfeat has" in a guest, and the share of process start:
# medians of RUNS=500 runs, in microseconds of emulation.

. "$(dirname "$0")/lib.sh"

for arch in ${ARCH:-x86_64}; do
    guest_use "$arch" 6.12
    { echo "runs=${RUNS:-500}"; cat <<'END'; } |
modprobe pvfeat || exit 1
tool=/usr/local/bin/pvfeat
echo "has=$(reader time "$runs" $tool has attestation-report) start=$(
    reader time "$runs" $tool --version)"
END
        bench_guest "pvfeat has, $arch" -device paravisor-pci,features=attestation-report |
        sed -n "s/^has=/tool arch=$arch &/p"
done
