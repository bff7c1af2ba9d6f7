#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Style and consistency: the checkers of Linux and QEMU, linters, and the consistency of the
# spec with headers and tests.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

cd "$PVF_TOP"
apt_need git unifdef libvirt-clients libxml2-utils shellcheck sparse perl python3 pyflakes3 codespell build-essential clang spin
linux=$(scripts/kunit.sh newest tree)
build=$(QEMU='' scripts/build-qemu.sh x86_64)
qemu=$(sed -n 's/^SRC_PATH=//p' "$build/config-host.mak")

# quiet COMMAND...: the command must succeed without output
quiet() {
    local out
    out=$("$@" 2>&1 | grep -v "uninitialized value\|^find: " || :)
    echo "$out"
    [ -z "$out" ]
}

# Disabled checks: rules for macros, because of lists that macros expand (first line);
# ARRAY_SIZE and static_assert, in files that user space also compiles; version checks, in
# a module for several kernels; placement. Runs in PVF_TMP, because it leaves a cache in
# the current folder.
kernel_ignored=COMPLEX_MACRO,MACRO_WITH_FLOW_CONTROL,TRAILING_SEMICOLON,MACRO_ARG_REUSE,MACRO_ARG_UNUSED,BRACKET_SPACE
kernel_ignored+=,ARRAY_SIZE,CAMELCASE,LINUX_VERSION_CODE,CONSTANT_COMPARISON,EMBEDDED_FILENAME,SPDX_LICENSE_TAG
kernel_checkpatch() {
    cd "$PVF_TMP"
    "$linux/scripts/checkpatch.pl" --no-tree --strict --terse --show-types \
        --no-summary --ignore "${CHECKPATCH_IGNORE:+$CHECKPATCH_IGNORE,}$kernel_ignored" --file "${@/#/$PVF_TOP/}" |
        grep -v '^$' || :
}

# series_patches NAME...: print the patches of these series of "make series", without cover
# letters
series_patches() {
    local name
    for name; do find "$PVF_TMP/series/$name" -name '*.patch' ! -name '0000-*'; done | sort
}

# Disabled checks: those of kernel_checkpatch; MAINTAINERS, which one of the patches changes;
# linux/cpufeature.h, which does not always include asm/cpufeature.h; const bin_attribute, which
# 6.12 does not accept
series_kernel_checkpatch() {
    local files
    mapfile -t files < <(series_patches linux)
    [ "${#files[@]}" -gt 40 ] || { echo "${#files[@]} patches"; return 1; }
    cd "$PVF_TMP"
    "$linux/scripts/checkpatch.pl" --no-tree --strict --terse --show-types --no-summary \
        --ignore "$kernel_ignored,FILE_PATH_CHANGES,INCLUDE_LINUX,CONST_STRUCT" "${files[@]}" | grep -v '^$' || :
}

# Disabled: the questions whether MAINTAINERS and update-linux-headers.sh need a change
series_qemu_checkpatch() {
    local files
    mapfile -t files < <(series_patches qemu)
    [ "${#files[@]}" -gt 20 ] || { echo "${#files[@]} patches"; return 1; }
    cd "$qemu"
    scripts/checkpatch.pl --terse --no-summary "${files[@]}" |
        grep -v 'WARNING: added, moved or deleted file(s)' || :
}

# series_refused: a tree that does not fit is named, and nothing is written
series_refused() {
    local name out empty=$PVF_TMP/empty
    mkdir -p "$empty"
    for name in linux/fixes qemu/fixes pciutils; do
        ! out=$(scripts/series.sh --out "$PVF_TMP/refused" --base "$empty" "$name" 2>&1) || return 1
        echo "$out"
        grep -q "^error: 0001-.*\.patch does not apply to $empty" <<<"$out" || return 1
        [ ! -e "$PVF_TMP/refused" ] || return 1
    done
}

qemu_checkpatch() {
    local file
    cd "$qemu"
    for file; do scripts/checkpatch.pl --terse --no-summary --file "$file"; done
}

# module_warnings ARCH SERIES: no warnings of compiler or sparse in this project's files
module_warnings() {
    local dir
    dir=$(scripts/build-driver.sh "$1" "$2" W=1 C=2 "CF=-D__CHECK_ENDIAN__") ||
        return 1
    ! grep -E "(driver|include|modules)/.*(warning|error):" "$dir/log"
}

# driver_layers: the driver's objects have no circular dependencies. Providers are called
# through pointers.
driver_layers() {
    local dir
    dir=$(scripts/build-driver.sh x86_64 newest)/driver || return 1
    (cd "$dir" && nm -A pvfeat_*.o) | awk -F'[: ]+' '
        $2 == "U" { needs[$1] = needs[$1] " " $3 }
        $3 ~ /^[A-TV-Z]$/ { from[$4] = $1 }
        END {
            for (object in needs) {
                split(needs[object], symbols, " ")
                for (i in symbols)
                    if (from[symbols[i]] && from[symbols[i]] != object)
                        print object, from[symbols[i]]
            }
        }' >"$PVF_TMP/needs"
    grep -q '^pvfeat_main.o pvfeat_window.o$' "$PVF_TMP/needs" && tsort "$PVF_TMP/needs"
}

# plain_architectures: for the architectures that pvfeat_trust.c lists as such, the newest Linux
# does not support confidential guests
plain_architectures() {
    local before version arch arches
    before=$(sed -n 's/^#define PVFEAT_KERNEL_REVIEWED .*KERNEL_VERSION(\(.*\), \(.*\), 0))$/\1.\2/p' driver/pvfeat_compat.h)
    version=$(make -s -C "$linux" kernelversion)
    printf '%s\n' "$version" "$before" | sort -C -V ||
        { echo "PVFEAT_KERNEL_REVIEWED is before ${before:-?}, but the newest Linux is $version: review the list"; return 1; }
    arches=$(sed -n '/^#if defined(CONFIG_ARM) ||/,/^#else/s/defined(CONFIG_\([A-Z]*\))/\n@\1\n/gp' driver/pvfeat_trust.c |
        sed -n 's/^@//p' | tr '[:upper:]' '[:lower:]')
    [[ " $(xargs <<<"$arches") " == *" riscv "* ]] || return 1
    for arch in $arches; do
        [ -d "$linux/arch/$arch" ] || return 1
        ! grep -rE 'select ARCH_HAS_(CC_PLATFORM|MEM_ENCRYPT)' "$linux/arch/$arch" || return 1
    done
}

spdx() {
    local file
    git ls-files | grep -v -e '^qemu/patches/' -e '\.gitignore$' -e COPYING \
        -e '^LICENSES/' -e '^linux/.*\.patch$' -e '/cover\.txt$' -e '^debian/source/format$' -e '\.json$' -e '^host-tests/fuzz/corpus/' | while read -r file; do
        head -n 25 "$file" | grep -q 'SPDX-License-Identifier:' || echo "$file"
    done
}

# run_model [DEFINE...]: run spin's search through the states of spec/generation.pml, on
# a copy, because pan writes its trail beside the model.
run_model() (
    dir=$(mktemp -d -p "$PVF_TMP") && cd "$dir" &&
        cp "$PVF_TOP/spec/generation.pml" . &&
        spin -a "${@/#/-D}" generation.pml &&
        gcc -O2 -DSAFETY -o pan pan.c &&
        ./pan -m100000
)

# check_model [DEFINE...]: the search is complete and finds no error. (pan also prints
# "errors: 0" for a search that is limited by -m or by memory.)
check_model() {
    local out
    out=$(run_model "$@" 2>&1) || { echo "$out"; return 1; }
    echo "$out"
    ! grep -q "max search depth too small\|Search not completed" <<<"$out" &&
        grep -q "^State-vector .* errors: 0$" <<<"$out"
}

# break_model DEFINE: with this mistake in the model an assertion fails. ("! check_model"
# would also succeed if the model did not compile.)
break_model() {
    local out
    out=$(run_model "$@" 2>&1) || :
    echo "$out"
    grep -q "^pan:1: assertion violated" <<<"$out"
}

# libvirt_domain: the domain of docs/libvirt.md is valid by the schema of libvirt
libvirt_domain() {
    # shellcheck disable=SC2016 # Markdown's
    sed -n '/^```xml$/,/^```$/{/^```/!p}' docs/libvirt.md >"$PVF_TMP/domain.xml"
    virt-xml-validate "$PVF_TMP/domain.xml" domain
}

# libvirt_arguments: QEMU starts with the arguments of the domain and presents its table
libvirt_arguments() {
    local arguments
    mapfile -t arguments < <(sed -n "s/.*<qemu:arg value='\(.*\)'\/>/\1/p" "$PVF_TMP/domain.xml")
    "$build/run/qemu-system-x86_64" -machine q35 -nodefaults -S -display none -qmp stdio \
        "${arguments[@]}" >"$PVF_TMP/qmp" <<'END'
{"execute": "qmp_capabilities"}
{"execute": "qom-get", "arguments": {"path": "/machine/peripheral/paravisor0", "property": "current-table"}}
{"execute": "qom-get", "arguments": {"path": "/objects/pv0", "property": "features"}}
{"execute": "quit"}
END
    cat "$PVF_TMP/qmp"
    grep -q '"generation": 0' "$PVF_TMP/qmp" && grep -q '"return": "attestation-report+vtpm"' "$PVF_TMP/qmp"
}

mapfile -t scripts < <(git ls-files '*.sh' '*.bash' '*.t' '.ci/run' guest-tests/run ':!guest-tests/guest')
mapfile -t guest < <(git ls-files guest-tests/guest | grep -v '\.c$')
mapfile -t python < <(git ls-files '*.py')
# Without the header for older kernels, which is not intended for Linux itself
mapfile -t driver < <(git ls-files 'driver/*.[ch]' ':!driver/pvfeat_compat.h' 'include/*.h' 'scripts/*.c' 'guest-tests/*.[ch]')
mapfile -t uefi < <(git ls-files 'uefi/*.[ch]')
mapfile -t tools < <(git ls-files 'tools/*.[ch]' 'host-tests/fuzz/*.[ch]' 'host-tests/tool/locators/*.c' ':!host-tests/fuzz/paravisor-fuzz.c')
mapfile -t device < <(cd "$qemu" && find . -name 'paravisor-*.[ch]' -printf '%P\n')
if [ ${#scripts[@]} = 0 ] || [ ${#driver[@]} = 0 ] || [ ${#device[@]} = 0 ]; then
    die "check.t must run in a git checkout"
fi

tap_run "shellcheck" shellcheck -x "${scripts[@]}"
tap_run "shellcheck, guest scripts" shellcheck -s dash -e SC2013,SC2034,SC1091,SC2154,SC2086,SC2046,SC2009,SC2012,SC2010,SC3045 "${guest[@]}"
tap_run "pyflakes" pyflakes3 "${python[@]}"
tap_run "checkpatch --strict, driver" quiet kernel_checkpatch "${driver[@]}"
# These checks suggest macros or functions that user space lacks, or do not apply to it
ignore=PREFER_DEFINED_ATTRIBUTE_MACRO,SSCANF_TO_KSTRTO,LONG_LINE_STRING,EMBEDDED_FUNCTION_NAME,ARCH_DEFINES
CHECKPATCH_IGNORE=$ignore tap_run "checkpatch --strict, tools" quiet kernel_checkpatch "${tools[@]}"
# It does not recognise EFIAPI in the types of functions
CHECKPATCH_IGNORE=$ignore,SPACING,LINE_SPACING,PREFER_KERNEL_TYPES \
    tap_run "checkpatch --strict, uefi" quiet kernel_checkpatch "${uefi[@]}"
tap_run "checkpatch, device and qtest" quiet qemu_checkpatch "${device[@]}"
any_identity
tap_run "make series" scripts/series.sh --out "$PVF_TMP/series"
tap_run "make series: checkpatch --strict, Linux" quiet series_kernel_checkpatch
tap_run "make series: checkpatch, QEMU" quiet series_qemu_checkpatch
tap_run "make series: a tree that does not fit" series_refused
tap_run "kernel-doc" "$linux/scripts/kernel-doc" -none -Werror driver/*.[ch] tools/pvfeat*/*.[ch] tools/pvfeat/*/*.[ch] uefi/*.[ch]
for arch in $TEST_ARCHES; do
    arch_use "$arch"
    # shellcheck disable=SC2086 # a list of words
    each=$(kernel_each $TREE_SERIES)
    for series in $each; do
        tap_run "sparse and W=1, $arch, Linux $series" module_warnings "$arch" "$series"
    done
done
tap_run "layers of the driver" driver_layers
tap_run "architectures without confidential guests in the newest Linux" plain_architectures
tap_run "parser in user space, gcc" gcc -std=gnu11 -Wall -Wextra -Werror -Iinclude \
    -c -o "$PVF_TMP/table.o" driver/pvfeat_table.c
tap_run "parser in user space, clang" clang -std=gnu11 -Wall -Wextra -Werror \
    -Iinclude -c -o "$PVF_TMP/table.o" driver/pvfeat_table.c
tap_run "ABI headers as C++" g++ -Wall -Werror -fsyntax-only -x c++ \
    include/linux/pvfeat-abi.h
tap_run "spelling" codespell -L inout --skip host-tests/fuzz/corpus README.md docs spec driver qemu/hw qemu/docs include \
    scripts host-tests guest-tests tools uefi bench debian linux
tap_run "prose" scripts/check-prose.py
tap_run "each file has a license" quiet spdx
tap_run "model of the generation protocol" check_model
tap_run "model, with GENERATION wrapping around" check_model FIRST=6
for mistake in NO_RETRY NO_ODD EARLY_IRQ LATE_ENABLE LATE_ACK; do
    tap_run "the model finds $mistake" break_model "$mistake"
done
tap_run "docs/libvirt.md: the domain is valid" libvirt_domain
tap_run "docs/libvirt.md: QEMU accepts its arguments" libvirt_arguments
check_tables() { abi_dump | scripts/check-spec.py tables; }
tap_run "the spec's tables match the headers" check_tables
tap_run "each requirement is tested or excused" scripts/check-spec.py tests
tap_done
