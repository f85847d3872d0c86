# The CUDA backend: one source, compiled once a dtype, and what is the same for all.
foreach(dtype IN ITEMS f32 f16 bf16 f64 i8 u8 i16 i32 i64)
  add_library(skim_cuda_${dtype} OBJECT cuda/topk_kernels.cu)
  target_compile_definitions(skim_cuda_${dtype} PRIVATE SKIM_DTYPE=${dtype})
  list(APPEND skim_cuda_objects skim_cuda_${dtype})
endforeach()
foreach(kernels IN ITEMS sample step)
  foreach(dtype IN ITEMS f32 f16 bf16)
    set(target skim_cuda_${kernels}_${dtype})
    add_library(${target} OBJECT cuda/${kernels}_kernels.cu)
    target_compile_definitions(${target} PRIVATE SKIM_DTYPE=${dtype})
    # Tokens are those of a CPU only where no multiplication and addition become one by chance.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false>)
    list(APPEND skim_cuda_objects ${target})
  endforeach()
endforeach()
add_library(skim_cuda OBJECT cuda/device.cc cuda/radix_sort.cu cuda/sample.cc
  cuda/sampling_steps.cc cuda/topk.cc)
list(APPEND skim_cuda_objects skim_cuda)

foreach(objects IN LISTS skim_cuda_objects)
  target_include_directories(${objects} PRIVATE $<TARGET_PROPERTY:skim,INCLUDE_DIRECTORIES>)
  target_compile_definitions(${objects} PRIVATE SKIM_BUILD FMT_HEADER_ONLY)
  target_compile_options(${objects} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>)  # layout.h serves host and device
  target_link_libraries(${objects} PRIVATE skim_flags fmt::fmt-header-only CUDA::cudart_static)
  target_sources(skim PRIVATE $<TARGET_OBJECTS:${objects}>)
endforeach()
target_link_libraries(skim PRIVATE $<BUILD_INTERFACE:CUDA::cudart_static>)
