#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh [--shell]: boot a stock Debian guest with the device and show its view of the
# device; with --shell open a shell in the guest instead.
#
# ARCH=x86_64|arm64|... (a row of arch.sh)  SERIES=6.1|6.12|newest|7.3...  FEATURES=name+name  ACCEL=tcg|kvm
# FIRMWARE_FEATURES=name+name: different features for CPUID, DeviceTree and ACPI
# POLICY=intersect|pci-wins|all-or-nothing: how differing windows are merged
# TRUST=vbs: run demo-trust.sh instead

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/guest.sh"

case ${TRUST:-} in
'') ;;
vbs) exec "$PVF_TOP/scripts/demo-trust.sh" ;;
*) die "TRUST=$TRUST: the supported value is vbs" ;;
esac
arch=${ARCH:-x86_64}
features=${FEATURES-confidential+attestation-report+vtpm}
policy=${POLICY:-}
table=${features:+,features=$features}
start=$SECONDS

case $policy in
''|intersect|pci-wins|all-or-nothing) ;;
*) die "POLICY='$policy': must be intersect, pci-wins or all-or-nothing" ;;
esac
# One object for all windows, or one for PCI and one for the firmware windows
options=(-object "paravisor-features,id=pv0$table" -device "paravisor-pci,table=pv0")
if [ -n "${FIRMWARE_FEATURES+set}" ]; then
    options=(-object "paravisor-features,id=pv0,firmware=off$table"
        -object "paravisor-features,id=fw0${FIRMWARE_FEATURES:+,features=$FIRMWARE_FEATURES}"
        -device "paravisor-pci,table=pv0")
fi

guest_use "$arch" "${SERIES:-default}"

folder=$PVF_TMP/demo
log=$PVF_TMP/console
guest_folder "$folder" demo

if [ "${1:-}" = --shell ]; then
    cat >"$folder/guest/main" <<'END'
. /guest/demo
load
echo "lspci -vv, modprobe, dmesg, /sys/class/pvfeat; 'exit' powers the guest off"
setsid cttyhack sh -l
END
    say "Booting $K_RELEASE with ${options[*]}"
    APPEND=quiet guest_run 86400 "$folder" "${options[@]}"
    exit
fi

printf 'policy=%s\n. /guest/demo\nshow\n' "$policy" >"$folder/guest/main"
strictly guest_run 120 "$folder" "${options[@]}" >"$log" 2>&1 </dev/null
if [ "$STRICT_STATUS" != 0 ]; then
    tr -d '\r' <"$log" | tail -n 60 >&2
    die "the guest failed; its console is above"
fi
guest_output "$log"
[ "$(guest_status "$log")" = 0 ] || die "the guest's script failed"
say "Guest $K_RELEASE powered off; total time $((SECONDS - start)) s"
[ "$arch" != x86_64 ] || took demo
