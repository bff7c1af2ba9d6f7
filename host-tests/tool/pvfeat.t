#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pvfeat and libpvfeat on this machine, without a table: runs with sanitizers and
# valgrind, the installation, consistency of manual pages and completion.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

cd "$PVF_TOP"
apt_need python3 valgrind cppcheck clang-tidy mandoc pkg-config build-essential
static=$(scripts/build-pvfeat.sh x86_64)
arm64=$(scripts/build-pvfeat.sh arm64)
# Use the build for gcov if coverage is measured
variant=sanitize
[ -z "${COVERAGE:-}" ] || variant=coverage
sanitized=$(scripts/build-pvfeat.sh x86_64 "$variant")
dynamic=$(scripts/build-pvfeat.sh x86_64 dynamic)
pciutils=$(scripts/build-pciutils.sh x86_64)
libraries=$PVF_CACHE/build/libraries-x86_64/usr/include
sources=(tools/pvfeat/*/*.c driver/pvfeat_table.c)
flags=(-Iinclude -Idriver -Itools/pvfeat/{lib,conformance,windows,output,commands} "-I$sanitized" "-I$pciutils/include" "-I$libraries"
    "-I$libraries/x86_64-linux-gnu" -D_GNU_SOURCE '-DVERSION="1"')

# Disabled checks: macro arguments in lists of macros; numbers known to be small; strcmp()
# as a truth value, as in kernel code; a false positive of this clang for every va_list;
# C11's bounds-checked functions, which no libc provides.
tidy='-*,bugprone-*,clang-analyzer-*,-bugprone-macro-parentheses,-bugprone-narrowing-conversions'
tidy+=',-bugprone-easily-swappable-parameters,-bugprone-implicit-widening-of-multiplication-result'
tidy+=',-bugprone-suspicious-string-compare,-bugprone-reserved-identifier,-bugprone-branch-clone'
tidy+=',-clang-analyzer-valist.Uninitialized,-clang-analyzer-security.insecureAPI.*'

# Exit status, output (extended regular expression), arguments
CASES='
0 ^Usage:.pvfeat                    --help
0 ^pvfeat.[0-9.]+,.feature.table    --version
0 ^13.*attestation-report.+service  list
2 there.is.no.command               nothing
2 there.is.no.source                --source=nowhere
2 names.a.PCI.function              --source=cpuid --device=0:0.0
2 is.not.a.PCI.address                 --source=pci --device=zero
2 count.must.be.a.number            --count=0 watch
2 count.must.be.a.number            --count=1x watch
2 color.must.be.auto                --color=pink
2 unrecognized.option               --nonsense
2 requires.an.argument              --source
2 name.a.feature                    has
0 "polarity":."warning"              list --json
2 --json.is.not.supported.by.command         --json conformance
2 --allow-untrusted.is.not.supported.by      --allow-untrusted show
2 --quiet.is.not.supported.by.command        -q watch
2 is.not.a.PCI.address                  conformance zero
2 is.not.a.PCI.address                  --source=vfio --device=zero watch
3 there.is.no.such.function          --source=vfio --device=ff:1f.7 watch
3 there.is.no.such.function          conformance ffff:ff:1f.7
2 did.you.mean.trusted-time         has trusted-tim
2 numbers.are.0.to.1023             has feature-99999999999999999999
2 numbers.are.0.to.1023             has 1024
0 ^Usage:.pvfeat                    help
2 .100000000:0:5.0..is.not.a.PCI.address    -s pci -d 100000000:0:5.0
2 is.not.a.PCI.address              -s pci -d 0000:00:05.0x
2 is.not.a.PCI.address              -s pci -d *:0:5.0
2 is.not.a.PCI.address              -s pci -d 0x0:0x0:0x5.0x0
2 is.not.a.PCI.address              -s pci -d :0:5.0
2 is.not.a.PCI.address              -s pci -d +0:5.0
2 is.not.a.PCI.address              -s pci -d 0:20.0
2 is.not.a.PCI.address              -s pci -d 0:5.8
2 is.not.a.PCI.address              -s pci -d 000:5.0
2 is.not.a.PCI.address              conformance *:0:5.0
3 ffffffff:ff:1f.7:.there.is.no     -s pci -d ffffffff:ff:1f.7
3 with.--source                     has feature-1023
2 takes.no.arguments                show me
2 takes.no.arguments                list all
2 takes.no.arguments                digest all
3 carries.no.feature.table          -s cpuid digest
2 unknown.feature                   digest --features=vtpm+nothing
2 does.not.begin.with.a.feature     digest --features=vtpm+
3 nor.does.Hyper-V                  doctor
3 does.not.report.isolation         -s hyperv doctor
2 takes.no.arguments                doctor now
2 without.the.one.it.needs          digest --features=vtpm-persistent
2 --tee:..256..is.not.a.name        digest --tee=256
2 .is.not.a.name.or.a.number        digest --shared-gpa-boundary=64
2 .is.not.a.name.or.a.number        digest --min-feature-words=33
2 .is.not.a.name.or.a.number        digest --paravisor-id=0x100000000
2 .is.not.a.name.or.a.number        digest --paravisor-version=
2 not.both                          digest --features= -s cpuid
2 --tee.is.not.supported.by         --tee=tdx show
0 .                                 digest --features=0+1+vtpm --tee=tdx --json
2 name.a.window                     endorse
2 name.a.window                     endorse pci0 cpuid
2 --revoke.is.not.supported.by      --revoke has vtpm
3 driver.is.not.loaded              digest
3 driver.is.not.loaded              endorse pci0
3 driver.is.not.loaded              endorse 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
2 sources.that.do.are               --source=dt watch
2 needs.--device                    --source=vfio watch
2 sources.are.pci.and.vfio          --source=sysfs conformance
2 one.function.at.a.time            conformance 0:0.0 0:1.0
3 carries.no.feature.table          --source=cpuid
3 modprobe.pvfeat                   --source=sysfs --json
3 no.such.function                  --source=pci --device=ffff:ff:1f.7
3 with.--source                     has vtpm
3 driver.is.not.loaded              watch
2 watch.takes.no.arguments          watch now
2 covers.all.functions              watch --device=0:1.0
'

check_case() {
    local status=$1 regex=$2 got=0 out
    shift 2
    out=$("$@" 2>&1) || got=$?
    echo "status $got, expected $status; expected output $regex"
    echo "$out"
    [ "$got" = "$status" ] && grep -qE -- "$regex" <<<"$out"
}

# check_variant NAME COMMAND...: run all cases with this command. Memory errors result in an
# exit status that no case expects.
check_variant() {
    local name=$1 status regex args
    shift
    while read -r status regex args; do
        [ -n "$status" ] || continue
        # shellcheck disable=SC2086 # a list of words
        tap_run "$name: pvfeat $args" check_case "$status" "$regex" "$@" $args
    done <<<"$CASES"
}

check_size() {
    local bytes
    bytes=$(stat -c %s "$1")
    echo "$bytes bytes"
    [ "$bytes" -le $((2 * 1024 * 1024)) ]
    readelf -l "$1" >"$PVF_TMP/headers"
    ! grep INTERP "$PVF_TMP/headers"
}

# check_install: the files that "make install" installs, and a program that builds with them
check_install() {
    local root=$PVF_TMP/install packages
    mapfile -t packages <"$static/packages"
    make -C tools/pvfeat -s install O="$PVF_TMP/install.build" DESTDIR="$root" \
        prefix=/usr libdir=/usr/lib/pv "${packages[@]}"
    (cd "$root" && find . -type f | LC_ALL=C sort) | diff -u - <(
        printf './usr/%s\n' bin/pvfeat include/pvfeat/{libpvfeat.h,linux/pvfeat-{abi,registry}.h,pvfeat_table.h} \
            lib/pv/{libpvfeat.a,pkgconfig/libpvfeat.pc} \
            share/bash-completion/completions/pvfeat share/man/man{1/pvfeat.1,3/libpvfeat.3} share/pvfeat/pvfeat.schema.json)
    # The program is the example of the manual page
    sed -n '/^#include <stdio.h>/,/^\.EE/p' tools/pvfeat/lib/libpvfeat.3 |
        sed '/^\.EE/d; s/\\e/\\/g; s/\\-/-/g' >"$PVF_TMP/example.c"
    # shellcheck disable=SC2046 # words
    gcc -Wall -Wextra -Werror -o "$PVF_TMP/example" "$PVF_TMP/example.c" \
        $(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/pv/pkgconfig \
            pkg-config --cflags --libs libpvfeat)
    "$PVF_TMP/example" 0:0.0 && return 1
    [ $? = 2 ]
}

# check_no_pci: without PCI, the error is about the absence of all windows
check_no_pci() {
    local out status=0 root=()
    mkdir -p "$PVF_TMP/empty"
    [ "$(id -u)" = 0 ] || root=(--map-root-user)
    # shellcheck disable=SC2016 # that shell's
    out=$(unshare --mount "${root[@]}" sh -c 'mount --bind "$1" /sys/bus && "$2" 2>&1' sh \
        "$PVF_TMP/empty" "$static/pvfeat") || status=$?
    echo "$status $out"
    [ "$status" = 3 ] && grep -q 'neither PCI nor CPUID nor DeviceTree' <<<"$out"
}

# tree PROPERTY...: run the tool on a DeviceTree with a node, below another node, that contains
# a good table in each of these properties, and has the status STATUS, if set
tree() {
    local node=$PVF_TMP/tree/base/soc/paravisor name root=()
    rm -rf "$PVF_TMP/tree"
    mkdir -p "$node"
    ln -s base "$PVF_TMP/tree/device-tree"
    printf 'other,node\0qemu,paravisor-features\0' >"$node/compatible"
    [ -z "${STATUS:-}" ] || printf '%s\0' "$STATUS" >"$node/status"
    for name in "$@"; do
        python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack(">16I", 0x40008003, 0x65467650, 0x76507461,
    0x74616546, 0x10000, 0, 0, 1, 0, 0, 0, 0, 0x10200, 0, 0, 0))' >"$node/$name"
    done
    [ "$(id -u)" = 0 ] || root=(--map-root-user)
    # shellcheck disable=SC2016 # that shell's
    unshare --mount "${root[@]}" sh -c 'mount --bind "$1" /proc && shift && "$@" 2>&1' sh \
        "$PVF_TMP/tree" "$static/pvfeat" -s dt
}

# PVF-DRV-44: the tool reads either property; it marks warnings
check_tree() {
    local name out
    for name in qemu,paravisor-features arm,paravisor-features; do
        out=$(tree "$name") || { echo "$out"; return 1; }
        echo "$out"
        grep -qE '^ 9  migration +yes +warning: the VM may move' <<<"$out"
        grep -qE '^16  vtpm +yes +a vTPM' <<<"$out"
    done
    STATUS=okay tree qemu,paravisor-features
    for name in disabled okay-not fail; do
        out=$(STATUS=$name tree qemu,paravisor-features) && return 1
        grep 'no node of the DeviceTree carries a feature table' <<<"$out"
    done
    out=$(tree paravisor-features) && return 1
    [ $? = 4 ]
    grep 'has no property qemu,paravisor-features or arm,paravisor-features' <<<"$out"
}

# check_polarity: the polarities in the output and in JSON are those of the registry
check_polarity() {
    local warnings
    warnings=$(sed -n 's/^\tX(\([0-9]*\), .* WARNING, .*/\1/p' include/linux/pvfeat-registry.h | xargs)
    [ "$warnings" = "7 8 9 12" ]
    [ "$("$static/pvfeat" list | awk '$3 == "warning" { print $1 }' | xargs)" = "$warnings" ]
    [ "$("$static/pvfeat" list | awk '$3 == "service"' | wc -l)" = 20 ]
    "$static/pvfeat" list --json | python3 -c 'import json, sys
listed = json.load(sys.stdin)
assert [f["number"] for f in listed] == list(range(24))
assert {f["polarity"] for f in listed} == {"service", "warning"}
assert all(f["name"] and f["meaning"] for f in listed)
print(*(f["number"] for f in listed if f["polarity"] == "warning"))' | grep -x "$warnings"
}

# check_closed: if standard output is closed, output does not go to the next opened file
check_closed() {
    local status=0
    "$static/pvfeat" list >&- 2>"$PVF_TMP/err" || status=$?
    cat "$PVF_TMP/err"
    [ "$status" = 6 ] && grep -q '^pvfeat: output: ' "$PVF_TMP/err"
}

# check_manual: the manual page documents all options, exit statuses and fields of JSON
check_manual() {
    local name page=$PVF_TMP/page lists=$PVF_TMP/lists status=0
    mandoc -Tascii -Owidth=200 tools/pvfeat/commands/pvfeat.1 | sed "s/.\x08//g" >"$page"
    "$static/pvfeat" --help | grep -oE -- '--[a-z-]+' | sort -u >"$lists.options"
    grep -oP 'json_object_set_new\(\w+, "\K[a-z-]+' tools/pvfeat/output/json.c >"$lists.fields"
    grep -oP 'STATUS_\w+ = \K\d+' tools/pvfeat/windows/status.h >"$lists.statuses"
    while read -r name; do
        grep -qF -- "$name" "$page" || { echo "no $name in pvfeat.1"; status=1; }
        grep -qF -- "$name" tools/pvfeat/commands/pvfeat.bash ||
            { echo "no $name in pvfeat.bash"; status=1; }
    done <"$lists.options"
    while read -r name; do
        grep -qw -- "$name" "$page" || { echo "no field $name in pvfeat.1"; status=1; }
    done <"$lists.fields"
    while read -r name; do
        grep -qE "^ +$name " "$page" || { echo "no status $name in pvfeat.1"; status=1; }
    done <"$lists.statuses"
    wc -l "$lists".*
    [ "$(cat "$lists".* | wc -l)" -gt 40 ] || status=1
    return $status
}

# documented_calls: the header and the synopsis of the manual page declare the same functions
documented_calls() {
    local calls='pvfeat_[a-z_]+\('
    sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' tools/pvfeat/lib/libpvfeat.3 | grep -oE "$calls" | sort -u >"$PVF_TMP/calls.page"
    grep -E '^[a-z].*[a-z_]+\(' tools/pvfeat/lib/libpvfeat.h | grep -oE "$calls" | sort -u >"$PVF_TMP/calls.header"
    [ -s "$PVF_TMP/calls.page" ]
    diff "$PVF_TMP"/calls.{page,header}
}

# vector NR OPTION...: the digest with these options is that of the spec's NRth test vector
vector() {
    local want
    want=$(sed -n 's/^| 0: 0x4000.* | \([0-9a-f]\{64\}\) |$/\1/p' spec/pci-device.md | sed -n "$1p")
    [ -n "$want" ] && [ "$("$sanitized/pvfeat" digest "${@:2}")" = "$want" ]
}

# check_vectors: all vectors; of a repeated option, the last one applies
check_vectors() {
    vector 1 --features=
    vector 2 --features=debug --features=0+paravisor-managed+shared-gpa-boundary+attestation-report+vtpm \
        --tee=tdx --tee=sev-snp --paravisor-id=0x21414 --paravisor-version=0x01020304 \
        --access-method=1 --shared-gpa-boundary=63 --shared-gpa-boundary=46
    vector 3 --features=vtpm+1023 --min-feature-words=5 --paravisor-id=0x11af4
}

# offers LINE: print bash's completions of the line
offers() {
    PATH=$static:$PATH bash -c '. tools/pvfeat/commands/pvfeat.bash
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        _pvfeat && echo "${COMPREPLY[*]}"' bash "$1"
}

check_completion() {
    local address
    address=$(find /sys/bus/pci/devices -mindepth 1 -printf '%f\n' | head -n 1)
    [ "$(offers "pvfeat ")" = "show has watch doctor list digest endorse conformance" ]
    [ "$(offers "pvfeat has att")" = attestation-report ]
    [ "$(offers "pvfeat has vtpm att")" = attestation-report ]
    [ "$(offers "pvfeat -s v")" = vfio ]
    [ "$(offers "pvfeat --source=c")" = cpuid ]
    [ "$(offers "pvfeat --js")" = --json ]
    [ "$(offers "pvfeat digest --tee=s")" = sev-snp ]
    [ "$(offers "pvfeat digest --features=vtpm+att")" = vtpm+attestation-report ]
    [ -z "$(offers "pvfeat digest --paravisor-id=")" ]
    [ -z "$address" ] || [ "$(offers "pvfeat -d $address")" = "${address##*:}" ]
}

tap_run "static, at most 2 MB: x86_64" check_size "$static/pvfeat"
tap_run "static, at most 2 MB: arm64" check_size "$arm64/pvfeat"
check_variant sanitizers "$sanitized/pvfeat"
check_variant valgrind valgrind -q --error-exitcode=99 --leak-check=full \
    --show-leak-kinds=all --errors-for-leak-kinds=all --track-fds=no "$dynamic/pvfeat"
tap_run "error without PCI" check_no_pci
tap_run "DeviceTree: either property" check_tree
tap_run "polarity of each feature" check_polarity
tap_run "closed standard output" check_closed
tap_run "installation, and a program that uses it" check_install
tap_run "library header as C++" g++ -Wall -Werror -fsyntax-only -Iinclude -Idriver \
    -x c++ tools/pvfeat/lib/libpvfeat.h
tap_run "libpvfeat(3) documents the functions of libpvfeat.h" documented_calls
tap_run "manual pages: mandoc" mandoc -T lint -W warning tools/pvfeat/*/*.[13]
tap_run "manual page: complete" check_manual
tap_run "pvfeat digest: the spec's test vectors" check_vectors
tap_run "completion" check_completion
tap_run "cppcheck" cppcheck --quiet --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability --suppress=missingIncludeSystem \
    "${flags[@]}" "${sources[@]}"
tap_run "clang-tidy" clang-tidy --quiet --warnings-as-errors='*' --checks="$tidy" \
    "${sources[@]}" -- -std=gnu11 "${flags[@]}"
tap_done
