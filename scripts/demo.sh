#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh [--shell]: boot a stock Debian guest with the function and show what
# the guest sees; with --shell stay at the guest's prompt.
#
# ARCH=x86_64|arm64  SERIES=6.1|6.12  FEATURES=name+name  ACCEL=tcg|kvm

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/guest.sh"

arch=${ARCH:-x86_64}
series=${SERIES:-6.1}
features=${FEATURES-confidential+attestation-report+vtpm}
device=paravisor-pci${features:+,features=$features}
start=$SECONDS

guest_use "$arch" "$series"

folder=$PVF_TMP/demo
log=$PVF_TMP/console
mkdir -p "$folder/guest"
cp "$PVF_TOP/guest-tests/guest/init" "$folder/init"
cp "$PVF_TOP"/guest-tests/guest/{tap.sh,demo} "$folder/guest"

if [ "${1:-}" = --shell ]; then
    cat >"$folder/guest/main" <<'END'
. /guest/demo
load
echo "lspci -vv, modprobe, dmesg, /sys/class/pvfeat; 'exit' powers the guest off"
setsid cttyhack sh -l
END
    say "Booting $K_RELEASE with $device"
    APPEND=quiet guest_run 86400 "$folder" -device "$device"
    exit
fi

printf '. /guest/demo\nshow\n' >"$folder/guest/main"
strictly guest_run 120 "$folder" -device "$device" >"$log" 2>&1 </dev/null
if [ "$STRICT_STATUS" != 0 ]; then
    tr -d '\r' <"$log" | tail -n 60 >&2
    die "the guest did not end well; its console is above"
fi
guest_output "$log"
[ "$(guest_status "$log")" = 0 ] || die "the guest's script failed"
say "Guest $K_RELEASE powered off; all of it took $((SECONDS - start)) s"
