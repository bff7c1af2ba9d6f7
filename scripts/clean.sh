#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clean.sh: remove build results; keep downloads.

. "$(dirname "$0")/lib.sh"

rm -rf "$PVF_CACHE"/{build,stage,guest,log,coverage,robustness}
make -s -C "$PVF_TOP/tools/pvfeat" clean
say "removed build results; downloads remain in $PVF_CACHE"
