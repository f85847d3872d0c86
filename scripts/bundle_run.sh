#!/usr/bin/env bash
# Tests and measures on this machine, without network or compiler:
#   ./run [--limit SECONDS] tests [cpu] [gpu] [python] [python-gpu]
#   ./run [--limit SECONDS] sanitize
#   ./run [--limit SECONDS] verify
#   ./run [--limit SECONDS] bench [SWEEP...]
#   ./run [--limit SECONDS] crossover
#   ./run [--limit SECONDS] cliffs
#   ./run [--limit SECONDS] all
# Logs and JSON files go to the folder OUT (./out). README.md beside this file says more.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${OUT:-$PWD/out}
python=${PYTHON:-python3}
limit=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}  # more threads than cores must not spin

say() { echo "[$1] ${*:2}"; }
stop() {
  say "$@" >&2
  exit 2
}

# --- time ---------------------------------------------------------------------------------------

# within COMMAND...: runs it for no longer than is left; 124 when the time was up.
within() {
  if [[ $limit -eq 0 ]]; then
    "$@"
  elif [[ $SECONDS -ge $limit ]]; then
    return 124
  else
    timeout --kill-after=5 $((limit - SECONDS)) "$@"
  fi
}

# --- results ------------------------------------------------------------------------------------

passed=0
failed=0

# report TOPIC NAME STATUS START: one line on the terminal, one in results.json.
report() {
  local status=passed
  case $3 in
    0) passed=$((passed + 1)) ;;
    124 | 137) status='not finished: the time was up' failed=$((failed + 1)) ;;
    *) status="failed with status $3" failed=$((failed + 1)) ;;
  esac
  say "$1" "$2: $status, $((SECONDS - $4)) s"
  printf '{"topic": "%s", "name": "%s", "status": "%s", "seconds": %d}\n' \
    "$1" "$2" "$status" $((SECONDS - $4)) >>"$scratch/results"
}

# logged LOG TOPIC NAME COMMAND...: runs it within the limit, its output to LOG, and reports.
logged() {
  local log="$1" topic="$2" name="$3" start=$SECONDS status=0
  shift 3
  within "$@" >"$scratch/output" 2>&1 || status=$?
  { echo "===== $name: $*"; cat "$scratch/output"; } >>"$log"
  if [[ $status -eq 0 ]] && grep -q '^SKIPPED: ' "$scratch/output"; then
    status="1 ($(grep -m 1 '^SKIPPED: ' "$scratch/output"))"
  fi
  report "$topic" "$name" "$status" "$start"
}

finish() {
  { echo '['; sed '$!s/$/,/' "$scratch/results" 2>/dev/null || true; echo ']'; } >"$out/results.json"
  say run "$passed passed, $failed failed; logs and results.json are in $out"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

# --- what is here ---------------------------------------------------------------------------------

has_gpu() { compgen -G '/dev/nvidia[0-9]*' >/dev/null; }

# Makes what the machine lacks importable from site/, and lets extras/*/env.sh add the rest.
prepare_python() {
  [[ -z ${python_is_ready:-} ]] || return 0
  command -v "$python" >/dev/null || stop python "there is no $python; name one with PYTHON="
  "$python" - "$here/wheels" "$here/site" "$(sed -n 's/^python //p' "$here/BUNDLE")" <<'EOF'
import importlib.metadata, pathlib, sys, zipfile
wheels, site, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
here = "%d.%d" % sys.version_info[:2]
for wheel in sorted(wheels.glob("*.whl")):
    name = wheel.name.split("-")[0]
    if name.startswith("nvidia") or (site / name).exists():
        continue
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        if here != version and "-none-any" not in wheel.name:
            sys.exit(f"[python] {name} is missing here and bundled for Python {version}, not {here}: "
                     f"make the bundle with BUNDLE_PYTHON={here}, or name another with PYTHON=")
        print(f"[python] {name}: from the bundle")
        zipfile.ZipFile(wheel).extractall(site)
        (site / name).mkdir(exist_ok=True)
EOF
  export PYTHONPATH="$here/python:$here/site${PYTHONPATH:+:$PYTHONPATH}"
  export PYTHONDONTWRITEBYTECODE=1
  local hook
  for hook in "$here"/extras/*/env.sh; do
    [[ -e $hook ]] || continue
    say extras "$hook"
    # shellcheck disable=SC1090
    source "$hook"
  done
  python_is_ready=yes
}

has_module() { "$python" -c "import $1" >/dev/null 2>&1; }

compute_sanitizer() {
  local found
  found=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null || true)
  if [[ -z $found ]]; then
    found=$here/site/nvidia/cu13/bin/compute-sanitizer
    if [[ ! -x $found ]]; then
      "$python" -m zipfile -e "$here"/wheels/nvidia_cuda_sanitizer_api-*.whl "$here/site"
      cp "$here"/site/nvidia/cu13/lib/*.so "$here/site/nvidia/cu13/bin"  # as in NVIDIA's toolkit
      chmod +x "$here"/site/nvidia/cu13/bin/*
    fi
  fi
  echo "$found"
}

# --- tests ----------------------------------------------------------------------------------------

# The names of the programs whose tests match a GoogleTest filter.
programs_with() {
  local program listed
  for program in "$here"/bin/*; do
    [[ $program != */cuda_* ]] || continue  # have a main of their own
    grep -q gtest_list_tests "$program" || continue
    listed=$("$program" --gtest_list_tests --gtest_filter="$1")
    if [[ $listed == *$'\n  '* ]]; then basename "$program"; fi
  done
}

# One shard of one program; what GoogleTest says goes to a file of its own.
run_shard() {
  local program="$1" shard="$2" status=0 start=$SECONDS
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard within "$here/bin/$program" \
    --gtest_brief=0 --gtest_filter="$filter" >"$scratch/$topic.$program.$shard.log" 2>&1 || status=$?
  echo "$status $((SECONDS - start))" >"$scratch/$topic.$program.$shard.status"
}

# run_programs TOPIC FILTER JOBS SHARDS: every program with such tests, in shards, JOBS at a time.
run_programs() {
  topic=$1 filter=$2 shards=$4
  local jobs="$3" names program shard
  mapfile -t names < <(programs_with "$filter")
  [[ ${#names[@]} -gt 0 ]] || stop "$topic" "no program has tests that match $filter"
  for shard in $(seq 0 $((shards - 1))); do
    for program in "${names[@]}"; do
      while [[ $(jobs -rp | wc -l) -ge $jobs ]]; do wait -n || true; done
      run_shard "$program" "$shard" &
    done
  done
  wait
  for program in "${names[@]}"; do report_program "$program"; done
}

# Joins the shards of a program into one result.
report_program() {
  local program="$1" worst=0 total=0 ran=0 skipped=0 shard status seconds log
  for shard in $(seq 0 $((shards - 1))); do
    log=$scratch/$topic.$program.$shard.log
    read -r status seconds <"$scratch/$topic.$program.$shard.status"
    [[ $status -eq 0 ]] || worst=$status
    total=$((total + seconds))
    ran=$((ran + $(grep -c '^\[ RUN  ' "$log" || true)))
    skipped=$((skipped + $(grep -cE '^\[  SKIPPED \] .*\(' "$log" || true)))
    { echo "===== $program, shard $shard of $shards"; cat "$log"; } >>"$out/tests.log"
    [[ $status -eq 0 ]] || grep -hE -A3 'Failure$|^\[  FAILED' "$log" | tail -n 12 || true
  done
  if [[ $worst -eq 0 && $ran -eq $skipped ]]; then worst="1 (all of $ran tests were skipped)"; fi
  report "$topic" "$program, $ran tests, $skipped skipped" "$worst" $((SECONDS - total))
}

tests_cpu() {
  local cores
  cores=$(nproc)
  run_programs cpu '-*Cuda*' "$cores" $((cores < 8 ? cores : 8))
  logged "$out/tests.log" cpu capi_test "$here/bin/capi_test"
  say cpu "left out: thread_count and consumer, which need ctest"
}

tests_gpu() {
  has_gpu || stop gpu "there is no /dev/nvidia* here; 'tests cpu python' needs none"
  run_programs gpu '*Cuda*' "${GPU_JOBS:-4}" "${GPU_JOBS:-4}"
  local first
  for first in plan topk; do
    logged "$out/tests.log" gpu "the first call of a process captured, $first" \
      "$here/bin/cuda_first_call" "$first"
  done
}

tests_python() {
  prepare_python
  has_module numpy || stop python "$python has no numpy, which the bundle does not hold"
  logged "$out/tests.log" python pytest \
    env -C "$scratch" "$python" -m pytest -q -p no:cacheprovider "$here/tests/python"
  tail -n 3 "$out/tests.log"
}

# Those Python tests alone for which a GPU makes a difference; with why others of them were skipped.
tests_python-gpu() {
  has_gpu || stop python-gpu "there is no /dev/nvidia* here; 'tests python' needs none"
  prepare_python
  "$python" -c 'import torch; torch.zeros(1).cuda()' 2>/dev/null ||
    stop python-gpu "$python has no torch that reaches the GPU"
  logged "$out/tests.log" python-gpu pytest env -C "$scratch" "$python" -m pytest -q -rs \
    --durations=15 -p no:cacheprovider -m cuda "$here/tests/python"
  grep -E '^SKIPPED|passed|failed' "$out/tests.log" | tail -n 20
}

run_tests() {
  local parts=("$@") part
  if [[ ${#parts[@]} -eq 0 ]]; then
    if has_gpu; then parts+=(gpu); else say gpu "left out: there is no /dev/nvidia* here"; fi
    if has_module numpy; then parts+=(python); else say python "left out: no $python with numpy here"; fi
    parts+=(cpu)
  fi
  for part in "${parts[@]}"; do
    case $part in
      cpu | gpu | python | python-gpu) "tests_$part" ;;
      *) stop tests "'$part' is none of: cpu gpu python python-gpu" ;;
    esac
  done
}

# --- sanitizers -----------------------------------------------------------------------------------

# racecheck takes some fifty times as long as each of the others, so it runs in parts, side by side. How
# many is prime: no algorithm always falls to the same part.
race_parts=13

# Each has ports of its own to talk to its process.
racecheck_part() {
  local part="$1" status=0 start=$SECONDS
  within "$sanitizer" --tool racecheck --error-exitcode 99 --port $((49152 + 16 * part)) \
    --launch-timeout 60 "$here/bin/cuda_sanitizer_set" "$part/$race_parts" \
    >"$scratch/race.$part.log" 2>&1 || status=$?
  echo "$status $((SECONDS - start))" >"$scratch/race.$part.status"
}

# A result for each part, and one for whether they were all there is to run.
racecheck_in_parts() {
  local part status seconds ran of all=0 sum=0 start=$SECONDS
  for part in $(seq "$race_parts"); do
    while [[ $(jobs -rp | wc -l) -ge $(nproc) ]]; do wait -n || true; done
    racecheck_part "$part" &
  done
  wait
  for part in $(seq "$race_parts"); do
    read -r status seconds <"$scratch/race.$part.status"
    { echo "===== racecheck, part $part of $race_parts"; cat "$scratch/race.$part.log"; } >>"$log"
    read -r ran of < <(sed -nE "s|^part $part/$race_parts: ([0-9]+) of ([0-9]+) runs .*|\1 \2|p" \
      "$scratch/race.$part.log") || ran=0 of=$all
    sum=$((sum + ran)) all=$of
    [[ $status -ne 0 || $ran -gt 0 ]] || status="1 ($(tail -n 1 "$scratch/race.$part.log"))"
    report sanitize "racecheck $part/$race_parts, $ran runs" "$status" $((SECONDS - seconds))
  done
  status=0
  [[ $sum -gt 0 && $sum -eq $all ]] || status="1 ($sum of $all runs)"
  report sanitize "racecheck of all runs" "$status" "$start"
}

run_sanitizers() {
  has_gpu || stop sanitize "there is no /dev/nvidia* here"
  local tool program log sanitizer
  for program in cuda_sanitizer_set cuda_planted_race; do
    [[ -x $here/bin/$program ]] || stop sanitize "the bundle has no $program"
  done
  sanitizer=$(compute_sanitizer)
  log=$out/sanitize.log
  "$sanitizer" --version | tail -n 2 >"$log"
  for tool in memcheck initcheck synccheck; do
    logged "$log" sanitize "$tool" \
      "$sanitizer" --tool "$tool" --error-exitcode 99 "$here/bin/cuda_sanitizer_set" all
  done
  racecheck_in_parts
  # racecheck itself: it finds a race that is there, and none where a barrier prevents it.
  local racecheck=("$sanitizer" --tool racecheck --error-exitcode 99 "$here/bin/cuda_planted_race")
  logged "$log" sanitize "racecheck finds no race behind a barrier" "${racecheck[@]}" ordered
  # shellcheck disable=SC2016  # $@ and $? are the inner shell's
  logged "$log" sanitize "racecheck finds the planted race" \
    bash -c '"$@"; [[ $? -eq 99 ]]' - "${racecheck[@]}" racy
}

# --- measurements ---------------------------------------------------------------------------------

# Sets skim to the command with Python's paths, or without them where there is no torch, and device.
choose_skim() {
  device=cuda
  has_gpu || device=cpu
  prepare_python
  skim=("$python" -m skim)
  if ! has_module torch; then
    say "$1" "$python has no torch: native paths only"
    skim=("$here/bin/skim")
  fi
}

run_verify() {
  local arguments
  choose_skim verify
  read -ra arguments <<<"--device ${BENCH_DEVICE:-$device} ${VERIFY_ARGUMENTS:-}"
  rm -f "$out/verify.log"
  logged "$out/verify.log" verify "every path" env -C "$scratch" "${skim[@]}" verify "${arguments[@]}"
  cat "$out/verify.log"
}

run_bench() {
  local sweeps=("$@") sweep arguments
  [[ ${#sweeps[@]} -gt 0 ]] || sweeps=("realistic,stress" default serving)
  choose_skim bench
  read -ra arguments <<<"--device ${BENCH_DEVICE:-$device} ${BENCH_ARGUMENTS:-}"
  for sweep in "${sweeps[@]}"; do
    logged "$scratch/bench.log" bench "$sweep" env -C "$scratch" \
      "${skim[@]}" bench --sweep "$sweep" --json "$out/${sweep//,/-}.json" "${arguments[@]}"
    tee -a "$out/bench.log" <"$scratch/bench.log"
    rm "$scratch/bench.log"
  done
}

# What skim measures of itself: plans around their limits, and a grid of shapes.
run_own() {
  local arguments
  read -ra arguments <<<"${BENCH_ARGUMENTS:-}"
  logged "$out/$1.log" "$1" "skim alone" env -C "$scratch" \
    "$here/bin/skim" "$1" --json "$out/$1.json" "${arguments[@]}"
  cat "$out/$1.log"
}

# --- main -----------------------------------------------------------------------------------------

if [[ ${1:-} == --limit ]]; then
  [[ ${2:-} =~ ^[0-9]+$ ]] || stop run "--limit is '${2:-}' but must be a number of seconds"
  limit=$2
  shift 2
fi
what=${1:-}
[[ $# -eq 0 ]] || shift
mkdir -p "$out"
rm -f "$out"/{tests,sanitize,bench,crossover,cliffs}.log
say run "$(tr '\n' ' ' <"$here/BUNDLE")"
case $what in
  tests) run_tests "$@" ;;
  sanitize) run_sanitizers ;;
  verify) run_verify ;;
  bench) run_bench "$@" ;;
  crossover | cliffs) run_own "$what" ;;
  all)
    run_tests
    run_sanitizers
    run_verify
    run_bench
    ;;
  *) stop run "'$what' is none of: tests sanitize verify bench crossover cliffs all (see the head of $0)" ;;
esac
finish
