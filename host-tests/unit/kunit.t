#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's KUnit suites, in UML.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

for series in $TREE_SERIES; do
    tap_lift "kunit $series" "$PVF_TOP/scripts/kunit.sh" "$series" run 'pvfeat*'
    # In a built-in driver, the parameter is set before memory can be allocated
    tap_lift "kunit $series, policy on the command line" "$PVF_TOP/scripts/kunit.sh" "$series" run \
        --kernel_args pvfeat.policy=all-or-nothing 'pvfeat_table*'
done
tap_done
