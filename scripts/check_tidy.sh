#!/usr/bin/env bash
# clang-tidy on every source that the default build compiles:  scripts/check_tidy.sh [SOURCE...]
# CUDA sources are left out: Debian's clang-tidy knows no CUDA as new as ours. nvcc's warnings are
# errors, and compute-sanitizer runs on what they make (see docs/bundle.md). Left out too is what is
# compiled as CUDA for the emulated machine (tests/emulation/emulation.cmake).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source scripts/sources.sh

if [[ $# -gt 0 ]]; then
  sources=("$@")
fi
database=build/tidy/compile_commands.json
mkdir -p "${database%/*}"
python3 - build/default/compile_commands.json "$database" <<'EOF'
import json, re, sys
commands = json.load(open(sys.argv[1]))
emulated = re.compile(r" -o src/CMakeFiles/skim_emulated(?!_machine)")
json.dump([one for one in commands if not emulated.search(one["command"])], open(sys.argv[2], "w"), indent=1)
EOF
listed=()
for file in "${sources[@]}"; do
  if [[ $file == *.c || $file == *.cc ]] && grep -qF "$PWD/$file\"" "$database"; then
    listed+=("$file")
  fi
done
say check "clang-tidy on ${#listed[@]} sources"
# Each file is named as it begins; how many warnings of the system's headers were left out is not said.
# shellcheck disable=SC2016  # $0 is the inner shell's
printf '%s\0' "${listed[@]}" |
  xargs -0 -n 1 -P "$(nproc)" sh -c 'echo "  $0" && exec clang-tidy -p build/tidy --quiet "$0"' \
    2> >(grep -vE '^[0-9]+ warnings? generated\.$' >&2)
