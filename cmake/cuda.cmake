# CUDA backend: not part of this version. Included once, so the line is printed once a configure.
if(SKIM_CUDA STREQUAL "ON")
  message(FATAL_ERROR
    "SKIM_CUDA=ON, but this version of skim has no CUDA backend; set SKIM_CUDA to AUTO or OFF to "
    "build the CPU backend.")
elseif(SKIM_CUDA STREQUAL "AUTO")
  find_program(SKIM_NVCC nvcc HINTS /usr/local/cuda/bin)
  mark_as_advanced(SKIM_NVCC)
  if(SKIM_NVCC)
    message(STATUS "CUDA backend: not part of this version (nvcc is ${SKIM_NVCC}); "
                   "building the CPU backend")
  else()
    message(STATUS "CUDA backend: not part of this version; building the CPU backend")
  endif()
elseif(NOT SKIM_CUDA STREQUAL "OFF")
  message(FATAL_ERROR "SKIM_CUDA is '${SKIM_CUDA}'; it must be AUTO, ON or OFF.")
endif()
