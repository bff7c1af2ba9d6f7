#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clean.sh: remove what was built; what was fetched stays.

. "$(dirname "$0")/lib.sh"

rm -rf "$PVF_CACHE"/{build,stage,guest,log,coverage,robustness}
make -s -C "$PVF_TOP/tools/pvfeat" clean
say "removed what was built; all that was fetched is in $PVF_CACHE"
