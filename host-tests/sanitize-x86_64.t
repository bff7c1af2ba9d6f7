#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A QEMU that ends at the first error of memory or of undefined behaviour, and
# says what it leaked: QEMU's tests and ours, and each fuzzer, with its corpus and
# with inputs made of that, the same ones each time. ("conformance.t sanitize" is
# left out: it starts QEMU 86 times.)

. "$(dirname "$0")/qtest.sh"

export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PVF_TOP/host-tests/lsan.supp:print_suppressions=0

run_qtests x86_64 sanitize

# fuzz NAME ARG...: -timeout is of one input, which takes some milliseconds
fuzz() {
    "run/fuzz-$1" -seed=1 -timeout=120 -artifact_prefix="$PVF_TMP/" "${@:2}"
}
for name in $QEMU_FUZZERS; do
    corpus=$PVF_TOP/host-tests/fuzz/corpus/$name
    tap_run "$name: corpus" fuzz "$name" "$corpus"/*
    mkdir "$PVF_TMP/$name"
    tap_run "$name: 500 inputs" fuzz "$name" -runs=500 "$PVF_TMP/$name" "$corpus"
done
tap_done
