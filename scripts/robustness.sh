#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# robustness.sh: run what attacks this project, at length, and write what came of it
# to docs/robustness.md. About two hours.
#
# TIME=60: seconds for each fuzzer. SNAPSHOTS=20000 MIGRATIONS=3 CYCLES=20: of the
# torture on each kernel that looks for bugs.

. "$(dirname "$0")/lib.sh"

[ $# = 0 ] || die "usage: robustness.sh, without arguments; see its first lines"
export TIME=${TIME:-60} SNAPSHOTS=${SNAPSHOTS:-20000} MIGRATIONS=${MIGRATIONS:-3} CYCLES=${CYCLES:-20}
cd "$PVF_TOP"
page=docs/robustness.md
out=$PVF_TMP/out

# results WHAT COMMAND...: a row: how many results of how many in its TAP are good
results() {
    local what=$1 good all
    shift
    say "$what ..."
    "$@" >"$out" 2>"$out.err" || say "$what: failed; $(tail -n 1 "$out.err")"
    good=$(grep -c '^ok ' "$out" || :)
    all=$(grep -cE '^(not )?ok ' "$out" || :)
    echo "| $what | $good of $all | \`$*\` |" >>"$PVF_TMP/page"
}

# comments REGEX: those lines of the last one's output, as a block of code
comments() {
    # shellcheck disable=SC2016 # Markdown
    printf '\n```\n%s\n```\n' "$(sed -n "s/^# \($1\)/\1/p" "$out")" >>"$PVF_TMP/blocks"
}

text() { cat >>"$PVF_TMP/page"; }

: >"$PVF_TMP/blocks"
# What is written by hand goes on to the first table
sed '/^| what |/,$d' "$page" >"$PVF_TMP/page"
text <<'END'
| what | good results | command |
|---|---|---|
END
results "hostile functions, a guest each, x86_64" guest-tests/hostile-x86_64.t
results "hostile functions, a guest each, arm64" guest-tests/hostile-arm64.t
results "KUnit, under UML" host-tests/kunit.t
results "KASAN, UBSAN, lockdep, kmemleak: KUnit, faults, changes" env FAULTS=all guest-tests/debug-x86_64.t
comments '.* places; it came to .*'
for sanitizer in kasan kcsan; do
    results "torture with $sanitizer ($SNAPSHOTS snapshots, $MIGRATIONS migrations, $CYCLES times plugged)" \
        make -s torture SANITIZE=$sanitizer
done
results "QEMU with ASan, UBSan, LSan: its tests and ours, its fuzzers in short" host-tests/sanitize-x86_64.t
results "the tool with sanitizers and valgrind" host-tests/pvfeat.t
results "fuzzers in short; each line and branch of the parser" host-tests/fuzz.t
text <<END
$(cat "$PVF_TMP/blocks")

## Fuzzers, $TIME seconds each

\`make fuzz TIME=$TIME\`:

\`\`\`
$(scripts/fuzz.sh)
\`\`\`

## Coverage

\`make coverage\`; how many lines and branches are reached by tests.

$(scripts/coverage.sh)
END
mv "$PVF_TMP/page" "$page"
say "wrote $page"
