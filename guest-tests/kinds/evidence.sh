# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Evidence of the tables that a guest uses: IMA's measurements, and QEMU's TPM (swtpm),
# which IMA extends.

. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

# start_tpm: start a TPM for one boot and set TPM_ARGS; swtpm exits with QEMU
start_tpm() {
    local state=$PVF_TMP/tpm
    apt_need swtpm
    rm -rf "$state"
    mkdir "$state"
    swtpm socket --tpm2 --tpmstate "dir=$state" --ctrl "type=unixio,path=$state/socket" \
        --flags startup-clear --terminate --daemon
    TPM_ARGS=(-chardev "socket,id=swtpm,path=$state/socket" -tpmdev "emulator,id=tpm,chardev=swtpm"
        -device "tpm-tis,tpmdev=tpm")
}

# Definitions for the tests of IMA
ima_prelude() {
    cat <<'END'
e=$PVF/effective
mount -t securityfs securityfs /sys/kernel/security
ima=/sys/kernel/security/ima
# A policy can be written once per boot
policy() { echo 'measure func=CRITICAL_DATA label=pvfeat' >$ima/policy; }
bytes() { printf "$(echo "$1" | sed 's/../\\x&/g')"; }
# events: print name and SHA-256 of the data of each of the driver's events
events() {
    sed -n 's/.* \([a-z]*[0-9]*-[0-9a-z]*\) \([0-9a-f]*\)$/\1 \2/p' $ima/ascii_runtime_measurements |
        while read -r event data; do
            case $event in
            unmeasured-*) echo "$event" ;;
            pci*|cpuid*|acpi*) echo "$event $(bytes "$data" | sha256sum | cut -d' ' -f1)" ;;
            endorsed-*) echo "$event $data" ;;
            esac
        done | sort | xargs
}
tables() { grep -cE ' (pci|cpuid|acpi)[0-9]*-[0-9]+ ' $ima/ascii_runtime_measurements; }
# await_events COUNT: wait for so many events, because the driver measures in a worker
await_events() {
    for try in $(seq 1000); do
        [ "$(grep -c ' ima-buf ' $ima/ascii_runtime_measurements)" -lt "$1" ] || break
        sleep 0.01
    done
}
END
}

ima_test() { { ima_prelude; cat; } >"$PVF_TMP/ima"; tool_test "$@" <"$PVF_TMP/ima"; }

# Each table is measured once when it begins to contribute, and each endorsement
test_measured() {
    start_tpm
    ima_test "measured" -object "$PV0,features=vtpm" -device paravisor-pci "${TPM_ARGS[@]}" <<'END'
policy
modprobe pvfeat endorsed=$(printf %064d 0)
digest=$(cat $PVF/pci0/digest)
first="acpi-0 $digest cpuid-0 $digest endorsed-parameter $(printf %064d 0)"
await_events 4
is "each window is measured" "$(events)" "$first pci0-0 $digest"
ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
ok "an interrupt arrives" await $e/generation 2
other=$(cat $PVF/pci0/digest)
ok "the host changes it again" host update '{"paravisor-version": 1}'
ok "an interrupt arrives" await $e/generation 4
ok "the host changes it back" host update '{"paravisor-version": 0}'
ok "an interrupt arrives" await $e/generation 6
echo $other >$e/endorse
await_events 8
like "new tables and the endorsement are measured" "$(events)" \
    "^$first endorsed-sysfs $other pci0-0 $digest pci0-2 $other pci0-4 [0-9a-f]{64} pci0-6 $other$"
is "no event is unmeasured" "$(cat $e/unmeasured)" 0

# Replay the list to compute PCR 10, which IMA extended
pcr=$(printf %064d 0)
for extended in $(cut -d' ' -f2 $ima/ascii_runtime_measurements_sha256); do
    pcr=$(bytes "$pcr$extended" | sha256sum | cut -d' ' -f1)
done
is "PCR 10 of the TPM matches the list" "$(tr A-F a-f </sys/class/tpm/tpm0/pcr-sha256/10)" "$pcr"

says "doctor: TPM" 0 '^unseen +vtpm +on +tpm0 is a TPM 2, driver tpm_tis; its provider cannot be determined$' doctor
like "doctor: a plain guest" "$out" '^unseen +confidential +off +the guest is not confidential, or'
like "doctor: no VMPL" "$out" '^unseen +paravisor-managed +off +the kernel exposes no VMPL$'
like "doctor: no configfs" "$out" '^unseen +attestation-report +off +/sys/kernel/config/tsm/report: No such file'
modprobe tsm_report
mount -t configfs configfs /sys/kernel/config
says "doctor: no provider" 0 '^unseen +attestation-report +off +no provider of attestation reports is registered;' doctor
modprobe pvfeat_report
says "doctor: a provider" 1 '^contradicts +attestation-report +off +the kernel has attestation reports, provider pvfeat_report$' doctor
is "doctor leaves no report" "$(find /sys/kernel/config/tsm/report -mindepth 1)" ""
like "doctor: not root" "$(nobody doctor)" '^unseen +attestation-report +off +.*: Permission denied$'
ok "doctor: JSON" sh -c "$tool --json doctor | grep -q '\"finding\": \"contradicts\"'"

for i in $(seq 40); do
    host update '{"features": "vtpm"}' >/dev/null
    host update '{"features": "vtpm+trusted-time"}' >/dev/null
done
ok "interrupts arrive" await $e/generation 166
await_events 67
is "at most 64 tables are measured" "$(tables)" 64
is "an event records the omission" "$(events | grep -o 'unmeasured-[a-z0-9]*')" unmeasured-pci0
ok "number of unmeasured tables: $(cat $e/unmeasured)" test "$(cat $e/unmeasured)" -gt 0
END
}

# Without a rule in the policy, nothing is measured and unmeasured tables are counted
test_unmeasured() {
    ima_test "no policy" -object "$PV0,features=vtpm" -device paravisor-pci <<'END'
load
modprobe pvfeat
for try in $(seq 1000); do [ "$(cat $e/unmeasured)" -lt 3 ] || break; sleep 0.01; done
is "three unmeasured windows" "$(cat $e/unmeasured) $(events)" "3 "
policy
host update '{"features": "vtpm+trusted-time"}' >/dev/null
ok "an interrupt arrives" await $e/generation 2
await_events 1
is "a change after the policy is measured" "$(cat $e/unmeasured) $(events)" "3 pci0-2 $(cat $PVF/pci0/digest)"
END
}

run_evidence() {
    test_measured
    test_unmeasured
}
