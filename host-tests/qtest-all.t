#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The versions of QEMU that are not the default one, on the other architectures
. "$(dirname "$0")/qtest.sh"
for arch in arm64 s390x; do
    # shellcheck disable=SC2086 # a list of words
    for_each_qemu $arch ${TEST_QEMUS#* }
done
tap_done
