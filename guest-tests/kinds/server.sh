# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A function that is not QEMU's own: pvfeat-server, which QEMU's vfio-user-pci presents.

. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

# start_server OPTION...: start a server, and set SERVER, options of QEMU, and CONTROL
start_server() {
    local folder=$PVF_TMP/server
    stop_server
    rm -rf "$folder"
    mkdir "$folder"
    CONTROL=$folder/control
    "$GUEST_RUN" --control="$CONTROL" "$@" "$folder/socket" 2>"$PVF_TMP/server.log" &
    SERVER_PID=$!
    # The control socket answers when the device is complete
    until [ -S "$folder/socket" ] && "$GUEST_RUN" --set="$CONTROL" >/dev/null 2>&1; do
        kill -0 $SERVER_PID || die "the server ended: $(cat "$PVF_TMP/server.log")"
    done
    SERVER=(-device "{\"driver\": \"vfio-user-pci\", \"socket\": {\"path\": \"$folder/socket\", \"type\": \"unix\"}}")
}

stop_server() {
    [ -n "${SERVER_PID:-}" ] || return 0
    kill "$SERVER_PID" 2>/dev/null || :
    wait "$SERVER_PID" || :
    SERVER_PID=''
}

server_test() { tool_test "$@" "${SERVER[@]}"; }

# server_prelude: definitions for the guest's script
server_prelude() {
    echo "control=$CONTROL; transport=$1"
    conformance_prelude
    cat <<'END'
set_table() { host run --set=$control "$@"; }
cat >/tmp/change <<'CHANGE'
. /guest/tap.sh
host run "$@" >/dev/null
CHANGE
END
}

# The driver, changes with interrupts, and lspci
test_function() {
    start_server --features=vtpm+debug+confidential --tee=cca --shared-gpa-boundary=0 --paravisor-id=0x00021414 "$@"
    { server_prelude pci; cat <<'END'; } >"$SCRIPT.server"
e=$PVF/effective
modprobe pvfeat
is "the driver is bound" "$(basename "$(readlink $f/driver)")" pvfeat_pci
is "features" "$(features pci0 | xargs)" "confidential debug vtpm"
is "TEE" "$(cat $PVF/pci0/tee)" cca
like "lspci" "$(lspci -vv -s $bdf)" 'Paravisor Features'
ok "the server changes the table" set_table features=vtpm+trusted-time tee=none
ok "an interrupt arrives" await $e/generation 2
is "features after the change" "$(features pci0 | xargs)" "vtpm trusted-time"
is "the same table again" "$(set_table features=trusted-time+vtpm)" "ok generation 2"
like "a bad table" "$(set_table features=tdisp-os)" 'error .*a feature is on without the one it needs \(tdisp-os, confidential\)'
like "a bad setting" "$(set_table features=vtpm tee=foo)" "error .*--tee: 'foo' is not a name or a number in range"
is "nothing has changed" "$(features pci0 | xargs) $(cat $e/generation)" "vtpm trusted-time 2"
for i in 4 6 8 10; do
    ok "change $i" set_table paravisor-version=$i
    ok "an interrupt arrives: $i" await $e/generation $i
done
is "digest" "$(cat $PVF/pci0/digest)" "$(pvfeat digest --features=vtpm+trusted-time --paravisor-id=0x00021414 --paravisor-version=10)"
[ ! -e $f/reset ] || ok "reset" sh -c "echo 1 >$f/reset"
echo 1 >$f/pvfeat_rescan
is "after a reset" "$(cat $e/generation) $(cat $PVF/pci0/status)" "10 current"
ok "a change after the reset" set_table features=vtpm
ok "an interrupt arrives after the reset" await $e/generation 12
ok "unload" rmmod pvfeat
END
    server_test "function${1:+, $1}" <"$SCRIPT.server"
}

# All requirements, over sysfs and over VFIO
test_server_conformance() {
    local transport=$1
    shift
    start_server --features=vtpm "$@"
    { server_prelude "$transport"; cat <<'END'; } >"$SCRIPT.server"
is "no violation" "$(judge "$bdf" --set=$control features=trusted-time | xargs)" "status 0"
[ ! -e /tmp/failed ] || sed 's/^/# /' /tmp/judged
skipped=$(sed -n 's/^ok .* - PVF-DEV-\([0-9]*\) .* # SKIP .*/\1/p' /tmp/judged | xargs)
want='10 11 14 17 24 29 31 32 33 34 35 36 37 38 39'
# sysfs does not provide interrupts; a conventional function alone on its bus cannot be reset
if [ $transport = pci ]; then
    want="30 $want"
    [ -e $f/reset ] || want="26 $want"
fi
want=$(echo $want | tr ' ' '\n' | sort -n | xargs)
is "skipped requirements" "$skipped" "$want"
END
    tool_test "conformance, $transport${1:+, $1}" "${IOMMU[@]}" "${SERVER[@]}" <"$SCRIPT.server"
}

run_server() {
    [ "$A_ROW" = x86_64 ] || die "the vfio-user client is built for x86_64 only"
    GUEST_RUN=$("$PVF_TOP/scripts/build-server.sh")
    export GUEST_RUN
    G_QEMU=$(QEMU=${QEMU_VERSIONS##* } "$PVF_TOP/scripts/build-qemu.sh" x86_64)/run/qemu-system-x86_64
    IOMMU=()
    test_function
    MACHINE=pc test_function --conventional
    test_server_conformance pci
    MACHINE=pc test_server_conformance pci --conventional
    IOMMU=(-device "intel-iommu,caching-mode=on")
    APPEND=intel_iommu=on test_server_conformance vfio
    stop_server
}
