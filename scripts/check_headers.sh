#!/usr/bin/env bash
# Every header compiles alone, with gcc and clang, and the C headers as C11 too. Highway's
# one-source-many-targets headers (*-inl.h) are left out: they are parts of a translation unit. So are
# those of CUDA device code (*.cuh), which only nvcc reads, as parts of the sources that it compiles,
# and what takes their place on the emulated machine.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source scripts/sources.sh

flags=(-fsyntax-only -fopenmp -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -DFMT_HEADER_ONLY
  -Iinclude -Isrc -Ibench -Itests/cpp -I. "-isystem$(.venv/bin/tvm-ffi-config --includedir)")
nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
if [[ -x $nvcc ]]; then
  flags+=("-isystem$(dirname "$nvcc")/../include")
else
  say check "no nvcc: headers that include CUDA's are left out"
fi
c_headers=(include/skim/export.h include/skim/skim.h include/skim/version.h bench/skim_bench.h)
checked=0
for header in "${sources[@]}"; do
  [[ $header == *.h && $header != *-inl.h && $header != tests/emulation/include/* ]] || continue
  [[ -x $nvcc ]] || ! grep -qE '#include [<"](cuda|peers/cub_peer)' "$header" || continue
  for compiler in g++ clang++; do
    echo "#include \"$header\"" | "$compiler" -std=c++20 "${flags[@]}" -x c++ - ||
      stop check "$header does not compile alone with $compiler"
  done
  if [[ " ${c_headers[*]} " == *" $header "* ]]; then
    for compiler in gcc clang; do
      # ISO C wants something in a translation unit, and macros alone are nothing.
      printf '#include "%s"\ntypedef int anything;\n' "$header" |
        "$compiler" -std=c11 "${flags[@]}" -x c - ||
        stop check "$header does not compile as C11 with $compiler"
    done
  fi
  checked=$((checked + 1))
done
say check "$checked headers compile alone"
