# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernels with the patches of "make series", with the driver built in: answers before
# core_initcall, the driver, and the users of the RFC: x2APIC and the TPM core. For SERIES
# "series".

. "$(dirname "${BASH_SOURCE[0]}")/evidence.sh"
. "$(dirname "${BASH_SOURCE[0]}")/confidential.sh"

# early_prelude AFTER: check that no feature is on before the early window is read, and these
# are after it
early_prelude() {
    echo "after='$1'"
    cat <<'END'
asked() { log | sed -n "s/^pvfeat_ask: $1: *//p"; }
like "features are asked for early" "$(log)" '^pvfeat_ask: before:'
is "early features before the guest's kind is known" "$(asked before)" ""
is "early features after it is known" "$(asked after)" "$after"
END
}

# early_test NAME AFTER QEMU-ARG...: boot, and run the script on standard input, too
early_test() {
    { early_prelude "$2"; cat; } >"$SCRIPT.early"
    APPEND=pvfeat_ask tool_test "early, $1" "${@:3}" <"$SCRIPT.early"
}

# early_vbs_test NAME AFTER PARAMETERS QEMU-ARG...: the same in a confidential guest
early_vbs_test() {
    { early_prelude "$2"; cat; } >"$SCRIPT.early"
    VBS_APPEND="$VBS_APPEND pvfeat_ask $3" vbs_boot "early, confidential, $1" -device vbs-guest \
        "${@:4}" <"$SCRIPT.early"
}

test_early() {
    local name
    place 0
    early_test "good" '13 16' -object "$PV0,features=attestation-report+vtpm" \
        -device "paravisor-pci,$AT" <<'END'
says "the driver agrees" 0 '^vtpm: on$' has vtpm
is "the driver is part of the kernel" "$(cat /proc/modules | grep pvfeat)" ""
is "the function is bound" "$(basename "$(readlink "/sys/bus/pci/devices/$(functions)/driver")")" pvfeat_pci
like "other kernel code asks" "$(log)" '^pvfeat_sample: loaded: attestation-report is on$'
END
    early_test "no window" '' <<'END'
is "no window" "$(ls $PVF)" effective
END
    # Rows of lies.txt about wrong firmware windows that the parser refuses
    for name in firmware-words firmware-leaf firmware-odd; do
        early_test "$name" '' -object "$PV0,features=vtpm" -device "paravisor-pci-hostile,$AT,$(all_lies |
            awk -v name="$name" '$1 == name { print $2 }')" <<'END'
like "the driver reports the window" "$(log)" '^pvfeat: (cpuid|dt): refused: '
END
    done
}

# In a confidential guest the early window is the host's
test_early_confidential() {
    local digest
    digest=$("$G_TOOL/pvfeat" digest --features=vtpm)
    early_vbs_test "untrusted" '' '' -object "$PV0,features=vtpm" <<'END'
is "trust" "$(cat $PVF/cpuid/trust)" untrusted
END
    early_vbs_test "endorsed" 16 "pvfeat.endorsed=zz,$digest" -object "$PV0,features=vtpm" <<'END'
is "trust" "$(cat $PVF/cpuid/trust)" endorsed
like "the driver reports the endorsement" "$(log)" '^pvfeat: endorsed by parameter: [0-9a-f]{64}$'
like "the driver reports the invalid one" "$(log)" "^pvfeat: endorsed: ignored 'zz'"
END
    early_vbs_test "another table" '' "pvfeat.endorsed=$digest" -object "$PV0,features=vtpm+trusted-time" <<'END'
is "trust" "$(cat $PVF/cpuid/trust)" untrusted
END
    early_vbs_test "allowed" '' "pvfeat.allow_untrusted" -object "$PV0,features=vtpm" <<'END'
is "trust" "$(cat $PVF/cpuid/trust)" allowed
END
}

# The TPM core takes random bytes from the TPM of a confidential guest only if the vTPM is a
# service of the paravisor
test_consumer() {
    local digest
    digest=$("$G_TOOL/pvfeat" digest --features=vtpm)
    { echo "digest=$digest"; cat; } >"$SCRIPT.tpm" <<'END'
# random: print how many random bytes the TPM returns. The size is that of the buffer in the
# kernel, so that nothing is left in it.
random() { dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c; }
is "the TPM is the generator" "$(cat /sys/class/misc/hw_random/rng_current)" tpm-rng-0
is "a TPM that may be the host's returns nothing" "$(random)" 0
ok "endorse a table with vtpm" pvfeat endorse $digest
says "vtpm" 0 '^vtpm: on$' has vtpm
is "the paravisor's TPM returns random bytes" "$(random)" 64
ok "revoke it" pvfeat endorse --revoke $digest
is "then it returns nothing again" "$(random)" 0
END
    start_tpm
    vbs_boot "consumer, confidential" -object "$PV0,features=vtpm" -device vbs-guest \
        "${TPM_ARGS[@]}" <"$SCRIPT.tpm"
    start_tpm
    tool_test "consumer, plain" "${TPM_ARGS[@]}" <<'END'
is "without a paravisor the TPM returns random bytes" \
    "$(dd if=/dev/hwrng bs=8 count=1 2>/dev/null | wc -c)" 8
END
}

# apic_test NAME ONLINE PARAMETERS QEMU-ARG...: boot with a processor that has APIC ID 256; Linux
# uses it only if interrupt messages can carry that ID. ONLINE: the processors that it uses.
apic_test() {
    local processor=socket-id=1,die-id=0,module-id=0,core-id=0,thread-id=0
    { echo "online=$2"; cat; } >"$SCRIPT.apic" <<'END'
is "processors" "$(cat /sys/devices/system/cpu/online)" "$online"
END
    SMP=1,maxcpus=512,sockets=2,cores=256 VBS_APPEND="$VBS_APPEND $3" vbs_boot "apic, $1" \
        -device vbs-guest -device "$A_CPU-x86_64-cpu,$processor" "${@:4}" <"$SCRIPT.apic"
}

test_apic() {
    local digest
    digest=$("$G_TOOL/pvfeat" digest --features=extended-destination)
    apic_test "no table" 0 ''
    apic_test "untrusted table" 0 '' -object "$PV0,features=extended-destination"
    apic_test "endorsed table" 0-1 "pvfeat.endorsed=$digest" -object "$PV0,features=extended-destination"
}

run_series() {
    test_early
    [ "$A_NAME" = x86_64 ] || return 0
    test_early_confidential
    test_consumer
    test_apic
}
