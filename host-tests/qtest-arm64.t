#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/qtest.sh"
run_qtests arm64
tap_done
