# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the driver on the functions of host-tests/qtest/lies.txt.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$PVF_TOP/host-tests/qtest/lies.sh"

SCRIPT=$PVF_TMP/script
FAULTS=$PVF_TOP/linux/faults.txt

# faults: print the rows of linux/faults.txt for the machine and the kernel in use
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

# lies: print the rows of lies.txt for the machine in use, without those that crash or hang
# the kernel in use
lies() {
    all_lies | awk -v stops=" $(faults | cut -d' ' -f1 | xargs) " 'index(stops, " " $1 " ") == 0'
}

# name_left_out [NAME...]: print which of these rows, or of all rows, lies() omits, and why
name_left_out() {
    local name patch fault
    while read -r name _ _ _ patch fault; do
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        echo "# omitted on Linux $K_RELEASE: $name: $fault (linux/$patch)"
    done < <(faults)
}

# hostile_prelude: definitions for the guest's script. lie() binds the driver to the function
# with this address, checks the result, and unbinds the driver.
hostile_prelude() {
    cat <<'END_OF_GUEST'
driver=/sys/bus/pci/drivers/pvfeat_pci
source=$PVF/pci0
# The driver's messages about the function, without the PCI core's message on enabling it
said() { log | grep -e "^pvfeat_pci $bdf:" -e '^pvfeat ' -e '^pvfeat: .*refused' | grep -v ': enabling device ('; }
# Check that there is one message, with the prefix $1 before the reason
says() {
    is "$lie: one message" "$(said | wc -l)" 1
    like "$lie: reason" "$(said)" "^pvfeat_pci $bdf: $1($line)"
}
no_window() { is "$lie: no window" "$(ls -d $source 2>/dev/null)" ""; }
driver_of() { basename "$(readlink /sys/bus/pci/devices/$bdf/driver)"; }
# Print the features that are on for kernel code
on() {
    rmmod pvfeat_all 2>/dev/null
    dmesg | grep -c 'pvfeat_all: on:' >/tmp/before
    modprobe pvfeat_all
    dmesg | sed -n 's/.*pvfeat_all: on: //p' | tail -n +$(($(cat /tmp/before) + 1)) | tr '\n' ',' | sed 's/,$//'
}
reads() { host get $device generation-reads | tr -cd '0-9\n'; }
now_ms() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20/; s/^0*//' /proc/uptime; }

# lie NAME ADDRESS DEVICE OPTIONS DURING VALUE VERDICT LINE
lie() {
    lie=$1 bdf=$2 device=/machine/peripheral/$3 options=$4 during=$5 value=$6 verdict=$7 line=$8
    (echo $bdf >$driver/bind) 2>/dev/null
    if [ "$during" != - ]; then
        is "$lie: before: the driver is bound" "$(driver_of)" pvfeat_pci
        is "$lie: before: features for kernel code" "$(on)" vtpm
        forget
        [ "$during" = reread ] || ok "$lie: the host changes the device" host set $device "${during%%=*}" "$value"
        # Do not wait for an interrupt; the verdict determines whether the rescan fails
        (echo 1 >/sys/bus/pci/devices/$bdf/pvfeat_rescan) 2>/dev/null
    fi
    case $verdict in
    refused)
        is "$lie: no driver is bound" "$(driver_of)" ""
        no_window
        says 'refused: '
        want=
        ;;
    waits)
        is "$lie: the driver is bound" "$(driver_of)" pvfeat_pci
        no_window
        is "$lie: one message about the table" "$(said | grep -c -v ': no MSI-X vector: ')" 1
        like "$lie: reason" "$(said)" "^pvfeat_pci $bdf: ($line)"
        want=
        ;;
    last-good)
        is "$lie: status" "$(cat $source/status)" stale
        says ''
        want=vtpm
        ;;
    dropped)
        is "$lie: status, no features" "$(echo $(cat $source/status) $(features pci0))" refused
        says ''
        want=
        ;;
    on:*)
        is "$lie: status" "$(cat $source/status)" current
        [ "$line" = - ] || like "$lie: message" "$(said)" "($line)"
        is "$lie: no message of an error" "$(said | grep -e refused -e unstable | grep "$bdf")" ""
        want=${verdict#on:}
        ;;
    unseen)
        is "$lie: no driver is bound" "$(driver_of)" ""
        is "$lie: no message" "$(said)" ""
        want=
        ;;
    *)
        not_ok "$lie: unknown verdict: $verdict"
        ;;
    esac
    is "$lie: features for kernel code" "$(on)" "$want"
    is "$lie: features for user space" "$(features effective | tr '\n' ',' | sed 's/,$//')" "$want"
    count=$(reads)
    case $options$during in
    *storm*)
        # After about 100 snapshots the driver pauses for 100 ms: 400 more take at least 3 pauses,
        # the first of which may already have begun
        begin=$(now_ms)
        until [ $(($(reads) - count)) -ge 800 ]; do :; done
        took=$(($(now_ms) - begin)) snapshots=$((($(reads) - count) / 2))
        echo "# $snapshots snapshots in $took ms"
        ok "$lie: an interrupt storm is throttled" test $took -ge 200
        ;;
    *)
        # At most 2 reads per attempt, 100 attempts per snapshot, 1 snapshot and 8 retries each
        # at bind, on an interrupt, and on a write of 1 to pvfeat_rescan
        ok "$lie: bounded number of reads of GENERATION: $count" test "$count" -le $((2 * 100 * 9 * 3))
        ;;
    esac
    rmmod pvfeat_all
    [ -z "$(driver_of)" ] ||
        ok "$lie: unbind" timeout 60 sh -c "echo $bdf >$driver/unbind"
    no_window
    forget

    # Programs that read the function without the driver must end
    timeout 60 pvfeat -s pci -d $bdf >/tmp/pvfeat 2>&1
    ended=$?
    ok "$lie: pvfeat exits: $ended" test $ended -le 5
    timeout 60 lspci -vvs $bdf >/tmp/lspci 2>&1
    is "$lie: lspci exits" $? 0
}

echo 0 >/sys/bus/pci/drivers_autoprobe
forget
modprobe pvfeat
END_OF_GUEST
}

# shell_quote TEXT: print it quoted as one word of a shell
shell_quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# lie_needs_own_guest OPTIONS: whether the lie would change the addresses of other functions,
# or apply to all functions
lie_needs_own_guest() { [[ $1 = *poke-firmware* || $1 =~ poke-config=(.*\+)?0x0?[eE]= ]]; }

# hostile_guest NAME QEMU-ARG...: boot the guest whose calls of lie() are in $SCRIPT.calls;
# LIE_PRELUDE= is a function to use instead of hostile_prelude
hostile_guest() {
    { "${LIE_PRELUDE:-hostile_prelude}"; cat "$SCRIPT.calls"; } >"$SCRIPT"
    cat >>"$SCRIPT" <<'END'
[ -z "${bound:-}" ] || ok "number of bound functions: $bound" test $bound -gt 50
ok "unload" timeout 60 rmmod pvfeat
is "sysfs after unloading" "$(ls -d $PVF 2>/dev/null)" ""
END
    GUEST_HOST=$G_HOST guest_test "$@" <"$SCRIPT"
}

# hostile_call ADDRESS DEVICE NAME OPTIONS DURING BREAKS VERDICT LINE: print a call of lie()
hostile_call() {
    echo "lie $3 $1 $2 $(shell_quote "$4") $(shell_quote "$5") $(shell_quote "$(lie_value "$5")")" \
        "$7 $(shell_quote "$8")"
}

# test_lie NAME OPTIONS DURING BREAKS VERDICT LINE: test the lie in its own guest
test_lie() {
    local firmware=off
    place 0
    [[ $2 != *firmware* ]] || firmware=on
    hostile_call "$BDF" d "$@" >"$SCRIPT.calls"
    hostile_guest "$1" -object "paravisor-features,id=pv0,features=vtpm,firmware=$firmware" \
        -device "$(hostile_device d "$2")"
}

# hostile_device ID OPTIONS: print the argument for -device
hostile_device() { echo "paravisor-pci-hostile,id=$1,$AT$([ "$2" = - ] || echo ",$2")"; }

# test_batch QEMU-ARG...: test the functions of $devices, with the calls in $SCRIPT.calls
test_batch() {
    # Over a hundred functions take a second each on a busy machine
    local GUEST_SECONDS=1200
    [ ${#devices[@]} != 0 ] || return 0
    hostile_guest "hostile" -object paravisor-features,id=pv0,features=vtpm,firmware=off "$@" "${devices[@]}"
    devices=()
    : >"$SCRIPT.calls"
}

# Functions that are refused at bind, all in one guest if they fit. PVF-DRV-09, 10 and
# 18 .. 23 row by row; PVF-DRV-06: right IDs and no locator; PVF-DRV-08: a broken locator is
# not skipped; PVF-DRV-02: one message each.
test_lies_together() {
    local devices=() script=$PVF_TMP/lies nr=0 name options during verdict line _
    name_left_out
    lies >"$script.rows"
    : >"$script.list"
    while read -r name options during _ verdict line <&3; do
        # A bridge would change the addresses of the other functions
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

# lies_guest QEMU-ARG...: boot the guest with the functions of $script.list
lies_guest() {
    cat - "$script.list" >"$script" <<'END'
forget
load
log >/tmp/log
refused() {
    # Ignore the PCI core's message on enabling the function
    line=$(grep "^pvfeat_pci $1:" /tmp/log | grep -v ': enabling device (')
    is "$3: one message" "$(echo "$line" | wc -l)" 1
    like "$3: reason" "$line" "^pvfeat_pci $1: refused: ($2)"
}
is "no function is bound" "$(ls -d /sys/bus/pci/drivers/pvfeat_pci/0* 2>/dev/null)" ""
is "no window" "$(ls $PVF)" effective
is "no feature is on" "$(echo $(features effective))" ""
ok "unload" rmmod pvfeat
END
    guest_test "lies" -object paravisor-features,id=pv0,features=vtpm,firmware=off "$@" <"$script"
}

# test_batches QEMU-ARG...: test the lies of $PVF_TMP/rows in as many guests as they require;
# store those that require their own guest in $alone
test_batches() {
    local name options during breaks verdict line devices=() nr=0
    alone=()
    : >"$SCRIPT.calls"
    while read -r name options during breaks verdict line <&3; do
        if lie_needs_own_guest "$options"; then
            alone+=("$name $options $during $breaks $verdict $line")
            continue
        fi
        place $nr
        devices+=(-device "$(hostile_device "d$nr" "$options")")
        hostile_call "$BDF" "d$nr" "$name" "$options" "$during" "$breaks" "$verdict" "$line" \
            >>"$SCRIPT.calls"
        nr=$((nr + 1))
        [ $nr != "$PLACES" ] || { test_batch "$@"; nr=0; }
    done 3<"$PVF_TMP/rows"
    test_batch "$@"
}

# test_hostile [NAME...]: test all lies, or these
test_hostile() {
    local name options during breaks verdict line alone row
    name_left_out "$@"
    lies | awk -v names=" $* " 'names == "  " || index(names, " " $1 " ")' >"$PVF_TMP/rows"
    [ -s "$PVF_TMP/rows" ] || die "lies.txt has no matching row for $A_ROW: $*"
    test_batches
    for row in ${alone+"${alone[@]}"}; do
        read -r name options during breaks verdict line <<<"$row"
        test_lie "$name" "$options" "$during" "$breaks" "$verdict" "$line"
    done
}

run_hostile() {
    test_hostile
    # There the locator is a vendor-specific capability
    # shellcheck disable=SC2046 # a list of words
    [ "$A_MACHINE" != q35 ] || A_BUS=pci MACHINE=pc test_hostile $(conventional_lies)
}
