#include "dlpack_dtype.h"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>

namespace skim::bench {
namespace {

DLDataTypeCode code_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::f16:
    case DType::f64:
      return kDLFloat;
    case DType::bf16:
      return kDLBfloat;
    case DType::u8:
      return kDLUInt;
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::i64:
      return kDLInt;
  }
  return kDLOpaqueHandle;
}

}  // namespace

DLDataType dlpack_dtype(DType dtype) {
  return {static_cast<std::uint8_t>(code_of(dtype)), static_cast<std::uint8_t>(8 * size_of(dtype)),
          1};
}

DType dtype_from(DLDataType type) {
  for (const DType dtype : kAllDTypes) {
    const DLDataType known = dlpack_dtype(dtype);
    if (known.code == type.code && known.bits == type.bits && type.lanes == 1) return dtype;
  }
  throw std::invalid_argument(
      fmt::format("DLPack type code {} with {} bits has no skim dtype", type.code, type.bits));
}

}  // namespace skim::bench
