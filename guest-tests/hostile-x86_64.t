#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/hostile.sh"
guest_use x86_64 newest
test_hostile
tap_done
