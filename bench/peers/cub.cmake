# CUB as a competitor, from the first CCCL that is there: SKIM_CCCL_DIR, the PyPI package
# nvidia-cuda-cccl, the CUDA toolkit's own. Only these sources see it; libskim uses the toolkit's.
set(SKIM_CCCL_DIR "" CACHE PATH
    "CCCL of the benchmark's CUB paths: a checkout, or a folder that holds cub/, thrust/ and cuda/")
set(SKIM_CCCL_COMMIT "" CACHE STRING "What results call an unreleased CCCL in SKIM_CCCL_DIR")

# Sets skim_cccl to the include folders and skim_cub to the one among them with CUB.
macro(skim_find_cccl)
  if(SKIM_CCCL_DIR)
    set(skim_cccl ${SKIM_CCCL_DIR} ${SKIM_CCCL_DIR}/cub ${SKIM_CCCL_DIR}/thrust
        ${SKIM_CCCL_DIR}/libcudacxx/include)
  else()
    skim_find_python_package(skim_cccl nvidia-cuda-cccl cub/version.cuh)
    if(NOT skim_cccl)
      set(skim_cccl ${CUDAToolkit_INCLUDE_DIRS})
      list(TRANSFORM skim_cccl APPEND /cccl)
    endif()
  endif()
  find_path(skim_cub cub/version.cuh PATHS ${skim_cccl} NO_DEFAULT_PATH NO_CACHE)
  if(NOT skim_cub)
    message(FATAL_ERROR "There is no cub/version.cuh in ${skim_cccl}; set SKIM_CCCL_DIR to a "
                        "checkout of CCCL, or leave it empty.")
  endif()
endmacro()

set(skim_cub_built SKIM_BENCH_CUB_TOPK=0 SKIM_BENCH_CUB_SORT=0)
set(skim_cub_absent "needs a CUDA device")
if(SKIM_HAS_CUDA)
  skim_find_cccl()
  set(skim_cub_sources peers/cub_peer.cc peers/cub_segmented_sort.cu)
  if(EXISTS ${skim_cub}/cub/device/device_batched_topk.cuh)
    list(APPEND skim_cub_sources peers/cub_batched_topk_path.cc peers/cub_bounded_batched_topk.cu
         peers/cub_device_topk.cu peers/cub_fixed_batched_topk.cu)
    set(skim_cub_built SKIM_BENCH_CUB_TOPK=1 SKIM_BENCH_CUB_SORT=1)
  else()
    skim_pinned(skim_cccl_package nvidia-cuda-cccl)
    set(skim_cub_built SKIM_BENCH_CUB_TOPK=0 SKIM_BENCH_CUB_SORT=1)
    set(skim_cub_absent "the CCCL in ${skim_cub} has no top-k, this adds it to the next \
build: python3 -m pip install ${skim_cccl_package}")
  endif()
  if(EXISTS ${skim_cub}/cub/agent/agent_batched_topk_cluster.cuh)
    set(skim_cub_clusters 1)
  else()
    set(skim_cub_clusters 0)
  endif()
  message(STATUS "CUB as a competitor: ${skim_cub}")

  add_library(skim_bench_cub OBJECT ${skim_cub_sources})
  # Not SYSTEM: the toolkit's own CCCL would come first.
  target_include_directories(skim_bench_cub BEFORE PRIVATE ${skim_cccl})
  target_include_directories(skim_bench_cub PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  # Where a GPU is too old for what CUB is asked, the call says so instead of the compiler.
  target_compile_definitions(skim_bench_cub PRIVATE
    SKIM_BENCH_CUB_CLUSTERS=${skim_cub_clusters} SKIM_BENCH_CCCL_COMMIT="${SKIM_CCCL_COMMIT}"
    CUB_DISABLE_TOPK_UNSUPPORTED_ARCH_ASSERT FMT_HEADER_ONLY)
  target_link_libraries(skim_bench_cub
    PRIVATE skim::skim skim_bench_inputs skim_flags fmt::fmt-header-only CUDA::cudart_static)
  target_sources(skim_bench_core PRIVATE $<TARGET_OBJECTS:skim_bench_cub>)
  target_link_libraries(skim_bench_core PRIVATE CUDA::cudart_static)
endif()
target_sources(skim_bench_core PRIVATE peers/cub_absent.cc)
set_source_files_properties(peers/cub_absent.cc PROPERTIES
  COMPILE_DEFINITIONS "${skim_cub_built};SKIM_BENCH_CUB_NO_TOPK=\"${skim_cub_absent}\"")
