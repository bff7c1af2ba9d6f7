#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's KUnit suites, under UML.

. "$(dirname "$0")/../scripts/lib.sh"
. "$PVF_TOP/host-tests/tap.sh"

tap_lift kunit "$PVF_TOP/scripts/kunit.sh" run 'pvfeat*'
tap_done
