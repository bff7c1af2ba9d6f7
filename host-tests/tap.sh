# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TAP for tests in bash. Source this file after scripts/lib.sh; end with tap_done.

TAP_COUNT=0 TAP_FAILED=0

# tap RESULT NAME: print a numbered line; RESULT is "ok" or "not ok"
tap() {
    TAP_COUNT=$((TAP_COUNT + 1))
    [ "$1" = ok ] || TAP_FAILED=$((TAP_FAILED + 1))
    echo "$1 $TAP_COUNT - $2"
}

# tap_run NAME COMMAND...: the command must succeed; print its output if it fails
tap_run() {
    local name=$1 log=$PVF_TMP/tap_run
    shift
    strictly "$@" >"$log" 2>&1 </dev/null
    if [ "$STRICT_STATUS" = 0 ]; then
        tap ok "$name"
    else
        tap "not ok" "$name"
        sed 's/^/# /' "$log"
    fi
}

# tap_lift NAME COMMAND...: run a command that prints TAP or KTAP, and report each of its
# results; a further result fails unless the command completed its plan and exited with 0.
tap_lift() {
    local name=$1 line plan reached log=$PVF_TMP/tap_lift
    shift
    strictly "$@" >"$log" 2>"$log.err" </dev/null
    plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$log")
    reached=$(grep -cE '^(not )?ok ' "$log" || :)
    while read -r line; do
        case $line in
        "ok "*) tap ok "$name: $(sed 's/^ok *[0-9]* *\(- \)*//' <<<"$line")" ;;
        "not ok "*)
            tap "not ok" "$name: $(sed 's/^not ok *[0-9]* *\(- \)*//' <<<"$line")" ;;
        esac
    done <"$log"
    if [ "$STRICT_STATUS" = 0 ] && [ -n "$plan" ] && [ "$reached" = "$plan" ]; then
        tap ok "$name: ran to completion"
    else
        tap "not ok" "$name: ran to completion"
        echo "# exit status $STRICT_STATUS, $reached of ${plan:-no} results; its output:"
        cat "$log" "$log.err" | sed 's/^/# /'
    fi
}

# tap_supports ROW LINUX QEMU [DEBIAN]: if no test failed so far, record for supported.sh
# that this row of the table of architectures, kernel ("-" for none) and QEMU work together
# on this host or on that Debian release
tap_supports() {
    local fact
    [ "$TAP_FAILED" = 0 ] || return 0
    fact="$1 $2 $3 ${4:-$(. /etc/os-release && echo "$VERSION_ID")}"
    mkdir -p "$PVF_CACHE/log/supported"
    echo "$fact" >"$PVF_CACHE/log/supported/${fact// /_}"
}

tap_done() {
    echo "1..$TAP_COUNT"
    [ "$TAP_FAILED" = 0 ] || exit 1
}
