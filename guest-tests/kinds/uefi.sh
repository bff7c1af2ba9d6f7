# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pvfeat.efi under Debian's UEFI firmware: what it prints is compared with what pvfeat
# prints in Linux in the same boot, and its measurement with the TPM's event log.

. "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"
. "$(dirname "${BASH_SOURCE[0]}")/evidence.sh"

# Files that the shell's script writes, and what Linux printed
OUT=$PVF_TMP/out
# Width of the firmware's console
UEFI_COLUMNS=80
# Rows of lies.txt on which EDK2 hangs before it starts any program: it follows a ring of
# capabilities indefinitely
EDK2_HANGS=' ring-express ring-two ring-vsec ring-doe ring-ht ring-virtio '

# uefi_use: build pvfeat.efi for the row in use; set UEFI and FIRMWARE, options of QEMU
uefi_use() {
    UEFI=$("$PVF_TOP/scripts/build-uefi.sh" "$A_NAME")
    UEFI_TOOL=$("$PVF_TOP/scripts/build-pvfeat.sh" x86_64)/pvfeat
    apt_need mtools
    case $A_NAME in
    x86_64)
        apt_need ovmf
        FIRMWARE=(-bios /usr/share/ovmf/OVMF.fd) ;;
    arm64)
        apt_need "$A_FIRMWARE"
        FIRMWARE=(-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd) ;;
    riscv64)
        local files=$PVF_CACHE/build/firmware-riscv64
        apt_unpack "${DEBIAN_RELEASES##* }" riscv64 "$files" qemu-efi-riscv64
        files=$files/usr/share/qemu-efi-riscv64
        cp "$files/RISCV_VIRT_VARS.fd" "$PVF_TMP/variables"
        A_MACHINE+=,pflash0=code,pflash1=variables
        FIRMWARE=(-blockdev "driver=file,node-name=code,read-only=on,filename=$files/RISCV_VIRT_CODE.fd"
            -blockdev "driver=file,node-name=variables,filename=$PVF_TMP/variables") ;;
    esac
}

# uefi_machine: set UEFI_QEMU, the command that starts the machine with the firmware,
# and LOG, the file for its console
uefi_machine() {
    UEFI_QEMU=("$G_QEMU" -machine "${MACHINE:-$A_MACHINE}" -accel "${ACCEL:-tcg}" -cpu "${CPU:-$A_CPU}"
        -m 512 -nodefaults -no-reboot -display none -serial stdio "${FIRMWARE[@]}")
    LOG=$PVF_TMP/firmware
}

# uefi_boot NAME QEMU-ARG...: boot the firmware's shell with the script on standard input,
# which runs in the disk's root, and store the files that it writes to the folder out in $OUT.
# FILES= are further files for the disk. The newline on the console ends the shell's countdown.
uefi_boot() {
    local name=$1 image=$PVF_TMP/esp slot=1
    shift
    # PIIX3 is in slot 1
    [ "${MACHINE:-$A_MACHINE}" != pc ] || slot=1f
    uefi_machine
    rm -rf "$OUT" "$image"
    mkdir "$OUT"
    { printf '%s\n' '@echo -off' fs0:; cat; echo 'reset -s'; } >"$PVF_TMP/startup.nsh"
    truncate -s 128M "$image"
    mformat -i "$image" -F ::
    mmd -i "$image" ::/out
    # shellcheck disable=SC2086 # a list of names
    mcopy -i "$image" "$PVF_TMP/startup.nsh" "$UEFI" ${FILES:-} ::/
    strictly timeout --foreground "$GUEST_SECONDS" "${UEFI_QEMU[@]}" \
        -drive "file=$image,format=raw,if=none,id=esp" \
        -device "virtio-blk-pci,drive=esp,addr=$slot" "$@" >"$LOG" 2>&1 <<<""
    mcopy -n -s -i "$image" "::/out/*" "$OUT" 2>/dev/null || :
    find "$OUT" -type f -exec sed -i 's/\r$//' {} +
    if [ "$STRICT_STATUS" = 0 ]; then
        tap ok "$name: the firmware's shell ran to completion"
    else
        tap "not ok" "$name: the firmware's shell ran to completion"
        echo "# QEMU ended with status $STRICT_STATUS"
        guest_console "$name" "$LOG"
    fi
}

# file_of ADDRESS: print a file name for a function, without colons, which FAT does not have
file_of() { tr : - <<<"$1"; }

# uefi_kernel WORDS QEMU-ARG...: have the firmware start pvfeat.efi as the kernel, with these
# arguments, until it goes on to its shell. (On arm64 that shell crashes after any application.)
SHELL_STARTS='UEFI Interactive Shell'
uefi_kernel() {
    local words=$1 pid
    shift
    uefi_machine
    : >"$LOG"
    timeout "$GUEST_SECONDS" "${UEFI_QEMU[@]}" -kernel "$UEFI" -append "$words" "$@" \
        >"$LOG" 2>&1 </dev/null &
    pid=$!
    grep -q "$SHELL_STARTS" < <(trap - ERR; tail -f --pid=$pid "$LOG") || :
    kill $pid
    wait $pid || :
}

# uefi_run NAME ARGUMENT...: print the shell's commands that run pvfeat.efi, and store its
# output and its status in files of that name (file_of) and NAME.st
uefi_run() {
    local file
    file=$(file_of "$1")
    shift
    printf '%s\r\n' "pvfeat.efi $* >a out\\$file" "echo %lasterror% >a out\\$file.st"
}

# uefi_is NAME FILE STATUS PATTERN: pvfeat.efi ended with this status, and each line that it
# printed matches the extended regular expression; FILE.st is absent if it did not end
uefi_is() {
    local name=$1 file=$OUT/$2 status
    status=$(cat "$file.st" 2>/dev/null || echo none)
    if [ "$status" = "$3" ] && [ -s "$file" ] && ! grep -qvE -- "$4" "$file"; then
        tap ok "$name"
    else
        tap "not ok" "$name"
        echo "# status $status, expected $3; each line is expected to match: $4"
        sed 's/^/# /' "$file"
    fi
}

# same NAME A B: two files are the same, and not empty
same() { tap_run "$1" equal "$2" "$3"; }
equal() { [ -s "$1" ] && diff "$1" "$2"; }

# ---- functions that are good ---------------------------------------------------

# uefi_good: add functions to $devices, and their addresses to $addresses: with all fields,
# with features of the implementation, with the largest table, behind a port
uefi_good() {
    local table
    for table in features=vtpm+trusted-time+debug+confidential \
        features=attestation-report+shared-gpa-boundary+confidential,tee=cca,access-method=firmware-call,shared-gpa-boundary=46,paravisor-id=0x00021414,paravisor-version=0x01020304 \
        features=vtpm+feature-600,paravisor-id=0x1414 \
        features=vtpm,min-feature-words=32 features=; do
        place ${#addresses[@]}
        uefi_function "$AT" "$table"
        addresses+=("$BDF")
    done
    [ "$A_BUS" = pcie ] || return 0
    devices+=(-device "pcie-root-port,id=down,chassis=1,addr=1e")
    uefi_function bus=down features=vtpm+servicing
    addresses+=(0000:01:00.0)
}

# uefi_function PLACE TABLE: add a function with an object of its own
uefi_function() {
    devices+=(-object "paravisor-features,id=t${#addresses[@]},firmware=off,$2"
        -device "paravisor-pci,table=t${#addresses[@]},$1")
}

# uefi_agrees: add the rows of lies.txt that a driver accepts, except those that differ at
# every second read, and write their addresses, names and features to a file
uefi_agrees() {
    local name options during verdict _
    while read -r name options during _ verdict _; do
        [[ $verdict = on:* && $during = - && $options != *firmware* && $options != *flip* ]] || continue
        place ${#addresses[@]}
        devices+=(-device "$(hostile_device "d${#addresses[@]}" "$options"),table=vtpm")
        addresses+=("$BDF")
        echo "$BDF $name ${verdict#on:}" >>"$PVF_TMP/expected"
    done
}

# on FILE: print the features that a table of pvfeat shows as on, separated by commas
on() { awk '$3 == "yes" { print $2 }' "$1" | paste -sd,; }

# linux_files LOG: split what the guest printed into files of $OUT
linux_files() {
    guest_output "$1" | awk -v out="$OUT/linux-" '/^== / { file = out $2; next } { print > file }'
}

# test_agrees: pvfeat.efi and, in the same boot, pvfeat in Linux show the same
test_agrees() {
    local devices=() addresses=() address name file features status folder=$PVF_TMP/guest
    : >"$PVF_TMP/expected"
    devices=(-object "paravisor-features,id=vtpm,features=vtpm,firmware=off")
    uefi_good
    uefi_agrees < <(lies | if [ "$A_BUS" = pci ]; then
        grep -F -w -f <(conventional_lies); else cat; fi)
    start_tpm
    [ "$A_NAME" = x86_64 ] || TPM_ARGS=("${TPM_ARGS[@]/#tpm-tis,/tpm-tis-device,}")
    guest_folder "$folder"
    {
        for address in "${addresses[@]}"; do
            echo "echo == $(file_of "$address"); COLUMNS=$UEFI_COLUMNS pvfeat -s pci -d $address 2>&1 | cat"
        done
        echo "echo == digests; pvfeat -s pci digest"
        echo "modprobe tpm_tis 2>/dev/null"
        echo "echo == pcr; cat /sys/class/tpm/tpm0/pcr-sha256/9"
        echo "mount -t securityfs securityfs /sys/kernel/security"
        echo "echo == events; base64 /sys/kernel/security/tpm0/binary_bios_measurements"
    } >"$folder/guest/main"
    { cat "$G_INITRD"; pack "$folder"; } >"$PVF_TMP/initrd"
    cp "$K_IMAGE" "$PVF_TMP/linux.efi"
    {
        for address in "${addresses[@]}"; do uefi_run "$address" "-d $address"; done
        uefi_run digests digest
        # PVF-DRV-14: the first function is left as it was, with memory decoding off and on
        printf '%s\r\n' "mm 000000020004 0 -w 2 -PCI -n" \
            "pvfeat.efi -d ${addresses[0]} digest >a out\\digest-off" \
            "mm 000000020004 -w 2 -PCI -n >a out\\command-off" \
            "mm 000000020004 7 -w 2 -PCI -n" \
            "pvfeat.efi -d ${addresses[0]} digest" \
            "mm 000000020004 -w 2 -PCI -n >a out\\command-on"
        uefi_run measure "-d ${addresses[0]} measure"
        uefi_run measure-vendor "--pcr=9 --device=${addresses[2]} measure"
        printf '%s\r\n' "initrd initrd" "linux.efi console=$A_CONSOLE panic=-1 loglevel=4 $GUEST_SKIPS"
    } >"$PVF_TMP/commands"
    FILES="$PVF_TMP/initrd $PVF_TMP/linux.efi" uefi_boot "agree" "${devices[@]}" "${TPM_ARGS[@]}" \
        <"$PVF_TMP/commands"
    [ "$STRICT_STATUS" = 0 ] || return 0
    linux_files "$LOG"
    status=$(guest_status "$LOG") || status=none
    tap_run "agree: Linux ran to completion" test "$status" = 0
    [ "$status" = 0 ] || { guest_console "agree" "$LOG"; return 0; }

    for address in "${addresses[@]}"; do
        name=$(awk -v a="$address" '$1 == a { print $2 }' "$PVF_TMP/expected")
        # Each has a summary of two lines, of its own
        file=$(file_of "$address")
        tail -n +3 "$OUT/$file" >"$OUT/a"
        tail -n +3 "$OUT/linux-$file" >"$OUT/b"
        same "agree: $address ${name:+($name)}" "$OUT/a" "$OUT/b"
    done
    while read -r address name features; do
        tap_run "agree: $name: on: $features" test "$(on "$OUT/$(file_of "$address")")" = "$features"
    done <"$PVF_TMP/expected"
    same "agree: digests" "$OUT/digests" "$OUT/linux-digests"
    tap_run "agree: one digest per function" test "$(wc -l <"$OUT/digests")" = ${#addresses[@]}

    tap_run "state: a table is read while memory decoding is off" \
        test "$(cat "$OUT/digest-off")" = "$(head -n 1 "$OUT/digests")"
    tap_run "state: memory decoding is off again" grep -qE '0x0*0$' "$OUT/command-off"
    tap_run "state: memory decoding stays on" grep -qE '0x0*7$' "$OUT/command-on"
    uefi_measured
}

# uefi_measured: the event log has the two tables' events with their digests, and the TPM's
# PCR is what the log yields
uefi_measured() {
    local digest log=$PVF_TMP/events
    apt_need tpm2-tools python3-yaml
    uefi_is "measure: a table" measure 0x0 "^${addresses[0]}: measured in PCR 9 of the TPM$"
    uefi_is "measure: another" measure-vendor 0x0 "^${addresses[2]}: measured in PCR 9 of the TPM$"
    base64 -d "$OUT/linux-events" >"$log"
    tap_run "measure: the event log is well-formed" uefi_events "$log"
    for address in "${addresses[0]}" "${addresses[2]}"; do
        digest=$(awk -v a="$address" '$2 == a { print $1 }' "$OUT/digests")
        tap_run "measure: the event of $address has the table's digest" \
            uefi_event "$log.yaml" "$digest"
    done
    tap_run "measure: PCR 9 is what the log yields" test \
        "$(tr A-F a-f <"$OUT/linux-pcr")" = "$(uefi_pcr "$log.yaml" 9)"
}

# uefi_events LOG: write an event log as YAML
uefi_events() { tpm2_eventlog "$1" >"$1.yaml"; }

# uefi_event YAML DIGEST: the log has one event with this SHA-256, an EV_EVENT_TAG in PCR 9
uefi_event() {
    /usr/bin/python3 - "$@" <<'END'
import hashlib, struct, sys, yaml
events = [e for e in yaml.safe_load(open(sys.argv[1]))["events"]
          if any(d["Digest"] == sys.argv[2] for d in e.get("Digests", []))]
print(events)
assert len(events) == 1 and events[0]["PCRIndex"] == 9
assert events[0]["EventType"] == "EV_EVENT_TAG"
# taggedEventID, taggedEventDataSize, the words that the digest includes
event = bytes.fromhex(events[0]["Event"])
tag, size = struct.unpack("<II", event[:8])
assert tag == 0x65467650 and size == len(event) - 8 and size % 16 == 0
assert hashlib.sha256(event[8:]).hexdigest() == sys.argv[2]
END
}

# uefi_pcr YAML NUMBER: print the SHA-256 PCR that replaying the log yields
uefi_pcr() {
    /usr/bin/python3 - "$@" <<'END'
import sys, yaml
pcr = yaml.safe_load(open(sys.argv[1]))["pcrs"]["sha256"][int(sys.argv[2])]
print(f"{pcr:064x}" if isinstance(pcr, int) else pcr.removeprefix("0x"))
END
}

# ---- functions that are refused --------------------------------------------------

# uefi_reason VERDICT NAME LINE: print the expression for the line that pvfeat.efi prints, or
# on:FEATURES. The driver's line has the result in front.
uefi_reason() {
    case $2:$1 in
    # Firmware writes to the register that has the capability pointer elsewhere
    bridge-cardbus:*) echo "header type 2 is not an endpoint's|it has no locator" ;;
    type-unknown:*) echo "header type 85 is not an endpoint's|there is no such function" ;;
    # Only the locator matters
    other-ids:*) echo on:vtpm ;;
    *:on:*) echo "$1" ;;
    *:waits) echo "${3##*stabilises: }" ;;
    *:unseen) echo 'it has no locator' ;;
    *) echo "$3" ;;
    esac
}

# test_refused [NAME...]: the other rows of lies.txt, or these: one line with the reason, and
# an error. DURING is not tested, because pvfeat.efi reads once.
test_refused() {
    local devices=() own=() name options during verdict line _
    : >"$PVF_TMP/rows"
    while read -r name options during _ verdict line; do
        [[ $verdict != on:* || $options = *flip* ]] || continue
        [[ $during = - && $options != *firmware* ]] || continue
        [ $# = 0 ] || [[ " $* " = *" $name "* ]] || continue
        if [[ $EDK2_HANGS = *" $name "* ]]; then
            echo "# omitted: $name: EDK2 hangs on a ring of capabilities"
        elif lie_needs_own_guest "$options"; then
            own+=("$name $options $verdict $line")
        else
            uefi_refused_row "$name" "$options" "$verdict" "$line"
        fi
    done < <(all_lies)
    [ $# != 0 ] || [ "$A_BUS" != pcie ] ||
        uefi_refused_row power-state poke-config=0x41=0xc0+0xc0=0x01+0xc4=0x03 refused \
            'it is in power state D3, not D0'
    uefi_refused "refused"
    for line in ${own+"${own[@]}"}; do
        read -r name options verdict line <<<"$line"
        uefi_refused_row "$name" "$options" "$verdict" "$line"
        uefi_refused "alone"
    done
}

uefi_refused_row() {
    place "$((${#devices[@]} / 2))"
    devices+=(-device "$(hostile_device "d$(wc -l <"$PVF_TMP/rows")" "$2")")
    echo "$BDF $1 $(uefi_reason "$3" "$1" "$4")" >>"$PVF_TMP/rows"
}

uefi_refused() {
    local address name reason file
    [ ${#devices[@]} != 0 ] || return 0
    while read -r address _; do uefi_run "$address" "-d $address"; done <"$PVF_TMP/rows" \
        >"$PVF_TMP/commands"
    uefi_boot "$1" -object paravisor-features,id=pv0,features=vtpm,firmware=off "${devices[@]}" \
        <"$PVF_TMP/commands"
    [ "$STRICT_STATUS" = 0 ] || return 0
    while read -r address name reason; do
        file=$OUT/$(file_of "$address")
        if [[ $reason = on:* ]]; then
            tap_run "$1: $name: $reason" test "on:$(on "$file")" = "$reason"
            continue
        fi
        tap_run "$1: $name: an error" grep -qE '^0x(E|21)$' "$file.st"
        tap_run "$1: $name: one line" test "$(wc -l <"$file")" = 1
        tap_run "$1: $name: reason: $reason" grep -qE "^pvfeat: $address: .*($reason)" "$file"
    done <"$PVF_TMP/rows"
    devices=()
    : >"$PVF_TMP/rows"
}

# ---- the command line ----------------------------------------------------------------

test_command_line() {
    local two=(-device "paravisor-pci,addr=2,features=vtpm" -device "paravisor-pci,addr=3")
    {
        uefi_run help --help
        uefi_run version -V
        uefi_run list list
        uefi_run several "has vtpm --allow-untrusted"
        uefi_run on "has -d 0:2.0 --allow-untrusted vtpm"
        uefi_run off "--device 0:2.0 has VTPM trusted-time --allow-untrusted"
        uefi_run typo "has vtmp"
        uefi_run nothing "has"
        uefi_run command "foo"
        uefi_run option "--foo"
        uefi_run value "-d"
        uefi_run address "-d 0:2.8"
        uefi_run absent "-d 0:7.0"
        uefi_run other "-d 0:0.0"
        uefi_run pcr "--pcr=24 measure"
        uefi_run tpm "measure -d 0:2.0"
    } >"$PVF_TMP/commands"
    uefi_boot "command line" "${two[@]}" <"$PVF_TMP/commands"
    uefi_is "--help" help 0x0 ''
    tap_run "--help: the first and the last line" test \
        "$(sed -n '1s/ .*//p; $s/^ *\(0x[^ ]*\) .*/\1/p' "$OUT/help" | xargs)" = "Usage: 0x1A"
    uefi_is "--version" version 0x0 "^pvfeat $(sed -n 's/^VERSION = //p' "$PVF_TOP/tools/pvfeat/Makefile"), feature table 1\.0$"
    tap_run "list: as the tool prints it" diff "$OUT/list" <("$UEFI_TOOL" list)
    uefi_is "has: two tables" several 0x2 '^pvfeat: 2 functions have a table: name one with --device$'
    uefi_is "has: on" on 0x0 '^vtpm: on$'
    uefi_is "has: off" off 0x3 '^(vtpm: on|trusted-time: off)$'
    uefi_is "has: a typing error" typo 0x2 "^pvfeat: unknown feature 'vtmp'; did you mean vtpm\?$"
    uefi_is "has: nothing" nothing 0x2 '^pvfeat: has: name a feature'
    uefi_is "unknown command" command 0x2 "^pvfeat: there is no command 'foo'; see --help$"
    uefi_is "unknown option" option 0x2 "^pvfeat: unknown option '--foo'"
    uefi_is "option without its value" value 0x2 "^pvfeat: unknown option '-d', or its value is missing"
    uefi_is "bad address" address 0x2 "^pvfeat: '0:2.8' is not a PCI address; the format is \[SEGMENT:\]BUS:DEVICE\.FUNCTION$"
    uefi_is "no such function" absent 0xE '^pvfeat: 0000:00:07\.0: there is no such function$'
    uefi_is "a function without a table" other 0xE '^pvfeat: 0000:00:00\.0: it has no locator$'
    uefi_is "bad PCR" pcr 0x2 "^pvfeat: --pcr must be a number from 0 to 23, not '24'$"
    uefi_is "no TPM" tpm 0xE '^pvfeat: 0000:00:02\.0: this firmware has no TPM 2 and no measurement registers$'

    uefi_run has "has vtpm" >"$PVF_TMP/commands"
    uefi_boot "one table" "${two[@]:0:2}" <"$PVF_TMP/commands"
    uefi_is "has: trust is unknown" has 0x1A '^pvfeat: 0000:00:02\.0: it is unknown whether this guest is confidential: use --allow-untrusted'

    { uefi_run none; uefi_run has "has vtpm"; } >"$PVF_TMP/commands"
    uefi_boot "no function" <"$PVF_TMP/commands"
    uefi_is "no function" none 0xE '^pvfeat: no PCI function carries a feature table$'
    uefi_is "no function: has" has 0xE '^pvfeat: no PCI function carries a feature table$'
}

# test_kernel: as -kernel, without a shell; the words of -append are the arguments
test_kernel() {
    local digest
    digest=$("$UEFI_TOOL" digest --features=vtpm)
    uefi_kernel "-d 0:2.0 digest" -device paravisor-pci,addr=2,features=vtpm
    # The firmware's console wraps lines
    tr -d '\r\n' <"$LOG" >"$LOG.line"
    tap_run "-kernel: digest" grep -q "$digest  0000:00:02\.0" "$LOG.line"
    tap_run "-kernel: the firmware goes on to its shell" grep -q "$SHELL_STARTS" "$LOG"
}

run_uefi() {
    uefi_use
    test_kernel
    # QEMU's small build for it has no disk
    [ "$A_NAME" != riscv64 ] || return 0
    test_command_line
    test_agrees
    test_refused
    # There the locator is a vendor-specific capability
    # shellcheck disable=SC2046 # a list of words
    if [ "$A_MACHINE" = q35 ]; then
        MACHINE=pc A_MACHINE=pc A_BUS=pci
        test_agrees
        test_refused $(conventional_lies)
    fi
}
