# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian packages, their sources, and roots of other Debian releases. lib.sh sources it.
#
# The machine's own apt configuration is not changed. Each release has, for each
# architecture, a private package index in the cache, from the mirrors of the machine's
# configuration. Programs that run on this machine are installed from its release;
# packages that are only unpacked may come from any of DEBIAN_RELEASES.

# Releases to take packages from, oldest first. To add a newer one, append it here, and
# append the suites that may contain its QEMU source package.
DEBIAN_RELEASES='bookworm trixie'
SOURCE_SUITES='trixie trixie-backports forky sid'
# An index older than this is fetched again, so that new kernels are noticed
APT_INDEX_DAYS=7

# debian_host: print the release of this machine
debian_host() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# debian_check: exit with an error and a hint if this machine does not run one of the
# Debian releases
debian_check() {
    local tool missing='' system hint
    hint='use a Debian 13 root:
    mmdebstrap --variant=minbase --include=ca-certificates,git,make trixie DIR
    cp -a . DIR/root; mount --rbind /dev DIR/dev; mount -t proc proc DIR/proc
    chroot DIR make -C /root demo'
    for tool in apt-get apt-cache dpkg dpkg-deb dpkg-query; do
        command -v $tool >/dev/null || missing+=" $tool"
    done
    [ -z "$missing" ] || die "this machine lacks$missing, required to fetch packages; $hint"
    [[ " $DEBIAN_RELEASES " != *" $(debian_host) "* ]] || return 0
    system=$(. /etc/os-release && echo "${PRETTY_NAME:-${ID:-unknown}}")
    die "fetching packages requires Debian 12 or 13, but this is $system; $hint"
}

# apt_mirror SUFFIX: print the mirror that this machine uses for its release ("") or its
# security updates ("-security"), from a list that apt prints without fetching anything. If
# the configuration names a file of mirrors, print the first.
apt_mirror() {
    local uri file
    uri=$(apt-get update --print-uris |
        sed -n "s,^'\(.*\)dists/$(debian_host)$1/InRelease'.*,\1,p" | sed q)
    file=${uri#mirror+file:}
    [ "$file" = "$uri" ] || uri=$(sed -n 's,^\([a-z]*://[^[:space:]]*[^/[:space:]]\)/*\([[:space:]].*\)\{0,1\}$,\1/,p' "${file%/}" | sed q)
    echo "$uri"
}

# apt_sources INDEX: print the sources.list for a release, or for "source"
apt_sources() {
    local mirror security suite
    mirror=$(apt_mirror '') security=$(apt_mirror -security)
    [ -n "$mirror" ] || die "no mirror of $(debian_host) in apt's configuration"
    if [ "$1" = source ]; then
        for suite in $SOURCE_SUITES; do echo "deb-src $mirror $suite main"; done
        return
    fi
    for suite in "$1" "$1-updates" "$1-backports"; do echo "deb $mirror $suite main"; done
    [ -z "$security" ] || echo "deb $security $1-security main"
}

# apt_private RELEASE ARCH TOOL ARGS...: run an apt tool on that private index, as on a
# machine with nothing installed (or with the dpkg status of APT_STATUS=). APT_AS= is a
# command that runs it as another user.
apt_private() {
    local root=$PVF_CACHE/apt/$1-$2 arch=$2
    shift 2
    ${APT_AS:-} "$1" -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State="$root/state" -o Dir::Cache="$root/cache" \
        -o Dir::State::status="${APT_STATUS:-/dev/null}" \
        -o Dir::State::extended_states="$root/state/extended_states" \
        -o APT::Sandbox::User=root "${@:2}"
}

# apt_index RELEASE ARCH: fetch the index, unless it is current
apt_index() {
    local root=$PVF_CACHE/apt/$1-$2
    apt_current "$root" && return
    debian_check
    lock "apt-$1-$2"
    if ! apt_current "$root"; then
        mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
        apt_sources "$1" >"$root/sources.list"
        step "Package index of $1 for $2" apt_update "$1" "$2"
        [ ! -s "$root/missing" ] ||
            say "Package index of $1 for $2: omitted, not on the mirror: $(xargs <"$root/missing")"
    fi
    unlock "apt-$1-$2"
}

# apt_update RELEASE ARCH: fetch the index. A complete index is valid for some days, one with
# a missing suite for an hour: a mirror may lack a suite, or is being synchronised. Fails
# if the release itself is missing. If the mirror is unreachable, an old index stays in use.
apt_update() {
    local root=$PVF_CACHE/apt/$1-$2 needed=$1 whole=1
    [ "$1" != source ] || needed=${SOURCE_SUITES%% *}
    apt_private "$1" "$2" apt-get -o APT::Update::Error-Mode=any update || whole=
    # shellcheck disable=SC2016 # the $() are apt's
    apt_private "$1" "$2" apt-get indextargets --format '$(RELEASE)' |
        sort -u >"$root/present"
    awk '{ print $3 }' "$root/sources.list" | grep -vxFf "$root/present" >"$root/missing" || :
    awk 'NR == FNR { present[$1]; next } $3 in present' "$root/present" \
        "$root/sources.list" >"$root/sources.part"
    grep -qx "$needed" "$root/present" || cache_listed
    mv "$root/sources.part" "$root/sources.list"
    echo "$whole" >"$root/updated"
}

# cache_listed: after a failed download, list the cache; always fails
cache_listed() {
    local found
    found=$(cd "$PVF_CACHE" && find src linux root -mindepth 1 -maxdepth 1 -type d \
        ! -name '*.part' 2>/dev/null | paste -sd' ')
    echo "the cache contains: ${found:-nothing}"
    return 1
}

apt_current() {
    local age=60
    [ -f "$1/updated" ] || return 1
    [ -z "$(<"$1/updated")" ] || age=$((APT_INDEX_DAYS * 24 * 60))
    [ -n "$(find "$1/updated" -mmin "-$age")" ]
}

# apt_fetch RELEASE ARCH DIR APT-GET-ARGS...: run an apt-get that downloads, in DIR. If it
# fails, the index may be outdated: update it and try again.
apt_fetch() {
    local release=$1 arch=$2
    mkdir -p "$3"
    cd "$3" || return
    shift 3
    apt_private "$release" "$arch" apt-get "$@" && return
    apt_update "$release" "$arch"
    apt_private "$release" "$arch" apt-get "$@" && return
    cache_listed
}

# as_root [SUDO-ARG...]: print the prefix of a command that requires root
as_root() { [ "$(id -u)" = 0 ] || echo "sudo $*"; }

# apt_lacking ADMINDIR RELEASE ARCH PACKAGE...: print the packages that are not installed
# there. PACKAGE>=VERSION selects backports if the release's version is older.
apt_lacking() {
    local admin=$1 release=$2 arch=$3 p name want have
    shift 3
    for p; do
        name=${p%%>=*} want=0
        [ "$name" = "$p" ] || want=${p##*>=}
        have=$(dpkg-query --admindir="$admin" -W -f '${db:Status-Status} ${Version}\n' \
            "$name" 2>/dev/null | sed -n 's/^installed //p') || :
        [ -z "$have" ] || dpkg --compare-versions "$have" lt "$want" || continue
        apt_index "$release" "$arch"
        have=$(apt_private "$release" "$arch" apt-cache policy "$name" |
            sed -n 's/^  Candidate: //p')
        if dpkg --compare-versions "${have:-0}" lt "$want"; then
            echo "$name/$release-backports"
        else
            echo "$name"
        fi
    done
}

# apt_need PACKAGE...: install those of the packages that this machine lacks
apt_need() {
    local missing arch release
    debian_check
    arch=$(dpkg --print-architecture) release=$(debian_host)
    missing=$(apt_lacking /var/lib/dpkg "$release" "$arch" "$@")
    [ -n "$missing" ] || return 0
    mapfile -t missing <<<"$missing"
    # apt-get does not wait for another instance
    lock apt-install
    APT_STATUS=/var/lib/dpkg/status APT_AS="$(as_root DEBIAN_FRONTEND=noninteractive)" \
        DEBIAN_FRONTEND=noninteractive step "Debian packages ${missing[*]}" \
        apt_fetch "$release" "$arch" / install -y --no-install-recommends "${missing[@]}"
    unlock apt-install
}

# apt_source PACKAGE DIR: unpack its upstream source as DIR, once. PACKAGE may be
# NAME/SUITE or NAME=VERSION.
apt_source() {
    [ ! -d "$2" ] || return 0
    apt_index source "$(dpkg --print-architecture)"
    step "${1%%[/=]*} source" fetch_source "$1" "$2.part"
    mv "$2.part" "$2"
}
fetch_source() {
    local name=${1%%[/=]*}
    rm -rf "$2"
    apt_fetch source "$(dpkg --print-architecture)" "$2" source --tar-only \
        --download-only --only-source "$1"
    tar --extract --no-same-owner --strip-components=1 --file "$name"_*.orig.tar.*
    rm "$name"_*.orig.tar.*
}

# deb_unpack DIR DEB...: unpack these packages into DIR. /usr is merged as in an installed
# system, so that files of old and new packages are in the same place.
deb_unpack() {
    local dir=$1 name deb
    shift
    mkdir -p "$dir"
    for name in bin sbin lib lib64; do
        mkdir -p "$dir/usr/$name"
        [ -e "$dir/$name" ] || ln -s "usr/$name" "$dir/$name"
    done
    for deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$dir"; done
}

# apt_unpack RELEASE ARCH DIR PACKAGE...: unpack exactly these packages into DIR, once.
apt_unpack() {
    local release=$1 arch=$2 dir=$3 todo=() p debs
    shift 3
    for p; do [ -e "$dir/.unpacked/$p:$arch" ] || todo+=("$p"); done
    [ ${#todo[@]} = 0 ] && return
    apt_index "$release" "$arch"
    debs=$(mktemp -d -p "$PVF_TMP")
    step "Debian $arch: ${todo[*]}" apt_fetch "$release" "$arch" "$debs" download "${todo[@]}"
    deb_unpack "$dir" "$debs"/*.deb
    mkdir -p "$dir/.unpacked"
    for p in "${todo[@]}"; do touch "$dir/.unpacked/$p:$arch"; done
}

# apt_tree RELEASE ARCH DIR PACKAGE...: unpack these packages and all their dependencies
# into DIR, once.
apt_tree() {
    local release=$1 arch=$2 dir=$3 key debs
    shift 3
    key="merged $release $*"
    fresh "$dir/.unpacked" "$key" && return
    apt_index "$release" "$arch"
    debs=$(mktemp -d -p "$PVF_TMP")
    mkdir "$debs/partial"
    step "Debian $arch: $*" apt_fetch "$release" "$arch" "$debs" install -y \
        --download-only --no-install-recommends -o Dir::Cache::archives="$debs" "$@"
    rm -rf "$dir"
    deb_unpack "$dir" "$debs"/*.deb
    stamp "$dir/.unpacked" "$key"
}

# ---- Roots of other releases --------------------------------------------------
#
# Programs of a newer release require its libc, so they run in a root of that release.
# Programs of this machine's own release run without a root.

# root_need RELEASE PACKAGE...: install these packages on this machine or in the release's
# root
root_need() {
    local release=$1 root=$PVF_CACHE/root/$1 missing arch
    shift
    if [ "$release" = "$(debian_host)" ]; then
        apt_need "$@"
        return
    fi
    apt_need mmdebstrap bubblewrap
    arch=$(dpkg --print-architecture)
    apt_index "$release" "$arch"
    lock "root-$release"
    # The cache may have been moved
    [ -d "$root$PVF_CACHE" ] || rm -f "$root.complete"
    [ -f "$root.complete" ] || step "Debian root of $release" make_root "$root" "$release"
    missing=$(apt_lacking "$root/var/lib/dpkg" "$release" "$arch" "$@")
    if [ -n "$missing" ]; then
        mapfile -t missing <<<"$missing"
        step "Debian root of $release: ${missing[*]}" root_install "$root" "${missing[@]}"
    fi
    unlock "root-$release"
}

# make_root DIR RELEASE [MMDEBSTRAP-ARG...]: create a root with the suites of the private
# index and a mount point for the cache
make_root() {
    local sources
    sources=$PVF_CACHE/apt/$2-$(dpkg --print-architecture)/sources.list
    mkdir -p "${1%/*}"
    # shellcheck disable=SC2046 # words
    {
        $(as_root) rm -rf "$1"
        $(as_root) mmdebstrap --mode=root --variant=minbase "${@:3}" \
            --customize-hook="mkdir -p \"\$1$PVF_CACHE\"" "$2" "$1" "$sources" ||
            cache_listed
    }
    touch "$1.complete"
}

root_install() {
    # shellcheck disable=SC2016 # the inner shell's
    root_exec "$1" sh -c 'apt-get -q update &&
        apt-get -qy install --no-install-recommends "$@"' sh "${@:2}" || cache_listed
}

# root_exec DIR COMMAND...: run it as root in the root DIR, with write access to DIR
root_exec() {
    # shellcheck disable=SC2046
    $(as_root) bwrap --bind "$1" / --dev-bind /dev /dev --proc /proc \
        --ro-bind /etc/resolv.conf /etc/resolv.conf --ro-bind "$PVF_CACHE" "$PVF_CACHE" \
        --setenv DEBIAN_FRONTEND noninteractive --setenv LC_ALL C.UTF-8 \
        --unsetenv TMPDIR "${@:2}"
}

# root_run RELEASE COMMAND...: run it directly, or in the root of that release with only the
# cache and an empty /tmp writable
root_run() {
    local release=$1
    shift
    if [ "$release" = "$(debian_host)" ]; then
        "$@"
        return
    fi
    bwrap --ro-bind "$PVF_CACHE/root/$release" / --dev-bind /dev /dev --proc /proc \
        --tmpfs /tmp --unsetenv TMPDIR --bind "$PVF_CACHE" "$PVF_CACHE" "$@"
}
