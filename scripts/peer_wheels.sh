#!/usr/bin/env bash
# Makes FOLDER: QuACK and FlashInfer for a GPU machine that has neither network nor compiler, and an
# env.sh that makes them importable there.  scripts/peer_wheels.sh FOLDER
#   BUNDLE_PYTHON=3.12     the Python over there (default: the one here)
# Expected there: torch with what it needs, cuda-bindings, nvidia-ml-py, requests and tqdm.
target=$(realpath -m "${1:?name the folder to make, for example build/peers}")
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

python_version=${BUNDLE_PYTHON:-$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')}
wheels=build/peer-wheels
architecture=9.0a  # Hopper, as the rest of the bundle

fetch_wheels() {
  local key platform platforms=()
  key="$python_version $(hash_of python/requirements-peers.txt)"
  [[ $(cat "$wheels/key" 2>/dev/null) != "$key" ]] || return 0
  rm -rf "$wheels/all"
  for platform in manylinux2014 manylinux_2_{17,24,27,28}; do
    platforms+=(--platform "${platform}_x86_64")
  done
  .venv/bin/python -m pip --disable-pip-version-check download -q --no-deps --only-binary=:all: \
    --implementation cp --python-version "$python_version" "${platforms[@]}" \
    -d "$wheels/all" -r python/requirements-peers.txt
  echo "$key" >"$wheels/key"
}

compiled() { find "$cache" -name "$1.so" 2>/dev/null; }

# FlashInfer compiles its kernels where it first runs, unless it finds them compiled in its folder
# aot. This is that compilation, by its own rules; what it imports for that and .venv lacks is
# fetched into a folder of its own.
compile_flashinfer() {
  local wheel tools=$PWD/$wheels/tools cache log=build/peers.log module
  wheel=$(basename "$wheels"/all/flashinfer_python-*.whl)
  cache=$PWD/$wheels/${wheel%.whl}
  if [[ -z $(compiled topk) || -z $(compiled sampling) ]]; then
    say peers "compiling FlashInfer's top-k and samplers for sm_${architecture/./}; half an hour, once"
    .venv/bin/python -m pip --disable-pip-version-check install -q --upgrade --target "$tools" \
      nvidia-ml-py requests tqdm
    .venv/bin/python -m zipfile -e "$wheels/all/$wheel" "$tools"
    PYTHONPATH=$tools FLASHINFER_WORKSPACE_BASE=$cache FLASHINFER_CUDA_ARCH_LIST=$architecture \
      .venv/bin/python - >"$log" 2>&1 <<'PYTHON' ||
from flashinfer.jit.sampling import gen_sampling_module
from flashinfer.jit.topk import gen_topk_module
gen_topk_module().build(verbose=True)
gen_sampling_module().build(verbose=True)
PYTHON
      stop peers "FlashInfer's kernels did not compile; the whole output is in $log"
    rm -rf "$tools"
  fi
  rm -rf "$target/site/flashinfer/data"  # sources, of which nothing is needed once compiled
  for module in topk sampling; do
    install -D "$(compiled "$module")" "$target/site/flashinfer/data/aot/$module/$module.so"
  done
}

unpack_wheels() {
  local wheel
  mkdir -p "$target/site"
  for wheel in "$wheels"/all/*.whl; do
    .venv/bin/python -m zipfile -e "$wheel" "$target/site"
  done
  # Sources and headers for compilers.
  rm -rf "$target"/site/tvm_ffi/{include,3rdparty} "$target"/site/nvidia_cutlass_dsl/cu13/{include,lib/stubs}
}

# The second folder of PYTHONPATH is what a .pth file of nvidia-cutlass-dsl adds to a site-packages.
write_env() {
  cat >"$target/env.sh" <<'EOT'
# Sourced in bash: QuACK and FlashInfer become importable.
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/site
export PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$peers:$peers/nvidia_cutlass_dsl/dsl_packages"
unset peers
EOT
}

rm -rf "$target"
say peers "fetching QuACK and FlashInfer for Python $python_version"
fetch_wheels
unpack_wheels
compile_flashinfer
write_env
say peers "$target takes $(du -sm --apparent-size "$target" | cut -f1) MiB"
