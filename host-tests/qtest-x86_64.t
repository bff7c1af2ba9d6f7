#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/qtest.sh"
# shellcheck disable=SC2086 # a list of words
for_each_qemu x86_64 $TEST_QEMUS
tap_done
