#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test-arches.sh [ROW...]: run "guest-tests/run arch" on all rows of the table of
# architectures, or on those named. The results of all rows are written to
# docs/architectures.md.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/arch.sh"

cd "$PVF_TOP"
read -ra rows <<<"${*:-$(arches)}"
taps=$PVF_TMP/taps status=0
mkdir "$taps"
for row in "${rows[@]}"; do
    scripts/guest-build.sh "$row" newest
done
say "Running ${#rows[@]} architectures and machines ..."
# Ignore exit statuses: failures are in the output of each row
# shellcheck disable=SC2016 # the inner shell's
printf '%s\n' "${rows[@]}" | xargs -P "$PVF_JOBS" -I ROW \
    sh -c 'guest-tests/run arch ROW >"$0/ROW" 2>&1 || :' "$taps"
mkdir -p "$PVF_CACHE/log/arches"
cp "$taps"/* "$PVF_CACHE/log/arches"

cd "$taps"
prove --exec cat "${rows[@]}" || status=$?
"$PVF_TOP/scripts/matrix.sh" "${rows[@]}" >"$PVF_TMP/matrix" || status=$?
cat "$PVF_TMP/matrix"
[ $# = 0 ] || exit "$status"
sed -i -e '/^<!-- matrix/,/^<!-- end/{/^<!--/!d}' \
    -e "/^<!-- matrix/r $PVF_TMP/matrix" "$PVF_TOP/docs/architectures.md"
exit "$status"
