#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dumps of good, broken and foreign locators: libpvfeat, "pvfeat conformance" and the patched
# lspci agree on each; the output of Debian's lspci; the entry for pci.ids.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

cd "$PVF_TOP"
apt_need build-essential pciutils pci.ids python3
patched=$(scripts/build-pciutils.sh x86_64)
sanitized=$(scripts/build-pciutils.sh x86_64 sanitize)
pvfeat=$(scripts/build-pvfeat.sh x86_64 sanitize)
dumps=$PVF_TMP/dumps
judge=$PVF_TMP/judge
ids=$PVF_TMP/pci.ids
mkdir "$dumps"
python3 host-tests/tool/locators/dumps.py host-tests/tool/locators/cases.txt "$dumps"

# build_judge: link judge.c with the objects and the libpci of the tool
build_judge() {
    local packages
    mapfile -t packages <"$pvfeat/packages"
    # shellcheck disable=SC2086 # words
    gcc -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
        -D_GNU_SOURCE -Iinclude -Idriver -Itools/pvfeat/{lib,conformance} ${packages[0]#*=} -o "$judge" \
        host-tests/tool/locators/judge.c "$pvfeat"/{conformance.o,libpvfeat.a} ${packages[1]#*=}
}

# lspci_verdicts: for each function in the output of lspci -v, print a line with its verdict:
# good, broken or none, by its first locator
lspci_verdicts() {
    awk '/^[0-9a-f]/ { address = $1; order[++nr] = address; verdict[address] = "none" }
        /: Paravisor Features/ && verdict[address] == "none" {
            verdict[address] = / <\?>$/ ? "broken" : "good"
        }
        END { for (i = 1; i <= nr; i++) print order[i], verdict[order[i]] }'
}

# judge_verdicts FILE: print the same for the judge's output
judge_verdicts() {
    awk '{ print $1, $2 ~ /^LOCATOR_/ ? "broken" : $2 == "good" ? "good" : "none" }' "$1"
}

# check_judge CASE: the judge prints the verdicts of the case, lspci agrees, and no function
# with a refused locator conforms
check_judge() {
    "$judge" "$1.dump" | sort | tee "$PVF_TMP/judged" | diff -u "$1.verdicts" -
    if grep -v ' good ' "$PVF_TMP/judged" | grep conforms; then return 1; fi
    "$patched/bin/lspci" -F "$1.dump" -v | lspci_verdicts | diff -u <(judge_verdicts "$1.verdicts") -
}

# locators: filter from lspci's output the capabilities that may be locators
locators() { awk '/^\t[^\t]/ || !/^\t/ { on = /^\tCapabilities: (.*Vendor|<)/ } on'; }

# shows EXPECTED LSPCI ARG...: lspci prints these locators, and no errors
shows() {
    local expected=$1 out=$PVF_TMP/out
    shift
    echo "$*"
    "$@" >"$out" 2>"$out.err" || { cat "$out" "$out.err"; return 1; }
    locators <"$out" | diff -u "$expected" -
    # Debian's lspci may report that this machine has no modules
    { grep -v 'libkmod' "$out.err" || :; } | diff -u /dev/null -
}

# check_case CASE: the output with -vv; with -v only the first line of each capability, without
# its version
check_case() {
    sed '/^\t\t/d; s/ v1] /] /' "$1.expected" >"$PVF_TMP/brief"
    shows "$1.expected" "$patched/bin/lspci" -F "$1.dump" -vv
    shows "$PVF_TMP/brief" "$patched/bin/lspci" -F "$1.dump" -v
    shows "$1.expected" "$sanitized/bin/lspci" -F "$1.dump" -vv
    # Debian's lspci prints foreign capabilities the same
    grep -q "Paravisor" "$1.expected" || shows "$1.expected" lspci -F "$1.dump" -vv
}

# case_of TITLE: print the path of its files, without their suffix
case_of() { (cd "$dumps" && grep -lxF "$1" ./*.title | sed "s,^\.,$dumps,;s,\.title\$,,"); }

# check_debian TITLE LINE: Debian's lspci prints the function, and LINE for its locator
check_debian() {
    local file
    file=$(case_of "$1")
    lspci -nn -F "$file.dump" | diff -u - <(
        echo "00:00.0 System peripheral [0880]: Red Hat, Inc. Device [1af4:10f5] (rev 01)")
    shows <(printf '\t%s\n' "$2") lspci -F "$file.dump" -vv
}

# check_upstream FILE: the dump that the patch adds to those of pciutils contains lspci's output
check_upstream() {
    shows <(locators <"$1") "$patched/bin/lspci" -F "$1" -vv
    locators <"$1" | grep -c "Paravisor Features" | grep -qx 2
}

merge_ids() { awk -f tools/pciutils/pci-ids.awk tools/pciutils/pci.ids "$1"; }

# check_ids: only this project's lines are added, and none is lost; the vendor's devices are
# sorted
check_ids() {
    merge_ids /usr/share/misc/pci.ids >"$ids"
    { diff /usr/share/misc/pci.ids "$ids" || :; } | sed -n 's/^[<>] //p' |
        diff -u <(sed '1,/^1af4/d' tools/pciutils/pci.ids) -
    sed -n '/^1af4/,/^1af5/s/^\t\([0-9a-f]*\) .*/\1/p' "$ids" >"$ids.devices"
    grep -qx 10f5 "$ids.devices"
    LC_ALL=C sort -c "$ids.devices"
}

check_name() {
    "$1" -nn -i "$ids" -F "$(case_of DVSEC).dump" | diff -u - <(
        echo "00:00.0 System peripheral [0880]: Red Hat, Inc. Paravisor features [1af4:10f5] (rev 01)")
    "$1" -vv -i "$ids" -F "$(case_of DVSEC).dump" |
        grep -x "$(printf '\t')Subsystem: Red Hat, Inc. QEMU Virtual Machine"
}

# survives TITLE START END: with any bit of the locator changed, and config space ending at any
# of its bytes, all functions are printed, no read is out of bounds, and the judgements agree
survives() {
    local dump=$PVF_TMP/flips
    host-tests/tool/locators/flips.py "$(case_of "$1").dump" "$2" "$3" >"$dump"
    "$sanitized/bin/lspci" -F "$dump" -vv >"$dump.out" 2>"$dump.err"
    grep -c . "$dump.err" && return 1
    [ "$(grep -c '^[0-9a-f]' "$dump.out")" = "$(grep -c dump "$dump")" ]
    "$judge" "$dump" | sort >"$dump.judged"
    [ "$(grep -c . "$dump.judged")" = "$(grep -c dump "$dump")" ]
    if grep -v ' good ' "$dump.judged" | grep conforms; then return 1; fi
    lspci_verdicts <"$dump.out" | diff -u <(judge_verdicts "$dump.judged") -
}

refuses_ids() { if merge_ids "$1"; then return 1; fi; }

tap_run "build the judge" build_judge
for file in "$dumps"/*.title; do
    tap_run "$(cat "$file")" check_case "${file%.title}"
    tap_run "$(cat "$file"): the verdicts agree" check_judge "${file%.title}"
done
tap_run "flip each bit of a DVSEC" survives DVSEC 100 11c
tap_run "flip each bit of a vendor-specific capability" survives \
    "vendor-specific capability" a0 b4
tap_run "Debian's lspci prints the DVSEC" check_debian "DVSEC" \
    "Capabilities: [100 v1] Designated Vendor-Specific: Vendor=1af4 ID=10f5 Rev=1 Len=28 <?>"
tap_run "Debian's lspci prints the vendor-specific capability" check_debian \
    "vendor-specific capability" \
    "Capabilities: [a0] Vendor Specific Information: Len=14 <?>"
tap_run "the patch's own dump" check_upstream "$patched/src/tests/cap-paravisor"
tap_run "pci.ids: position of the new entry" check_ids
tap_run "pci.ids: Debian's lspci prints the name" check_name lspci
tap_run "pci.ids: the patched lspci prints the name" check_name "$patched/bin/lspci"
tap_run "pci.ids: merging an existing entry fails" refuses_ids "$ids"
tap_run "pci.ids: merging without the vendor fails" refuses_ids /dev/null
tap_done
