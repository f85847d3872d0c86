#!/usr/bin/env bash
# Fails on a source that clang-format would change; with --fix rewrites it instead.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source scripts/sources.sh

if [[ ${1:-} == --fix ]]; then
  say format "clang-format on ${#sources[@]} sources"
  clang-format -i "${sources[@]}"
else
  say check "format of ${#sources[@]} sources (make format corrects it)"
  clang-format --dry-run --Werror "${sources[@]}"
fi
