#!/usr/bin/env bash
# need.sh GROUP…: makes sure that the programs of a group are on this machine.
# Missing Debian packages are installed where that is possible (root, or sudo without a password);
# anywhere else the script names exactly what is missing and fails.
set -euo pipefail

usage() {
    echo "usage: scripts/need.sh build|test|demo …" >&2
    exit 2
}

say() { printf '%s\n' "$*" >&2; }

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

missing=()

need_toolchain() {
    local have
    if ! command -v go >/dev/null 2>&1; then
        missing+=("Go 1.26 or newer")
    else
        have=$(GOTOOLCHAIN=local go env GOVERSION)
        at_least "${have#go}" 1.26 || missing+=("Go 1.26 or newer; this machine has ${have#go}")
    fi
    if ! command -v node >/dev/null 2>&1; then
        missing+=("Node.js 20.19 or newer with npm")
    else
        have=$(node --version)
        at_least "${have#v}" 20.19 || missing+=("Node.js 20.19 or newer; this machine has ${have#v}")
        command -v npm >/dev/null 2>&1 || missing+=("npm, which comes with Node.js")
    fi
}

# postgres_server: PostgreSQL's own programs, which Debian keeps out of the PATH.
postgres_server() {
    command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

packages=()

need_test_programs() {
    command -v chromium >/dev/null 2>&1 || packages+=(chromium)
    command -v sipp >/dev/null 2>&1 || packages+=(sip-tester)
    command -v baresip >/dev/null 2>&1 || packages+=(baresip)
    command -v openssl >/dev/null 2>&1 || packages+=(openssl)
    postgres_server || packages+=(postgresql)
    command -v ip >/dev/null 2>&1 || packages+=(iproute2)
    command -v mkfs.ext4 >/dev/null 2>&1 || [ -x /sbin/mkfs.ext4 ] || packages+=(e2fsprogs)
    command -v xmllint >/dev/null 2>&1 || packages+=(libxml2-utils)
}

need_race_detector() {
    command -v gcc >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 || packages+=(gcc libc6-dev)
}

install_packages() {
    local as_root=()
    [ "${#packages[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        missing+=("these programs (Debian package names): ${packages[*]}")
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            as_root=(sudo -n env)
        else
            missing+=("these packages: sudo apt-get install ${packages[*]}")
            return 0
        fi
    fi
    say "installing: ${packages[*]}"
    # A package server can be out of reach for a moment: three tries.
    for try in 1 2 3; do
        if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
            apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' apt "${packages[@]}" >&2; then
            return 0
        fi
        say "apt-get did not succeed (try $try of 3)"
        sleep 5
    done
    missing+=("these packages, which apt-get could not install: ${packages[*]}")
}

[ "$#" -gt 0 ] || usage
for group in "$@"; do
    case "$group" in
    build | demo) need_toolchain ;;
    test)
        need_toolchain
        need_test_programs
        need_race_detector
        ;;
    *) usage ;;
    esac
done
install_packages

if [ "${#missing[@]}" -gt 0 ]; then
    say "This machine lacks:"
    printf '  - %s\n' "${missing[@]}" >&2
    exit 1
fi
