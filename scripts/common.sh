# shellcheck shell=bash
# Sourced by the scripts here: the repository's root as working folder, and how they speak.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' red='' plain=''
fi

# say TOPIC TEXT...: one short line.
say() {
  local topic="$1"
  shift
  echo "${bold}[${topic}]${plain} $*"
}

# stop TOPIC TEXT...: one line that says what is wrong and what to do, then a failing exit.
stop() {
  local topic="$1"
  shift
  echo "${red}[${topic}]${plain} $*" >&2
  exit 1
}

# with_cmake_compilers COMMAND...: scikit-build-core would name those of Python's build, mostly the same
# under other names, and ccache would compile the library and the benchmark a second time.
with_cmake_compilers() {
  CC=${CC:-$(command -v cc)} CXX=${CXX:-$(command -v c++)} "$@"
}

# hash_of PATH...: one hash over names and contents of files and folders; caches do not count.
hash_of() {
  find "$@" -name __pycache__ -prune -o -type f -print0 | sort -z | xargs -0 sha256sum |
    sha256sum | cut -d' ' -f1
}
