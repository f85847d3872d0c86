#!/usr/bin/env bash
# Cross-compiles for 64-bit Arm (NEON) and runs a selection of the C++ tests under qemu. Arm's
# libraries are unpacked into build/neon/root, from an apt state of its own: the system stays as is.
# Where apt has no arm64 packages (Ubuntu's main mirrors), the library is compiled and not run.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=build/neon
root=$PWD/$folder/root
packages=(libhwy1 libhwy-dev libgtest-dev libfmt-dev libfmt9)

fetch_arm64_packages() {
  local state=$PWD/$folder/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$root"
  local apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64
    -o Dir::State="$state" -o Dir::State::status=/dev/null -o Dir::Cache="$state/cache"
    -o Acquire::Languages=none -o APT::Sandbox::User=root)
  "${apt[@]}" update && (cd "$state" && "${apt[@]}" download "${packages[@]}") || return 1
  local package
  for package in "$state"/*.deb; do
    dpkg -x "$package" "$root"
  done
}

if [[ ! -e $root/complete ]]; then
  say neon "fetching ${packages[*]} for arm64 into $folder"
  mkdir -p "$folder"
  if fetch_arm64_packages >"$folder/apt.log" 2>&1; then
    touch "$root/complete"
  else
    tail -n 3 "$folder/apt.log"
    compile_only=yes
  fi
fi
if [[ -n ${compile_only:-} ]]; then
  say neon "apt has no arm64 packages here: compiling the library's objects, running nothing"
  for source in $(find src -name '*.cc' | sort); do
    aarch64-linux-gnu-g++ -std=c++20 -O2 -fopenmp -fPIC -Wall -Wextra -Werror -DSKIM_BUILD \
      -DFMT_HEADER_ONLY -Iinclude -Isrc -idirafter /usr/include -c "$source" -o /dev/null
  done
  exit 0
fi

say neon "building for aarch64"
cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSKIM_CUDA=OFF \
  -DSKIM_BUILD_BENCH=OFF -DSKIM_BUILD_TESTS=ON \
  -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/aarch64-linux-gnu.cmake" -DSKIM_ARM64_ROOT="$root"
cmake --build "$folder" --parallel "$(nproc)" --target key_order_test topk_contract_test
say neon "keys and contract under $(qemu-aarch64 --version | head -n 1)"
SKIM_TEST_SHORT=1 ctest --test-dir "$folder" --parallel "$(nproc)" --output-on-failure \
  --tests-regex '^(KeyOrder|Topk)' --no-tests=error
