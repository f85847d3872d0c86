# Our own kernels once more with clocks in them, for --profile: of the library's sources, but not in
# the library.
option(SKIM_BENCH_PROFILE "Compile kernels with clocks for `skim bench --profile`" ON)
if(SKIM_HAS_CUDA AND SKIM_BENCH_PROFILE)
  foreach(dtype IN ITEMS f32 f16 bf16)
    add_library(skim_bench_recorded_${dtype} OBJECT recorded_kernel.cu)
    target_include_directories(skim_bench_recorded_${dtype} PRIVATE
      ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(skim_bench_recorded_${dtype} PRIVATE SKIM_DTYPE=${dtype})
    target_compile_options(skim_bench_recorded_${dtype} PRIVATE --expt-relaxed-constexpr)
    target_link_libraries(skim_bench_recorded_${dtype} PRIVATE skim::skim skim_flags
      CUDA::cudart_static)
    target_sources(skim_bench_core PRIVATE $<TARGET_OBJECTS:skim_bench_recorded_${dtype}>)
  endforeach()
  target_sources(skim_bench_core PRIVATE recorded_kernels.cc)
else()
  target_sources(skim_bench_core PRIVATE recorded_kernels_absent.cc)
endif()
