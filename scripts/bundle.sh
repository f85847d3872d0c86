#!/usr/bin/env bash
# Makes build/bundle: a folder that tests and measures on a GPU machine that has neither network nor
# compiler, and the same as build/skim-bundle.tar.xz. docs/bundle.md says how to use it.
#   BUNDLE_PYTHON=3.12     the Python over there (default: the one here)
#   BUNDLE_CMAKE="-D..."   more arguments for CMake
#   BUNDLE_PEERS=1         with QuACK and FlashInfer
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

bundle=$PWD/build/bundle
archive=$PWD/build/skim-bundle.tar.xz
native=build/bundle-native
wheels=build/bundle-wheels
limit_mib=$((${BUNDLE_PEERS:+90} + 40))
python_version=${BUNDLE_PYTHON:-$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')}
sanitizer=nvidia-cuda-sanitizer-api==13.0.85  # of the toolkit that compiles the kernels
read -ra cmake_arguments <<<"-DSKIM_CUDA=ON -DSKIM_CUDA_ARCHITECTURES=90-real ${BUNDLE_CMAKE:-}"

# One build for both. The programs find the libraries in the Python package, where they are once.
build_package_and_programs() {
  local arguments log=build/bundle.log
  # shellcheck disable=SC2016  # $ORIGIN is the loader's
  arguments=(-DSKIM_BUILD_TESTS=ON -DSKIM_EMULATE_CUDA=OFF -DSKIM_BENCH_PROFILE=ON
    -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON
    -DCMAKE_INSTALL_LIBDIR=python/skim/lib '-DCMAKE_INSTALL_RPATH=$ORIGIN/../python/skim/lib'
    "-DCMAKE_EXE_LINKER_FLAGS=-Wl,-rpath-link,$PWD/$native/src" "${cmake_arguments[@]}")
  rm -rf "$wheels/own"
  if ! with_cmake_compilers .venv/bin/python -m pip --disable-pip-version-check wheel -v \
    --no-build-isolation --no-deps -C build-dir="$native" -C cmake.args="$(IFS=';' && echo "${arguments[*]}")" \
    -w "$wheels/own" . 2>&1 | tee "$log" | { grep --line-buffered -oE '\[[0-9]+/[0-9]+\] .*' || true; }
  then
    grep -E 'error|FAILED' "$log" | head -n 20
    stop bundle "the build failed; its whole output is in $log"
  fi
  .venv/bin/python -m zipfile -e "$wheels"/own/*.whl "$bundle/python"
  mkdir -p "$bundle/bin"
  find "$native/tests" "$native/bench" -type f -executable \
    ! -path '*/CMakeFiles/*' ! -path '*/consumer/*' ! -name '*.so*' -exec cp -t "$bundle/bin" {} +
  strip "$bundle"/bin/* "$bundle"/python/skim/lib/*.so*
}

# The wheel holds its largest file twice, and headers.
drop_what_sanitizers_do_not_need() {
  .venv/bin/python - "$wheels"/all/nvidia_cuda_sanitizer_api-*.whl <<'EOF'
import pathlib, sys, zipfile
path = pathlib.Path(sys.argv[1])
unneeded = ("nvidia/cu13/include/", "nvidia/cu13/lib/libsanitizer-")
smaller = path.with_suffix(".smaller")
with zipfile.ZipFile(path) as old, zipfile.ZipFile(smaller, "w", zipfile.ZIP_DEFLATED) as new:
    for name in old.namelist():
        if not name.startswith(unneeded):
            new.writestr(name, old.read(name))
smaller.replace(path)
EOF
}

# What the Python tests need and the machine may lack; torch and numpy are expected there.
fetch_wheels() {
  local requirements jax_tvm_ffi key
  requirements=$(grep -E '^(apache-tvm-ffi|expecttest|hypothesis|ml_dtypes|pytest)==' python/requirements.txt)
  jax_tvm_ffi=$(grep '^jax-tvm-ffi==' python/requirements.txt)
  key="$python_version $requirements $jax_tvm_ffi $sanitizer"
  if [[ $(cat "$wheels/key" 2>/dev/null) != "$key" ]]; then
    rm -rf "$wheels"
    mkdir -p "$wheels/all"
    local platform platforms=()
    for platform in manylinux2014 manylinux_2_{17,24,25,27,28}; do
      platforms+=(--platform "${platform}_x86_64")
    done
    # shellcheck disable=SC2086  # a list of names
    .venv/bin/python -m pip --disable-pip-version-check download -q --only-binary=:all: \
      --implementation cp --python-version "$python_version" "${platforms[@]}" \
      -d "$wheels/all" $requirements $sanitizer
    # Without jax, which is expected there.
    .venv/bin/python -m pip --disable-pip-version-check download -q --only-binary=:all: --no-deps \
      --implementation cp --python-version "$python_version" "${platforms[@]}" \
      -d "$wheels/all" "$jax_tvm_ffi"
    rm -f "$wheels"/all/numpy-*
    drop_what_sanitizers_do_not_need
    echo "$key" >"$wheels/key"
  fi
  mkdir -p "$bundle/wheels"
  cp "$wheels"/all/*.whl "$bundle/wheels"
}

# Shared libraries of Debian's that another machine may not have. Those of every distribution stay
# out: beside a newer one over there they would come first and be too old.
copy_libraries() {
  local everywhere='/(ld-linux.*|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s))\.so'
  ldd "$bundle"/bin/* "$bundle"/python/skim/lib/*.so* | awk '$2 == "=>" && $3 ~ "^/" {print $3}' |
    sort -u | grep -vE "$everywhere" | grep -vF "$bundle" |
    xargs --no-run-if-empty cp -Lt "$bundle/python/skim/lib"
  local missing
  missing=$(ldd "$bundle"/bin/* | grep 'not found' | sort -u || true)
  [[ -z $missing ]] || stop bundle "the programs in $bundle/bin lack: $missing"
}

copy_the_rest() {
  mkdir -p "$bundle/data" "$bundle/tests" "$bundle/extras"
  ln "$bundle"/python/skim/data/*.npy "$bundle/data"
  cp -r "$bundle/python/skim/results" "$bundle/results"
  cp -r tests/python "$bundle/tests/python"
  find "$bundle" -name __pycache__ -prune -exec rm -r {} +
  cp docs/bundle.md "$bundle/README.md"
  install -m 755 scripts/bundle_run.sh "$bundle/run"
  cat >"$bundle/BUNDLE" <<EOF
commit $(git describe --always --dirty 2>/dev/null || echo unknown)
python $python_version
cmake ${cmake_arguments[*]}
EOF
}

# Each test of the benchmark holds the kernels once more. A dictionary that reaches over all the
# programs sees that: 29 MiB in 20 s, 68 MiB from gzip; preset 3 takes 36 s for 1 % less.
make_archive() {
  local mib
  rm -f "$archive"
  tar -C build -c --transform 's/^bundle/skim-bundle/' bundle |
    xz -T1 --lzma2=preset=1,dict=192MiB >"$archive.part"
  mv "$archive.part" "$archive"
  mib=$(du -m --apparent-size "$archive" | cut -f1)
  [[ $mib -le $limit_mib ]] || stop bundle "$archive takes $mib MiB, more than $limit_mib; the" \
    "largest files: $(find "$bundle" -type f -size +2M -printf '%f %k KiB, ')"
  say bundle "for Python $python_version: build/skim-bundle.tar.xz ($mib MiB) and build/bundle" \
    "($(du -sm --apparent-size "$bundle" | cut -f1) MiB)"
}

rm -rf "$bundle"
mkdir -p "$bundle/python"
say bundle "fetching wheels for Python $python_version"
fetch_wheels
say bundle "building for sm_90 in $native"
build_package_and_programs
copy_libraries
copy_the_rest
[[ -z ${BUNDLE_PEERS:-} ]] || BUNDLE_PYTHON=$python_version scripts/peer_wheels.sh "$bundle/extras/peers"
make_archive
