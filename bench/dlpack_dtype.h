// DLPack's names for the dtypes.
#pragma once

#include "skim/dlpack.h"
#include "skim/dtype.h"

namespace skim::bench {

DLDataType dlpack_dtype(DType dtype);
DType dtype_from(DLDataType type);  // throws std::invalid_argument where skim has no such dtype

}  // namespace skim::bench
