# Competitors that are built from PyPI packages.
set(SKIM_PEER_PYTHON "" CACHE FILEPATH
    "A python whose packages native competitors are built from, before .venv's and python3's")

# skim_find_python_package(RESULT PACKAGE FILE): sets RESULT to the folder from which FILE of the
# package is named; empty where no python has it.
function(skim_find_python_package result package file)
  set(${result} "" PARENT_SCOPE)
  foreach(python IN ITEMS ${SKIM_PEER_PYTHON} ${PROJECT_SOURCE_DIR}/.venv/bin/python python3)
    execute_process(COMMAND ${python} -c "from importlib.metadata import files
print(next(str(f.locate()) for f in files('${package}') if str(f).endswith('/${file}')))"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE missing)
    if(NOT missing)
      string(REGEX REPLACE "/${file}$" "" folder ${found})
      set(${result} ${folder} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# skim_pinned(RESULT PACKAGE): sets RESULT to the line of python/requirements-headers.txt, as pip takes it.
function(skim_pinned result package)
  file(STRINGS ${PROJECT_SOURCE_DIR}/python/requirements-headers.txt line REGEX "^${package}==")
  set(${result} ${line} PARENT_SCOPE)
endfunction()
