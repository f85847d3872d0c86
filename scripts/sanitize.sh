#!/usr/bin/env bash
# The C++ tests under sanitizers, with short sizes:  scripts/sanitize.sh [--short] [asan] [tsan]
#   asan     AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan     ThreadSanitizer with clang, libomp and archer; first it must find a planted race
#   --short  leaves out what make test has run already and no sanitizer sees more of
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Beside the benchmark, which is not even built then; and for TSan, what runs on one thread only.
not_in_short='Topk/LongRow|LongRows|Pairwise\.'
one_thread_only='^KeyOrder|^HalfFloat|^Distributions|^Oracle|^NpyFile|^PageEdge|Topk/PageEdge'

# clang 14's ThreadSanitizer knows no address space laid out with more than 28 random bits.
without_randomised_addresses() {
  if [[ $(sysctl -n vm.mmap_rnd_bits 2>/dev/null || echo 0) -gt 28 ]]; then
    setarch "$(uname -m)" --addr-no-randomize "$@"
  else
    "$@"
  fi
}

# tests SANITIZER CTEST_ARGUMENT...
tests() {
  local preset="$1"
  shift
  SKIM_TEST_SHORT=1 without_randomised_addresses \
    ctest --preset "$preset" --parallel "$(nproc)" "$@"
}

short=''
sanitizers=()
for argument in "$@"; do
  case $argument in
    --short) short=yes ;;
    asan | tsan) sanitizers+=("$argument") ;;
    *) stop sanitize "'$argument' is not a sanitizer; the arguments are: --short asan tsan" ;;
  esac
done
if [[ ${#sanitizers[@]} -eq 0 ]]; then
  sanitizers=(asan tsan)
fi

for sanitizer in "${sanitizers[@]}"; do
  CONFIGURE="${short:+-DSKIM_BUILD_BENCH=OFF}" scripts/build.sh "$sanitizer"
  left_out=()
  if [[ $sanitizer == tsan ]]; then
    say sanitize "tsan: the planted race"
    tests tsan --tests-regex '^planted_race'
    left_out+=("$one_thread_only")
  fi
  if [[ -n $short ]]; then
    left_out+=("$not_in_short")
  fi
  say sanitize "$sanitizer: the C++ tests"
  if [[ ${#left_out[@]} -eq 0 ]]; then
    tests "$sanitizer"
  else
    tests "$sanitizer" --exclude-regex "$(IFS='|' && echo "${left_out[*]}")"
  fi
done
