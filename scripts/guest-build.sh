#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-build.sh ARCH SERIES: build everything that a guest requires, without booting it.

. "$(dirname "$0")/lib.sh"
. "$PVF_TOP/scripts/guest.sh"

guest_use "${1:?usage: guest-build.sh ARCH SERIES}" \
    "${2:?usage: guest-build.sh ARCH SERIES}"
