# shellcheck shell=bash disable=SC2034
# Sourced after common.sh: our own C, C++ and CUDA sources. include/skim/dlpack.h is DLPack's, verbatim.
mapfile -t sources < <(find include src bench tests python \
  -name build -prune -o \( -name '*.h' -o -name '*.c' -o -name '*.cc' \
  -o -name '*.cu' -o -name '*.cuh' \) -print |
  grep -vx 'include/skim/dlpack.h' | sort)
