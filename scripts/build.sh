#!/usr/bin/env bash
# Configures and builds a preset into build/PRESET:  scripts/build.sh PRESET [CMAKE_BUILD_ARGUMENT...]
#   CONFIGURE="-D..."   more arguments for configuring
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset="${1:-default}"
shift || true
folder="build/$preset"

# CMake itself sees changed CMakeLists.txt; only the presets are ours to watch.
key="$(hash_of CMakePresets.json) ${CONFIGURE:-}"
read -ra configure <<<"${CONFIGURE:-}"
if [[ ! -e $folder/build.ninja || $(cat "$folder/presets.sha256" 2>/dev/null) != "$key" ]]; then
  say build "configuring $folder"
  cmake --preset "$preset" --fresh "${configure[@]}"
  echo "$key" >"$folder/presets.sha256"
fi
say build "building $folder"
cmake --build --preset "$preset" --parallel "$(nproc)" "$@"
