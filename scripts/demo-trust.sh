#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo-trust.sh: boot a stock Debian guest that its kernel detects as confidential (through
# the tests' QEMU device vbs-guest) three times, and show the driver's verdict: with a BAR
# that the platform maps private; with a shared BAR, where the host exposes its own table;
# and with a shared BAR and a table that the guest's owner endorsed. Such a guest is not
# actually isolated.
#
# SERIES=6.12|newest

. "$(dirname "$0")/../guest-tests/kinds/confidential.sh"

# Digest of the paravisor's table, which the first guest reads
DIGEST=''

# trust_guest CASE ADDRESS HOST ENDORSED: boot and print a row of the output table. HOST is
# the ID of a device with the host's table in shared addresses, ENDORSED the digest of the
# endorsed table; either may be empty.
trust_guest() {
    local folder=$PVF_TMP/demo log=$PVF_TMP/console
    guest_folder "$folder"
    { echo "endorsed=$4"; cat; } >"$folder/guest/main" <<'END'
. /guest/tap.sh
modprobe pvfeat ${endorsed:+endorsed=$endorsed}
bdf=$(functions)
window=$PVF/pci0
echo "digest $(cat $window/digest)"
line="$(echo $(features pci0))|$(cat $window/trust)|$(echo $(features effective))"
echo "$bdf" >/sys/bus/pci/drivers/pvfeat_pci/unbind
user=$(pvfeat -s pci --json | sed -n '/"features"/,/]/p' | grep -o '"[a-z-]*"$' | tr -d '"' | xargs)
echo "row ${line%|*}|$user|${line##*|}"
END
    APPEND="quiet $VBS_APPEND" strictly guest_run 180 "$folder" -device VGA \
        -object paravisor-features,id=paravisor,firmware=off,features=vtpm \
        -object paravisor-features,id=host,firmware=off,features=trusted-time \
        -device paravisor-pci,table=paravisor,id=function \
        ${3:+-device "paravisor-pci,table=host,id=$3"} \
        -device "vbs-guest,function=function,address=$2${3:+,host=$3}" >"$log" 2>&1 </dev/null
    [[ $STRICT_STATUS = 0 && $(guest_status "$log") = 0 ]] ||
        die "the guest of case '$1' failed: $(tr -d '\r' <"$log" | tail -n 3 | xargs)"
    DIGEST=${DIGEST:-$(guest_output "$log" | sed -n 's/^digest //p')}
    guest_output "$log" | sed -n "s/^row /$1|/p" |
        awk -F'|' '{ printf "%-28s %-13s %-10s %-15s %s\n", $1, $2, $3, $4, $5 == "" ? "(nothing)" : $5 }'
}

guest_use x86_64 "${SERIES:-6.12}"
say "Booting $K_RELEASE three times; the paravisor's table has vtpm, the host's trusted-time; where no table contributes, what Hyper-V's leaves report is on"
printf '%-28s %-13s %-10s %-15s %s\n' "" "driver reads" trust "user space maps" "kernel: on"
trust_guest "private BAR" $PRIVATE lie ''
trust_guest "shared BAR, the host's table" 0 lie "$DIGEST"
trust_guest "shared BAR, endorsed table" 0 '' "$DIGEST"
