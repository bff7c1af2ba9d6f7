# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hostile functions, one guest each: see lies.txt. A test sources this, calls
# guest_use and then test_hostile.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIES=$PVF_TOP/guest-tests/lies.txt
FAULTS=$PVF_TOP/linux/faults.txt

# faults: the rows of linux/faults.txt for the machine and the kernel in use
faults() {
    [[ $K_RELEASE != *-patched-* ]] || return 0
    awk -v bus="$A_BUS" -v series="$(cut -d. -f1,2 <<<"$K_RELEASE")" '
        function number(series, parts) {
            split(series, parts, ".")
            return parts[1] * 1000 + parts[2]
        }
        /^#/ || !NF { next }
        $2 != "*" && index("," $2 ",", "," bus ",") == 0 { next }
        $3 != "-" && number(series) < number($3) { next }
        $4 != "-" && number(series) >= number($4) { next }
        { print }' "$FAULTS"
}

# lies: the rows of lies.txt for the machine in use that do not stop the kernel in use
lies() {
    all_lies | awk -v stops=" $(faults | cut -d' ' -f1 | xargs) " 'index(stops, " " $1 " ") == 0'
}

# name_left_out [NAME...]: which rows lies() leaves out, of all or of these, and why
name_left_out() {
    local name patch fault
    while read -r name _ _ _ patch fault; do
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        echo "# left out on Linux $K_RELEASE: $name: $fault (linux/$patch)"
    done < <(faults)
}

# all_lies: the rows of lies.txt for the machine in use, with what they say of its bus
# and its capabilities filled in
all_lies() {
    local kind=pcie
    [ "$A_BUS" = pcie ] || kind=pci
    capabilities
    awk -v bus="$A_BUS" -v kind=$kind -v windows="$A_WINDOWS" -v machine="$A_MACHINE" \
        -v body=$((LOCATOR_BODY)) -v msix=$((MSIX_CAPABILITY)) '
        /^#/ || !NF { next }
        $2 ~ /^pcie?:/ && $2 !~ "^" kind ":" { next }
        # QEMU refuses it there
        bus == "zpci" && /msix=off/ { next }
        # A read that nothing answers is a machine check there, again and again
        machine == "pseries" && /^bar-other/ { next }
        windows == "" && /poke-firmware/ { next }
        {
            sub("^" kind ":", "", $2)
            while (match($2, /@x?[0-9]+/)) {
                at = substr($2, RSTART + 1, RLENGTH - 1)
                at = sub(/^x/, "", at) ? at + msix : at + body
                $2 = substr($2, 1, RSTART - 1) at substr($2, RSTART + RLENGTH)
            }
            print
        }' "$LIES"
}

# What every lie comes to. The function is the one at this address, whatever it says
# that it is.
hostile_guest() {
    cat <<'END_OF_GUEST'
device=/machine/peripheral/d
# What the driver says of the function; the PCI core may say that it enables it
said() { log | grep -e "^pvfeat_pci $bdf:" -e '^pvfeat ' -e '^pvfeat: .*refused' | grep -v ': enabling device ('; }
# says PREFIX: it says one line, with that before the reason
says() {
    is "one line" "$(said | wc -l)" 1
    like "its reason" "$(said)" "^pvfeat_pci $bdf: $1($line)"
}
no_window() { is "no window" "$(ls $PVF | xargs)" effective; }
driver_of() { basename "$(readlink /sys/bus/pci/devices/$bdf/driver)"; }
# The features that kernel code gets a yes for
on() {
    rmmod pvfeat_all 2>/dev/null
    dmesg | grep -c 'pvfeat_all: on:' >/tmp/before
    modprobe pvfeat_all
    dmesg | sed -n 's/.*pvfeat_all: on: //p' | tail -n +$(($(cat /tmp/before) + 1)) | tr '\n' ',' | sed 's/,$//'
}
reads() { host get $device generation-reads | tr -cd '0-9\n'; }
now_ms() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20/; s/^0*//' /proc/uptime; }

forget
modprobe pvfeat
if [ "$during" != - ]; then
    is "before: the driver has it" "$(driver_of)" pvfeat_pci
    is "before: what is on" "$(on)" vtpm
    forget
    [ "$during" = reread ] || ok "the host does it" host set $device "${during%%=*}" "$value"
    # Without waiting for a message; that it fails is for the verdict to say
    (echo 1 >/sys/bus/pci/devices/$bdf/pvfeat_rescan) 2>/dev/null
fi
source=/sys/class/pvfeat/pci0
case $verdict in
refused)
    is "bound to nothing" "$(driver_of)" ""
    no_window
    says 'refused: '
    want=
    ;;
waits)
    is "bound" "$(driver_of)" pvfeat_pci
    no_window
    is "one line of the table" "$(said | grep -c -v ': no MSI-X vector: ')" 1
    like "its reason" "$(said)" "^pvfeat_pci $bdf: ($line)"
    want=
    ;;
last-good)
    is "stale" "$(cat $source/status)" stale
    says ''
    want=vtpm
    ;;
dropped)
    is "refused" "$(echo $(cat $source/status) $(features pci0))" refused
    says ''
    want=
    ;;
on:*)
    is "current" "$(cat $source/status)" current
    [ "$line" = - ] || like "what it says" "$(said)" "($line)"
    is "nothing is wrong with the function" "$(said | grep -e refused -e unstable | grep "$bdf")" ""
    want=${verdict#on:}
    ;;
unseen)
    is "bound to nothing" "$(driver_of)" ""
    is "nothing is said" "$(said)" ""
    want=
    ;;
*)
    not_ok "a verdict: $verdict"
    ;;
esac
is "what is on" "$(on)" "$want"
is "what user space reads" "$(features effective | tr '\n' ',' | sed 's/,$//')" "$want"
count=$(reads)
case $options$during in
*storm*)
    # After about 100 snapshots the driver pauses for 100 ms: 400 more take 3 pauses at least,
    # of which the first may have begun before
    begin=$(now_ms)
    until [ $(($(reads) - count)) -ge 800 ]; do :; done
    took=$(($(now_ms) - begin)) snapshots=$((($(reads) - count) / 2))
    echo "# $snapshots snapshots in $took ms"
    ok "a storm of messages is slowed down" test $took -ge 200
    ;;
*)
    # Two reads in an attempt, 100 attempts in a snapshot, which has 8 retries; at bind,
    # on an interrupt, on a write of 1 to pvfeat_rescan
    ok "an end of it: $count reads of GENERATION" test "$count" -le $((2 * 100 * 9 * 3))
    ;;
esac
ok "unload" timeout 60 rmmod pvfeat_all pvfeat
is "nothing is left" "$(ls -d $PVF 2>/dev/null)" ""

# Who looks without the driver is neither stopped nor told of features
timeout 60 pvfeat -s pci -d $bdf >/tmp/pvfeat 2>&1
ended=$?
ok "pvfeat ends: $ended" test $ended -le 5
timeout 60 lspci -vvs $bdf >/tmp/lspci 2>&1
is "lspci ends" $? 0
END_OF_GUEST
}

# shell_quote TEXT: as one word of a shell
shell_quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# test_lie NAME OPTIONS DURING VERDICT LINE
test_lie() {
    local name=$1 options=$2 during=$3 verdict=$4 line=$5 script=$PVF_TMP/lie value firmware=off
    value=${during#*=}
    place 0
    [ "$value" = true ] || value="\"$value\""
    [[ $options != *firmware* ]] || firmware=on
    {
        echo "bdf=$BDF"
        echo "options=$(shell_quote "$options") during=$(shell_quote "$during")"
        echo "value=$(shell_quote "$value")"
        echo "verdict=$verdict line=$(shell_quote "$line")"
        hostile_guest
    } >"$script"
    [ "$options" != - ] || options=
    GUEST_HOST=$G_HOST guest_test "$name" \
        -object "paravisor-features,id=pv0,features=vtpm,firmware=$firmware" \
        -device "paravisor-pci-hostile,id=d,$AT${options:+,$options}" <"$script"
}

# Functions that are refused when they are bound, all in one guest if they have room
# there. PVF-DRV-09, 10 and 18 .. 23 row by row; PVF-DRV-06: right IDs and no
# locator; PVF-DRV-08: a broken locator is not skipped; PVF-DRV-02: one line each.
test_lies_together() {
    local devices=() script=$PVF_TMP/lies nr=0 name options during verdict line
    name_left_out
    lies >"$script.rows"
    : >"$script.list"
    while read -r name options during verdict line <&3; do
        # A bridge would change where the others are
        [[ $verdict = refused && $name != bridge* ]] || continue
        place $nr
        devices+=(-device "paravisor-pci-hostile,$AT,$options")
        echo "refused $BDF $(shell_quote "$line") $name" >>"$script.list"
        nr=$((nr + 1))
        [ $nr = "$PLACES" ] || continue
        lies_guest "${devices[@]}"
        devices=() nr=0
        : >"$script.list"
    done 3<"$script.rows"
    [ $nr = 0 ] || lies_guest "${devices[@]}"
}

# lies_guest QEMU-ARG...: the guest that sees those of $script.list
lies_guest() {
    cat - "$script.list" >"$script" <<'END'
forget
load
log >/tmp/log
refused() {
    # The PCI core may say that it enables the function; that is not ours
    line=$(grep "^pvfeat_pci $1:" /tmp/log | grep -v ': enabling device (')
    is "$3: one line" "$(echo "$line" | wc -l)" 1
    like "$3: its reason" "$line" "^pvfeat_pci $1: refused: ($2)"
}
is "nothing is bound" "$(ls -d /sys/bus/pci/drivers/pvfeat_pci/0* 2>/dev/null)" ""
is "no source" "$(ls $PVF)" effective
is "nothing is on" "$(echo $(features effective))" ""
ok "unload" rmmod pvfeat
END
    guest_test "lies" -object paravisor-features,id=pv0,features=vtpm,firmware=off "$@" <"$script"
}

# test_hostile [NAME...]: all lies, or these
test_hostile() {
    local name options during verdict line
    name_left_out "$@"
    lies >"$PVF_TMP/rows"
    while read -r name options during verdict line <&3; do
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        test_lie "$name" "$options" "$during" "$verdict" "$line"
    done 3<"$PVF_TMP/rows"
}
