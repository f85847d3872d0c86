#!/usr/bin/env bash
# Every test, in the order in which a failure is cheapest to find.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

root=$PWD
scripts/setup.sh base python browser sanitize
scripts/build.sh default
say test "C++; what needs a GPU is skipped without one: $(build/default/bench/skim info | sed -n 's/^cuda *//p')"
ctest --preset default --parallel "$(nproc)"
scripts/install_wheel.sh
say test "Python"
mkdir -p build/run
(cd build/run && "$root/.venv/bin/python" -m pytest -q -p no:cacheprovider "$root/tests/python")
say test "README"
.venv/bin/python scripts/check_readme.py
say test "sanitizers"
scripts/sanitize.sh --short
say test "all tests passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
