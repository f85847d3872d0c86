#!/usr/bin/env bash
# Prints the side-by-side table and writes build/bench.json, with the package in .venv.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

root=$PWD
mkdir -p build/run
say bench "measuring; the table follows, the figures go to build/bench.json"
# From a folder of its own: in the repository's root Python could take a folder for the package.
cd build/run
"$root/.venv/bin/python" -m skim bench --sweep default --json ../bench.json "$@"
