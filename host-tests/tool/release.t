#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# release.t [RELEASE]: run "make demo" from a fresh clone with an empty cache, as on a new
# machine with another Debian release, in a root made by mmdebstrap. The default is the
# newest of DEBIAN_RELEASES. KEEP=DIR creates the root in DIR and keeps it.

. "$(dirname "$0")/../../scripts/lib.sh"
. "$PVF_TOP/scripts/arch.sh"
. "$PVF_TOP/host-tests/tap.sh"

release=${1:-${DEBIAN_RELEASES##* }}
root=${KEEP:-$PVF_CACHE/root/demo-$release}
out=$PVF_TMP/out
[ -z "${KEEP:-}" ] || [ ! -e "$KEEP" ] || die "KEEP=$KEEP exists already; name a new folder"
trap '[ -n "${KEEP:-}" ] || remove_root; rm -rf "$PVF_TMP"' EXIT

# in_root COMMAND...: run it as root in the root, isolated from this machine except for its
# name servers
in_root() {
    # shellcheck disable=SC2046 # words
    $(as_root) bwrap --bind "$root" / --dev /dev --proc /proc --unshare-pid --clearenv \
        --setenv PATH /usr/sbin:/usr/bin:/sbin:/bin --setenv HOME /root --setenv LC_ALL C.UTF-8 \
        --ro-bind /etc/resolv.conf /etc/resolv.conf "$@"
}

# remove_root: as root, because other users cannot enter some of the folders
remove_root() {
    # shellcheck disable=SC2046
    $(as_root) rm -rf "$root" "$root.complete"
}

make_fresh_root() {
    remove_root
    make_root "$root" "$release" --include=ca-certificates,git,make
    in_root mkdir -p /opt
    # shellcheck disable=SC2046
    $(as_root) git clone --quiet --no-local "$PVF_TOP" "$root/opt/paravisor"
}

demo() { in_root make -C /opt/paravisor demo >"$out" 2>"$out.err" || { cat "$out.err"; return 1; }; }

# guest_of_release: the demo's kernel is one of the release
guest_of_release() {
    arch_use x86_64
    kernel_index
    kernel_versions "$release" | grep -xF "$guest"
}

# shown PATTERN: a line of the demo's output matches
shown() { cat "$out"; grep -qE "$1" "$out"; }

apt_need mmdebstrap bubblewrap git
apt_index "$release" "$(dpkg --print-architecture)"
tap_run "create a root of $release" make_fresh_root
tap_run "make demo" demo
tap_run "lspci decodes the locator" shown 'Designated Vendor-Specific: .*: Paravisor Features'
tap_run "the driver is bound to the function" shown '^.Kernel driver in use: pvfeat_pci'
tap_run "the feature vtpm is effective" shown '^16  vtpm +yes'
# The last line of the demo contains the kernel release
guest=$(sed -n 's/.*Guest \(.*\)-cloud-amd64 powered off.*/\1/p' "$out.err")
tap_run "the guest's kernel is of $release" guest_of_release
tap_supports x86_64 "$guest" \
    "$(in_root sh -c 'cat /root/.cache/pvfeat/src/qemu-*/VERSION')" "$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' "$root/etc/os-release")"
tap_done
