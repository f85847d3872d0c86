#!/usr/bin/env bash
# Every script through shellcheck.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

say check "shellcheck on the scripts"
shellcheck -x -P scripts scripts/*.sh .ci/run
