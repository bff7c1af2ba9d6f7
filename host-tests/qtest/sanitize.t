#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A QEMU that ends at the first error of memory or of undefined behaviour, and
# says what it leaked: QEMU's tests and ours, and each fuzzer, with its corpus and
# with inputs made of that, the same ones each time. ("conformance.t sanitize" is
# left out: it starts QEMU for each row of lies.txt.)

. "$(dirname "$0")/qtest.sh"
. "$PVF_TOP/host-tests/fuzz/lib.sh"

export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PVF_TOP/host-tests/qtest/lsan.supp:print_suppressions=0

run_qtests x86_64 sanitize

for name in $QEMU_FUZZERS; do
    mkdir "$PVF_TMP/$name"
    tap_run "$name: corpus" fuzz "$name" "run/fuzz-$name" "$FUZZ_CORPUS/$name"/*
    tap_run "$name: 500 inputs" fuzz "$name" "run/fuzz-$name" -seed=1 -runs=500 \
        "$PVF_TMP/$name" "$FUZZ_CORPUS/$name"
done
tap_done
