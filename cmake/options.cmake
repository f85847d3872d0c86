option(SKIM_BUILD_BENCH "Build libskim_bench and the command skim" ${PROJECT_IS_TOP_LEVEL})
option(SKIM_BUILD_TESTS "Build the C++ tests (needs SKIM_BUILD_BENCH for the oracle)" ${PROJECT_IS_TOP_LEVEL})
option(SKIM_BUILD_PYTHON "Build the tvm-ffi module of the Python package" OFF)
option(SKIM_OPENMP "Use more than one thread (OpenMP)" ON)
option(SKIM_WERROR "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})
set(SKIM_CUDA AUTO CACHE STRING "CUDA backend: AUTO (if nvcc is found), ON, OFF")
set(SKIM_EMULATE_CUDA AUTO CACHE STRING
    "Test the CUDA backend's kernels on the CPU: AUTO (with the tests, if Boost.Context is found), ON, OFF")
set(SKIM_SANITIZE "" CACHE STRING "Sanitizers of every target, as for -fsanitize=")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Warnings and sanitizers for our own targets; users of skim::skim inherit neither.
add_library(skim_flags INTERFACE)
target_compile_options(skim_flags INTERFACE
  "$<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion>"
  "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>")
if(SKIM_WERROR)
  target_compile_options(skim_flags INTERFACE
    $<IF:$<COMPILE_LANGUAGE:CUDA>,-Werror=all-warnings,-Werror>)
endif()
if(SKIM_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # gcc sees uninitialised variables that are not there once a sanitizer has been at the code.
    target_compile_options(skim_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  add_compile_options(
    $<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${SKIM_SANITIZE}>
    $<$<COMPILE_LANGUAGE:C,CXX>:-fno-sanitize-recover=all>
    $<$<COMPILE_LANGUAGE:C,CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${SKIM_SANITIZE})
endif()

include(cmake/ccache.cmake)
include(cmake/cuda.cmake)
include(cmake/emulation.cmake)
