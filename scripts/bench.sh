#!/usr/bin/env bash
# Prints the side-by-side tables, of the CPU and of the GPU where there is one, and writes
# build/bench.json and build/bench-cuda.json, with the package in .venv.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

root=$PWD
mkdir -p build/run
say bench "measuring; the table follows, the figures go to build/bench.json"
# From a folder of its own: in the repository's root Python could take a folder for the package.
cd build/run
skim=("$root/.venv/bin/python" -m skim)
"${skim[@]}" bench --device cpu --sweep default --json ../bench.json "$@"
if "${skim[@]}" info | grep -qE '^cuda +cuda:'; then
  say bench "the same on the GPU; the figures go to build/bench-cuda.json"
  "${skim[@]}" bench --device cuda --sweep default --json ../bench-cuda.json "$@"
else
  "${skim[@]}" bench --device cuda --batch 1 --vocab 50304 --k 50 --dtype float16  # says why not
fi
