#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# has.sh: what "pvfeat has" costs in a guest, and how much of that is the start of
# the process: medians of RUNS=500 runs. ARCH=, of scripts/arch.sh

. "$(dirname "$0")/../scripts/lib.sh"
. "$PVF_TOP/scripts/guest.sh"

guest_use "${ARCH:-x86_64}" 6.12
folder=$PVF_TMP/bench log=$PVF_TMP/console
mkdir -p "$folder/guest"
cp "$PVF_TOP/guest-tests/guest/init" "$folder/init"
cp "$PVF_TOP/guest-tests/guest/tap.sh" "$folder/guest"
{ echo "runs=${RUNS:-500}"; cat; } >"$folder/guest/main" <<'END'
. /guest/tap.sh
load
modprobe pvfeat
tool=/usr/local/bin/pvfeat
has=$(reader time "$runs" $tool has attestation-report)
start=$(reader time "$runs" $tool --version)
echo "pvfeat has: $has us; pvfeat --version, which is the start of the process: $start us, $((start * 100 / has)) % of it"
END
SMP=1 guest_run 300 "$folder" -device paravisor-pci,features=attestation-report >"$log" 2>&1 </dev/null
guest_output "$log"
[ "$(guest_status "$log")" = 0 ] || die "the guest did not end well: $(tail -n 5 "$log")"
