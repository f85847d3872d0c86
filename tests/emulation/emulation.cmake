# skim once more, with the kernels of its CUDA backend compiled by the host's compiler to run on the
# machine of this folder. Included by src/CMakeLists.txt.
set(emulation ${PROJECT_SOURCE_DIR}/tests/emulation)

add_library(skim_emulated SHARED EXCLUDE_FROM_ALL ${skim_common_sources})
target_include_directories(skim_emulated
  PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(skim_emulated PRIVATE $<TARGET_PROPERTY:skim,COMPILE_DEFINITIONS>)
target_link_libraries(skim_emulated PRIVATE
  skim_flags hwy::hwy hwy::hwy_contrib fmt::fmt-header-only
  $<$<BOOL:${SKIM_OPENMP}>:OpenMP::OpenMP_CXX>)

foreach(dtype IN ITEMS f32 f16 bf16 f64 i8 u8 i16 i32 i64)
  # A source can have one language only.
  set(source ${CMAKE_CURRENT_BINARY_DIR}/emulated_${dtype}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"cuda/topk_kernels.cu\"\n")
  add_library(skim_emulated_${dtype} OBJECT EXCLUDE_FROM_ALL ${source})
  target_compile_definitions(skim_emulated_${dtype} PRIVATE SKIM_DTYPE=${dtype})
  list(APPEND skim_emulated_objects skim_emulated_${dtype})
endforeach()
foreach(kernels IN ITEMS sample step)
  foreach(dtype IN ITEMS f32 f16 bf16)
    set(target skim_emulated_${kernels}_${dtype})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/emulated_${kernels}_${dtype}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"cuda/${kernels}_kernels.cu\"\n")
    add_library(${target} OBJECT EXCLUDE_FROM_ALL ${source})
    target_compile_definitions(${target} PRIVATE SKIM_DTYPE=${dtype})
    target_compile_options(${target} PRIVATE -ffp-contract=off)
    list(APPEND skim_emulated_objects ${target})
  endforeach()
endforeach()
add_library(skim_emulated_runtime OBJECT EXCLUDE_FROM_ALL
  cuda/device.cc cuda/sample.cc cuda/sampling_steps.cc cuda/topk.cc
  ${emulation}/radix_sort.cc ${emulation}/runtime.cc)
list(APPEND skim_emulated_objects skim_emulated_runtime)

foreach(objects IN LISTS skim_emulated_objects)
  target_include_directories(${objects} BEFORE PRIVATE ${emulation}/include ${emulation})
  target_include_directories(${objects} PRIVATE
    ${PROJECT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(${objects} PRIVATE SKIM_BUILD FMT_HEADER_ONLY)
  # Kernels are read as CUDA C++: pragmas, qualifiers, and bits seen as several types. Optimising
  # them takes longer than they then run.
  target_compile_options(${objects} PRIVATE
    -include ${emulation}/include/device_language.h
    -w -O1 -fno-strict-aliasing -fno-extern-tls-init)
  target_link_libraries(${objects} PRIVATE fmt::fmt-header-only Boost::context)
  target_sources(skim_emulated PRIVATE $<TARGET_OBJECTS:${objects}>)
endforeach()

# The machine itself is C++.
add_library(skim_emulated_machine OBJECT EXCLUDE_FROM_ALL
  ${emulation}/cluster.cc ${emulation}/cta.cc ${emulation}/machine.cc)
target_link_libraries(skim_emulated_machine PRIVATE skim_flags Boost::context)
target_sources(skim_emulated PRIVATE $<TARGET_OBJECTS:skim_emulated_machine>)
target_link_libraries(skim_emulated PRIVATE Boost::context)
