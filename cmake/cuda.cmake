# The CUDA backend: built where nvcc is found, unless SKIM_CUDA says otherwise.
if(NOT SKIM_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "SKIM_CUDA is '${SKIM_CUDA}'; it must be AUTO, ON or OFF.")
endif()
set(SKIM_HAS_CUDA OFF)
if(NOT SKIM_CUDA STREQUAL "OFF")
  find_program(SKIM_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
  mark_as_advanced(SKIM_NVCC)
  if(SKIM_NVCC)
    set(SKIM_HAS_CUDA ON)
  elseif(SKIM_CUDA STREQUAL "ON")
    message(FATAL_ERROR "SKIM_CUDA=ON, but there is no nvcc on the PATH or in /usr/local/cuda/bin; "
                        "install the CUDA toolkit (13.0 or later) or set CUDACXX.")
  endif()
endif()
if(NOT SKIM_HAS_CUDA)
  message(STATUS "CUDA backend: left out (SKIM_CUDA=${SKIM_CUDA}, nvcc: ${SKIM_NVCC})")
  return()
endif()

# Machine code for Hopper, and its PTX for what comes later. `make release` names more.
set(SKIM_CUDA_ARCHITECTURES "90" CACHE STRING "As CMAKE_CUDA_ARCHITECTURES")
set(CMAKE_CUDA_ARCHITECTURES ${SKIM_CUDA_ARCHITECTURES})
if(NOT CMAKE_CUDA_COMPILER)
  set(CMAKE_CUDA_COMPILER ${SKIM_NVCC})
endif()
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)  # a machine without CUDA loads the library all the same
enable_language(CUDA)
# Only now: CMake 3.25 knows the flag of a standard once it has looked at the compiler.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)  # CMake 3.25 stops at C++17 for nvcc
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
find_package(CUDAToolkit REQUIRED)
message(STATUS "CUDA backend: nvcc ${CMAKE_CUDA_COMPILER_VERSION}, "
               "compute capabilities ${SKIM_CUDA_ARCHITECTURES}")
