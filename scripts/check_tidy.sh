#!/usr/bin/env bash
# clang-tidy on every source that the default build compiles:  scripts/check_tidy.sh [SOURCE...]
# CUDA sources are left out: Debian's clang-tidy knows no CUDA as new as ours. nvcc's warnings are
# errors, and compute-sanitizer runs on what they make (see docs/bundle.md).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source scripts/sources.sh

if [[ $# -gt 0 ]]; then
  sources=("$@")
fi
listed=()
for file in "${sources[@]}"; do
  if [[ $file == *.c || $file == *.cc ]] && grep -qF "$PWD/$file\"" build/default/compile_commands.json; then
    listed+=("$file")
  fi
done
say check "clang-tidy on ${#listed[@]} sources"
# Each file is named as it begins; how many warnings of the system's headers were left out is not said.
# shellcheck disable=SC2016  # $0 is the inner shell's
printf '%s\0' "${listed[@]}" |
  xargs -0 -n 1 -P "$(nproc)" sh -c 'echo "  $0" && exec clang-tidy -p build/default --quiet "$0"' \
    2> >(grep -vE '^[0-9]+ warnings? generated\.$' >&2)
