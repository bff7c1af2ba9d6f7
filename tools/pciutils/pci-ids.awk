# SPDX-License-Identifier: GPL-2.0-or-later
#
# awk -f pci-ids.awk OURS PCI.IDS: print PCI.IDS with the devices of OURS merged into
# it. Both files are sorted, as pci.ids is. It is an error if PCI.IDS already has
# one of the devices, or lacks its vendor.

function fail(what) {
    print "pci-ids.awk: " what >"/dev/stderr"
    exit failed = 1
}

BEGIN { count = at = 0 }

# put_before ID: print our devices that precede ID, the next vendor or device
function put_before(id) {
    for (; at < count && ids[at] < id; at++) {
        if (vendor != substr(ids[at], 1, 4))
            fail("no vendor for " ids[at])
        printf "%s", text[at]
    }
    if (at < count && ids[at] == id)
        fail(id " already exists")
}

# A comment belongs to the entry that follows it
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
# The classes follow, with lines of the same format as those of devices
/^C / { put_before("g"); count = 0 }
{ printf "%s", comment; print; comment = "" }

END {
    if (failed)
        exit 1
    put_before("g")
    printf "%s", comment
}
