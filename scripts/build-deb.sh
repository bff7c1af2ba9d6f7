#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-deb.sh [RELEASE]: build the Debian packages from the tracked files, for this
# machine's release, or for another release in a root of it. Prints the paths of the
# .changes file and the packages.

. "$(dirname "$0")/lib.sh"

release=${1:-$(debian_host)}
build=$PVF_CACHE/build/deb-$release
source=$build/source

tracked() { git -C "$PVF_TOP" ls-files -z; }

# Changes the folder by env -C, because root_run cannot
build_packages() {
    rm -rf "$build"
    mkdir -p "$source"
    tracked | (cd "$PVF_TOP" && xargs -0 cp --parents -t "$source")
    root_run "$release" env -C "$source" DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -us -uc
}

git -C "$PVF_TOP" rev-parse >/dev/null 2>&1 || die "build-deb.sh must run in a git checkout"
lock "deb-$release"
key=$(cd "$PVF_TOP" && tracked | xargs -0 sha256sum | sha256sum | cut -c1-16)
root_need "$release" build-essential debhelper dh-dkms libjansson-dev libmd-dev libpci-dev pkgconf python3
if ! fresh "$build/.built" "$key"; then
    step "Debian packages for $release" build_packages
    stamp "$build/.built" "$key"
fi
printf '%s\n' "$build"/*.changes "$build"/*.deb
