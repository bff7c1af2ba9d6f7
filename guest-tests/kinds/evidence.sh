# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Evidence of the tables that a guest relies on: what IMA measured, and a TPM of QEMU's
# (swtpm) that IMA extended.

. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

# start_tpm: a TPM for one boot of QEMU, with which swtpm ends; sets TPM_ARGS
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

# What the tests of IMA share
ima_prelude() {
    cat <<'END'
e=$PVF/effective
mount -t securityfs securityfs /sys/kernel/security
ima=/sys/kernel/security/ima
# A policy can be written once in a boot
policy() { echo 'measure func=CRITICAL_DATA label=pvfeat' >$ima/policy; }
bytes() { printf "$(echo "$1" | sed 's/../\\x&/g')"; }
# events: name and SHA-256 of the data of each of the driver's events
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
# await_events COUNT: a worker measures
await_events() {
    for try in $(seq 1000); do
        [ "$(grep -c ' ima-buf ' $ima/ascii_runtime_measurements)" -lt "$1" ] || break
        sleep 0.01
    done
}
END
}

ima_test() { { ima_prelude; cat; } >"$PVF_TMP/ima"; tool_test "$@" <"$PVF_TMP/ima"; }

# Each table that begins to contribute is measured once, and each endorsement
test_measured() {
    start_tpm
    ima_test "measured" -object "$PV0,features=vtpm" -device paravisor-pci "${TPM_ARGS[@]}" <<'END'
policy
modprobe pvfeat endorsed=$(printf %064d 0)
digest=$(cat $PVF/pci0/digest)
first="acpi-0 $digest cpuid-0 $digest endorsed-parameter $(printf %064d 0)"
await_events 4
is "each window" "$(events)" "$first pci0-0 $digest"
ok "the host changes the table" host update '{"features": "vtpm+trusted-time"}'
ok "a message arrives" await $e/generation 2
other=$(cat $PVF/pci0/digest)
ok "the host changes it again" host update '{"paravisor-version": 1}'
ok "a message arrives" await $e/generation 4
ok "and back" host update '{"paravisor-version": 0}'
ok "a message arrives" await $e/generation 6
echo $other >$e/endorse
await_events 8
like "the new tables, and the endorsement" "$(events)" \
    "^$first endorsed-sysfs $other pci0-0 $digest pci0-2 $other pci0-4 [0-9a-f]{64} pci0-6 $other$"
is "all are measured" "$(cat $e/unmeasured)" 0

# PCR 10 of an IMA that extended a TPM: replay of the list
pcr=$(printf %064d 0)
for extended in $(cut -d' ' -f2 $ima/ascii_runtime_measurements_sha256); do
    pcr=$(bytes "$pcr$extended" | sha256sum | cut -d' ' -f1)
done
is "the list is what the TPM has" "$(tr A-F a-f </sys/class/tpm/tpm0/pcr-sha256/10)" "$pcr"

says "doctor" 0 '^unseen +vtpm +on +tpm0 is a TPM 2, driver tpm_tis; who provides it cannot be seen$' doctor
like "doctor: a plain guest" "$out" '^unseen +confidential +off +the guest is plain, or'
like "doctor: no VMPL" "$out" '^unseen +paravisor-managed +off +the kernel exposes no VMPL$'
like "doctor: no configfs" "$out" '^unseen +attestation-report +off +/sys/kernel/config/tsm/report: No such file'
modprobe tsm_report
mount -t configfs configfs /sys/kernel/config
says "doctor: no provider" 0 '^unseen +attestation-report +off +no provider of attestation reports is registered;' doctor
modprobe pvfeat_report
says "doctor: a provider" 1 '^contradicts +attestation-report +off +the kernel has attestation reports, provider pvfeat_report$' doctor
is "doctor leaves no report" "$(find /sys/kernel/config/tsm/report -mindepth 1)" ""
like "doctor: not root" "$(nobody doctor)" '^unseen +attestation-report +off +.*: Permission denied$'
ok "JSON" sh -c "$tool --json doctor | grep -q '\"finding\": \"contradicts\"'"

for i in $(seq 40); do
    host update '{"features": "vtpm"}' >/dev/null
    host update '{"features": "vtpm+trusted-time"}' >/dev/null
done
ok "messages arrive" await $e/generation 166
await_events 67
is "the list is bounded" "$(tables)" 64
is "and names what it lacks" "$(events | grep -o 'unmeasured-[a-z0-9]*')" unmeasured-pci0
ok "what was left out is counted: $(cat $e/unmeasured)" test "$(cat $e/unmeasured)" -gt 0
END
}

# Without a rule in the policy nothing is measured, which is counted
test_unmeasured() {
    ima_test "no policy" -object "$PV0,features=vtpm" -device paravisor-pci <<'END'
load
modprobe pvfeat
for try in $(seq 1000); do [ "$(cat $e/unmeasured)" -lt 3 ] || break; sleep 0.01; done
is "three windows" "$(cat $e/unmeasured) $(events)" "3 "
policy
host update '{"features": "vtpm+trusted-time"}' >/dev/null
ok "a message arrives" await $e/generation 2
await_events 1
is "from now on" "$(cat $e/unmeasured) $(events)" "3 pci0-2 $(cat $PVF/pci0/digest)"
END
}

run_evidence() {
    test_measured
    test_unmeasured
}
