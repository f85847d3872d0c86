#!/usr/bin/env bash
# Builds the Python package and installs it into .venv, unless its sources are what is installed.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The commit counts, because every result of the benchmark names it.
commit=$(git describe --always --dirty 2>/dev/null || echo none)
key=$commit-$(hash_of CMakeLists.txt cmake include src bench data results python pyproject.toml README.md LICENSE)
# Whether and with what the CUDA backend is built: as cmake/cuda.cmake looks for it.
nvcc=$(PATH="${CUDA_PATH:+$CUDA_PATH/bin:}$PATH:/usr/local/cuda/bin" command -v "${CUDACXX:-nvcc}" || true)
[[ -z "$nvcc" ]] || key+=-$("$nvcc" --version | sha256sum | cut -d' ' -f1)
stamp=.venv/skim-installed
if [[ $(cat "$stamp" 2>/dev/null) == "$key" ]]; then
  say wheel "the Python package in .venv is up to date"
  exit 0
fi
say wheel "building the Python package and installing it into .venv"
rm -f "$stamp"
# Everything that it needs is in .venv already, so nothing is fetched; build/wheel is kept (see
# pyproject.toml), so that only what changed is compiled again. Of pip's output only the compiler's
# progress is shown, unless it fails.
mkdir -p build
log=build/wheel.log
if ! with_cmake_compilers .venv/bin/python -m pip --disable-pip-version-check install -v \
  --no-build-isolation --no-deps --force-reinstall . 2>&1 | tee "$log" | { grep --line-buffered -oE '\[[0-9]+/[0-9]+\] .*' || true; }
then
  tail -n 60 "$log"
  stop wheel "pip could not build or install the package; its whole output is in $log"
fi
echo "$key" >"$stamp"
