#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The DeviceTree window on arm and riscv: validated by its binding, and word for word.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

apt_need dt-schema device-tree-compiler
bindings=$PVF_TOP/driver/Documentation/devicetree/bindings

# dump TARGET QEMU-ARG...: write the guest's tree to TARGET.dtb
dump() {
    local qemu
    qemu=$("$PVF_TOP/scripts/build-qemu.sh" "$1")/run/qemu-system-$1
    "$qemu" -machine "virt,dumpdtb=$PVF_TMP/$1.dtb" -nodefaults -display none "${@:2}"
}

# by_the_binding DTB: the node is valid. The match is checked explicitly, because an unmatched
# node also causes no error.
by_the_binding() {
    dt-validate -u "$bindings" -s "$bindings" -l paravisor -M "$1" >"$1.out" 2>&1
    cat "$1.out"
    [ "$(wc -l <"$1.out")" = 2 ] && grep -q '/paravisor: matched on schema' "$1.out"
}

# The three leaves of each table's header, and one leaf of features
WORDS='40008003 65467650 76507461 74616546 10000 0 2 2 21414 0 1 0 2001 100 0 0'
words() { [ "$(fdtget -t x "$PVF_TMP/$1.dtb" /paravisor "$2")" = "$WORDS" ]; }
no_node() { ! fdtget -l "$PVF_TMP/$1.dtb" /paravisor; }

# check_target TARGET PROPERTY: test the node of that machine
check_target() {
    dump "$1" -object paravisor-features,id=pv0,features=confidential+attestation-report+feature-40,tee=sev-snp,paravisor-id=0x00021414,access-method=svsm
    tap_run "$1: the node conforms to the binding" by_the_binding "$PVF_TMP/$1.dtb"
    tap_run "$1: the words of $2" words "$1" "$2"
    # PVF-DEV-36: the table at the creation of the machine, not of the command line
    dump "$1" -preconfig -qmp stdio -object paravisor-features,id=pv0,features=vtpm,paravisor-id=0x00021414,access-method=svsm >"$PVF_TMP/qmp" <<'END'
{"execute": "qmp_capabilities"}
{"execute": "qom-set", "arguments": {"path": "/objects/pv0", "property": "update",
 "value": {"features": "confidential+attestation-report+feature-40", "tee": "sev-snp"}}}
{"execute": "x-exit-preconfig"}
END
    tap_run "$1: the words at the creation of the machine" words "$1" "$2"
    # PVF-DEV-38
    dump "$1" -object paravisor-features,id=pv0,firmware=off,features=vtpm
    tap_run "$1: firmware=off, no node" no_node "$1"
    dump "$1"
    tap_run "$1: no object, no node" no_node "$1"
}

tap_run "the binding is valid" dt-doc-validate -u "$bindings" \
    "$bindings/firmware/qemu,paravisor-features.yaml"
check_target aarch64 arm,paravisor-features
check_target riscv64 qemu,paravisor-features
tap_done
