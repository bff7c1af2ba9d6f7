#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Dumps of locators, good, broken and foreign: libpvfeat, "pvfeat conformance" and lspci
# with this project's patch judge each the same; what Debian's own lspci makes of them;
# the entry for pci.ids.

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

# With the objects of the tool, and the libpci that it has
build_judge() {
    local packages
    mapfile -t packages <"$pvfeat/packages"
    # shellcheck disable=SC2086 # words
    gcc -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
        -D_GNU_SOURCE -Iinclude -Idriver -Itools/pvfeat/{lib,conformance} ${packages[0]#*=} -o "$judge" \
        host-tests/tool/locators/judge.c "$pvfeat"/{conformance.o,libpvfeat.a} ${packages[1]#*=}
}

# Of what lspci -v prints, a line for each function: good, broken or none, by its first
# locator
lspci_verdicts() {
    awk '/^[0-9a-f]/ { address = $1; order[++nr] = address; verdict[address] = "none" }
        /: Paravisor Features/ && verdict[address] == "none" {
            verdict[address] = / <\?>$/ ? "broken" : "good"
        }
        END { for (i = 1; i <= nr; i++) print order[i], verdict[order[i]] }'
}

# The same of what the judge prints
judge_verdicts() {
    awk '{ print $1, $2 ~ /^LOCATOR_/ ? "broken" : $2 == "good" ? "good" : "none" }' "$1"
}

# What a driver refuses does not conform
check_judge() {
    "$judge" "$1.dump" | sort | tee "$PVF_TMP/judged" | diff -u "$1.verdicts" -
    if grep -v ' good ' "$PVF_TMP/judged" | grep conforms; then return 1; fi
    "$patched/bin/lspci" -F "$1.dump" -v | lspci_verdicts | diff -u <(judge_verdicts "$1.verdicts") -
}

# Of what lspci prints, the capabilities that are or might be locators
locators() { awk '/^\t[^\t]/ || !/^\t/ { on = /^\tCapabilities: (.*Vendor|<)/ } on'; }

# shows EXPECTED LSPCI ARG...: it shows these locators, and complains of nothing
shows() {
    local expected=$1 out=$PVF_TMP/out
    shift
    echo "$*"
    "$@" >"$out" 2>"$out.err" || { cat "$out" "$out.err"; return 1; }
    locators <"$out" | diff -u "$expected" -
    # Debian's may say that this machine has no modules
    { grep -v 'libkmod' "$out.err" || :; } | diff -u /dev/null -
}

# One line of -v is the first one of -vv, which says the capability's version too
check_case() {
    sed '/^\t\t/d; s/ v1] /] /' "$1.expected" >"$PVF_TMP/brief"
    shows "$1.expected" "$patched/bin/lspci" -F "$1.dump" -vv
    shows "$PVF_TMP/brief" "$patched/bin/lspci" -F "$1.dump" -v
    shows "$1.expected" "$sanitized/bin/lspci" -F "$1.dump" -vv
    # What is not ours stays as it was
    grep -q "Paravisor" "$1.expected" || shows "$1.expected" lspci -F "$1.dump" -vv
}

# case_of TITLE: its files, without their suffix
case_of() { (cd "$dumps" && grep -lxF "$1" ./*.title | sed "s,^\.,$dumps,;s,\.title\$,,"); }

# debian TITLE LINE: Debian's lspci shows the function, and LINE for its locator
check_debian() {
    local file
    file=$(case_of "$1")
    lspci -nn -F "$file.dump" | diff -u - <(
        echo "00:00.0 System peripheral [0880]: Red Hat, Inc. Device [1af4:10f5] (rev 01)")
    shows <(printf '\t%s\n' "$2") lspci -F "$file.dump" -vv
}

# The dump that the patch adds to pciutils' own has what lspci prints in it
check_upstream() {
    shows <(locators <"$1") "$patched/bin/lspci" -F "$1" -vv
    locators <"$1" | grep -c "Paravisor Features" | grep -qx 2
}

merge_ids() { awk -f tools/pciutils/pci-ids.awk tools/pciutils/pci.ids "$1"; }

# Nothing but our lines is new, and nothing lost; the vendor's devices are sorted
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

# survives TITLE START END: whichever bit of the locator is changed, wherever config space
# ends, all functions are shown, nothing is read that is not there, and the judgements are
# the same
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

tap_run "the judge is built" build_judge
for file in "$dumps"/*.title; do
    tap_run "$(cat "$file")" check_case "${file%.title}"
    tap_run "$(cat "$file"): one judgement" check_judge "${file%.title}"
done
tap_run "each bit of a DVSEC" survives DVSEC 100 11c
tap_run "each bit of a vendor-specific capability" survives \
    "vendor-specific capability" a0 b4
tap_run "Debian's lspci shows the DVSEC" check_debian "DVSEC" \
    "Capabilities: [100 v1] Designated Vendor-Specific: Vendor=1af4 ID=10f5 Rev=1 Len=28 <?>"
tap_run "Debian's lspci shows the vendor-specific capability" check_debian \
    "vendor-specific capability" \
    "Capabilities: [a0] Vendor Specific Information: Len=14 <?>"
tap_run "the patch's own dump" check_upstream "$patched/src/tests/cap-paravisor"
tap_run "pci.ids: our entry is in its place" check_ids
tap_run "pci.ids: Debian's lspci has the name" check_name lspci
tap_run "pci.ids: the patched lspci has the name" check_name "$patched/bin/lspci"
tap_run "pci.ids: an entry that is there already is refused" refuses_ids "$ids"
tap_run "pci.ids: a vendor that is not there is refused" refuses_ids /dev/null
tap_done
