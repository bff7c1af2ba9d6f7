# SPDX-License-Identifier: GPL-2.0-or-later
#
# awk -f pci-ids.awk OURS PCI.IDS: PCI.IDS with the devices of OURS put in where
# they belong. Both are sorted, as pci.ids is. A device that PCI.IDS has already
# is an error, and so is a vendor that it lacks.

function fail(what) {
    print "pci-ids.awk: " what >"/dev/stderr"
    exit failed = 1
}

BEGIN { count = at = 0 }

# put_before ID: our devices that come before the vendor or device that is next
function put_before(id) {
    for (; at < count && ids[at] < id; at++) {
        if (vendor != substr(ids[at], 1, 4))
            fail("no vendor for " ids[at])
        printf "%s", text[at]
    }
    if (at < count && ids[at] == id)
        fail(id " is there already")
}

# A comment belongs to what comes after it
/^#/ {
    comment = comment $0 "\n"
    next
}

NR == FNR {
    if (/^[0-9a-f]/)
        owner = $1
    else if (/^\t[0-9a-f]/) {
        ids[count] = owner " " $1
        text[count++] = comment $0 "\n"
    } else if (/^\t\t/)
        text[count - 1] = text[count - 1] $0 "\n"
    comment = ""
    next
}

/^[0-9a-f]/ { put_before($1 ""); vendor = $1 }
/^\t[0-9a-f]/ { put_before(vendor " " $1) }
# The classes follow, whose lines look like those of devices
/^C / { put_before("g"); count = 0 }
{ printf "%s", comment; print; comment = "" }

END {
    if (failed)
        exit 1
    put_before("g")
    printf "%s", comment
}
