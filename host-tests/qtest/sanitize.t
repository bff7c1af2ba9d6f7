#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests with a QEMU that aborts on the first memory error or undefined behaviour and
# reports memory leaks: QEMU's tests and this project's, and each fuzzer, with its corpus
# and with inputs generated from it, the same in each run. ("conformance.t sanitize" is
# omitted, because it starts QEMU for each row of lies.txt.)

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
