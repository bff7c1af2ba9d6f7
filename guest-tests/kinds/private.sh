# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The functions of host-tests/qtest/lies.txt as the paravisor's own, in a confidential
# guest whose kernel maps their BAR private: the results are the same as in a plain guest.
# The kernel maps only one page private, so each function has its own guest. Hyper-V's
# leaves report no paravisor in these guests, so they do not contribute.

. "$(dirname "${BASH_SOURCE[0]}")/confidential.sh"

# Without the message that the leaves are untrusted
private_prelude() { hostile_prelude; echo forget; }

# private_lie NAME OPTIONS DURING BREAKS VERDICT LINE
private_lie() {
    place 0
    hostile_call "$BDF" d "$@" >"$SCRIPT.calls"
    APPEND="$VBS_APPEND" LIE_PRELUDE=private_prelude hostile_guest "$1" -device VGA -object "$PV0,firmware=off,features=vtpm" \
        -object paravisor-features,id=pv1,firmware=off,features=trusted-time \
        -device "$(hostile_device d "$2"),table=pv0" -device paravisor-pci,table=pv1,id=host \
        -device "vbs-guest,function=d,host=host,address=$PRIVATE,paravisor=off"
}

run_private() {
    local name options during breaks verdict line
    name_left_out
    # Omit functions without a memory BAR, which cannot be private, and firmware windows, which
    # the host provides
    lies | grep -v -e io-bar -e firmware >"$PVF_TMP/rows"
    while read -r name options during breaks verdict line <&3; do
        private_lie "$name" "$options" "$during" "$breaks" "$verdict" "$line"
    done 3<"$PVF_TMP/rows"
}
