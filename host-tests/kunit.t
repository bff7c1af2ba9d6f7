#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's KUnit suites, under UML.

. "$(dirname "$0")/../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

tap_lift kunit "$PVF_TOP/scripts/kunit.sh" run 'pvfeat*'
# Built in, it is set before there is memory
tap_lift "kunit, policy on the command line" "$PVF_TOP/scripts/kunit.sh" run \
    --kernel_args pvfeat.policy=strict 'pvfeat_table*'
tap_done
