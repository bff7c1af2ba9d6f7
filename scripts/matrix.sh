#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# matrix.sh TAP-FILE...: print the output of "guest-tests/run arch", one file for each row of
# the table of architectures, as a Markdown table. A cell summarises the test results since
# the preceding cell; it is "ok" only if tests ran and none failed. Fails if any row failed.

awk '
function finish() {
    if (file == "")
        return
    if (guest == "")
        guest = "| " file " | | | | "
    printf "%s", guest
    for (i = 1; i <= columns; i++)
        printf "| %s ", (name[i] in cell ? cell[name[i]] : "-")
    good = plan == total && total > 0 && !failed
    printf "| %s |\n", (good ? "ok (" total ")" : "**FAILED**")
    wrong += !good
    split("", cell)
    guest = ""
    plan = total = failed = ok = bad = 0
}
BEGIN {
    columns = split("pci cpuid dt acpi agreement change tool vfio", name)
    print "| architecture | machine | kernel | words | pages | PCI | CPUID | DT | ACPI | all agree | changes | tool | VFIO | all results |"
    print "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
}
FNR == 1 {
    finish()
    seen[FILENAME] = 1
    file = FILENAME
    sub(".*/", "", file)
}
/^ok /     { total++; ok++ }
/^not ok / { total++; bad++; failed++ }
/^1\.\./   { plan = substr($1, 4) }
/^# matrix: guest / {
    guest = "| " $4 " | `" $5 "` | " $6 " | " $7 " bit, " $8 "-endian | " $9 " KiB "
}
/^# matrix: cell / {
    cell[$4] = bad ? "**FAILED**" : ok ? "ok (" ok ")" : "**nothing ran**"
    ok = bad = 0
}
END {
    finish()
    # An empty file has no first line
    for (i = 1; i < ARGC; i++) {
        if (ARGV[i] in seen)
            continue
        total = failed = 0
        file = ARGV[i]
        finish()
    }
    exit wrong > 0
}' "$@"
