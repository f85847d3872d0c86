# RAFT's select_k from the PyPI packages libraft-cu13, librmm-cu13 and rapids-logger, which are too
# large to be installed for everyone, and whose headers take some minutes to compile.
set(skim_raft_packages libraft-cu13==26.10.0 librmm-cu13==26.10.0 rapids-logger==0.3.0)
set(skim_raft_absent "needs a CUDA device")
if(SKIM_HAS_CUDA)
  skim_find_python_package(skim_raft libraft-cu13 raft/matrix/select_k.cuh)
  skim_find_python_package(skim_rmm librmm-cu13 librmm.so)
  skim_find_python_package(skim_rapids_logger rapids-logger librapids_logger.so)
  if(skim_raft AND skim_rmm AND skim_rapids_logger)
    set(skim_raft_absent "")
    message(STATUS "RAFT as a competitor: ${skim_raft}")
  else()
    list(JOIN skim_raft_packages " " skim_raft_packages)
    set(skim_raft_absent "there was no RAFT when this was built, this adds it to the next build: \
python3 -m pip install --no-deps ${skim_raft_packages}")
  endif()
endif()

if(skim_raft_absent)
  target_sources(skim_bench_core PRIVATE peers/raft_absent.cc)
  set_source_files_properties(peers/raft_absent.cc PROPERTIES
    COMPILE_DEFINITIONS "SKIM_BENCH_NO_RAFT=\"${skim_raft_absent}\"")
  return()
endif()
target_sources(skim_bench_core PRIVATE peers/raft_peer.cc)

add_library(skim_bench_raft MODULE peers/raft_module.cc)
foreach(dtype IN ITEMS f32 f16 bf16)
  add_library(skim_bench_raft_${dtype} OBJECT peers/raft_select_k.cu)
  target_compile_definitions(skim_bench_raft_${dtype} PRIVATE SKIM_DTYPE=${dtype})
  target_sources(skim_bench_raft PRIVATE $<TARGET_OBJECTS:skim_bench_raft_${dtype}>)
endforeach()
foreach(target IN ITEMS skim_bench_raft skim_bench_raft_f32 skim_bench_raft_f16 skim_bench_raft_bf16)
  # Not SYSTEM: RAFT brings a CCCL of its own, and the toolkit's would come first.
  target_include_directories(${target} BEFORE PRIVATE ${skim_raft}/rapids)
  target_include_directories(${target} SYSTEM PRIVATE ${skim_raft} ${skim_rmm}/../include
    ${skim_rapids_logger}/../include)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr --extended-lambda>)
  target_link_libraries(${target} PRIVATE skim_flags CUDA::cudart_static)
endforeach()
# Both by name: each lies in a folder of its own, where the other does not look for it.
target_link_libraries(skim_bench_raft PRIVATE -Wl,--no-as-needed ${skim_rmm}/librmm.so
  ${skim_rapids_logger}/librapids_logger.so)
set_target_properties(skim_bench_raft PROPERTIES
  INSTALL_RPATH "$ORIGIN;${skim_rmm};${skim_rapids_logger}")
install(TARGETS skim_bench_raft LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
