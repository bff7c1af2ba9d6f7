#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/qtest.sh"
run_qtests s390x
tap_done
