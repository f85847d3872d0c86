# The CuTe kernel, with the headers of the PyPI package nvidia-cutlass.
set(skim_cute_absent "needs a CUDA device")
if(SKIM_HAS_CUDA)
  skim_find_python_package(skim_cutlass nvidia-cutlass cute/tensor.hpp)
  if(skim_cutlass)
    set(skim_cute_absent "")
    message(STATUS "CuTe as a competitor: ${skim_cutlass}")
  else()
    skim_pinned(skim_cutlass_pinned nvidia-cutlass)
    set(skim_cute_absent "there was no CUTLASS when this was built, this adds it to the next \
build: python3 -m pip install ${skim_cutlass_pinned}")
  endif()
endif()

if(skim_cute_absent)
  target_sources(skim_bench_core PRIVATE peers/cute_absent.cc)
  set_source_files_properties(peers/cute_absent.cc PROPERTIES
    COMPILE_DEFINITIONS "SKIM_BENCH_NO_CUTE=\"${skim_cute_absent}\"")
else()
  # Also what the tests of the kernel on the CPU are built with.
  add_library(skim_bench_cute_headers INTERFACE)
  target_include_directories(skim_bench_cute_headers INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
  # nvcc finds the toolkit's CCCL by itself.
  set(skim_toolkit_cccl ${CUDAToolkit_INCLUDE_DIRS})
  list(TRANSFORM skim_toolkit_cccl APPEND /cccl)
  target_include_directories(skim_bench_cute_headers SYSTEM INTERFACE
    ${skim_cutlass} "$<$<COMPILE_LANGUAGE:CXX>:${skim_toolkit_cccl}>")
  target_compile_options(skim_bench_cute_headers INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>)

  add_library(skim_bench_cute OBJECT peers/cute_peer.cc peers/cute_topk.cu)
  target_compile_definitions(skim_bench_cute PRIVATE FMT_HEADER_ONLY)
  target_link_libraries(skim_bench_cute PRIVATE skim_bench_cute_headers skim::skim
    skim_bench_inputs skim_flags fmt::fmt-header-only CUDA::cudart_static)
  target_sources(skim_bench_core PRIVATE $<TARGET_OBJECTS:skim_bench_cute>)
endif()
