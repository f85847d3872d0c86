// DLPack's tensors as views; refuses what a view cannot express.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "skim/dlpack.h"
#include "skim/error.h"
#include "skim/tensor_view.h"

namespace skim {

// A dtype that skim does not select from, as the frameworks call it where that is short to say.
inline std::string name_of_foreign(DLDataType dtype) {
  const auto numbered = [&](const char* kind) {
    const std::string lanes = dtype.lanes == 1 ? "" : fmt::format(" x {} lanes", dtype.lanes);
    return fmt::format("{}{}{}", kind, dtype.bits, lanes);
  };
  switch (dtype.code) {
    case kDLInt:
      return numbered("int");
    case kDLUInt:
      return numbered("uint");
    case kDLFloat:
      return numbered("float");
    case kDLBfloat:
      return numbered("bfloat");
    case kDLComplex:
      return numbered("complex");
    case kDLBool:
      return "bool";
    default:
      return numbered(fmt::format("of DLPack's code {} and bits ", dtype.code).c_str());
  }
}

inline DType dtype_of_tensor(const char* name, const DLTensor& tensor) {
  const DLDataType dtype = tensor.dtype;
  if (dtype.lanes == 1) {
    switch (dtype.code << 8 | dtype.bits) {
      case kDLFloat << 8 | 32:
        return DType::f32;
      case kDLFloat << 8 | 16:
        return DType::f16;
      case kDLBfloat << 8 | 16:
        return DType::bf16;
      case kDLFloat << 8 | 64:
        return DType::f64;
      case kDLInt << 8 | 8:
        return DType::i8;
      case kDLUInt << 8 | 8:
        return DType::u8;
      case kDLInt << 8 | 16:
        return DType::i16;
      case kDLInt << 8 | 32:
        return DType::i32;
      case kDLInt << 8 | 64:
        return DType::i64;
      default:
        break;
    }
  }
  throw InvalidRequest(
      fmt::format("{} has dtype {}; use float16, bfloat16, float32, float64, int8, "
                  "uint8, int16, int32 or int64",
                  name, name_of_foreign(dtype)));
}

inline DeviceId device_of_tensor(const char* name, const DLTensor& tensor) {
  switch (tensor.device.device_type) {
    case kDLCPU:
    case kDLCUDAHost:
      return {DeviceKind::cpu, 0};
    case kDLCUDA:
      return {DeviceKind::cuda, tensor.device.device_id};
    case kDLCUDAManaged:
      throw InvalidRequest(
          fmt::format("{} is in managed memory, which names no device; label it kDLCUDA with the "
                      "GPU that is to run, or kDLCPU",
                      name));
    default:
      throw InvalidRequest(fmt::format("{} is on DLPack device type {}; use a CPU or CUDA tensor",
                                       name, static_cast<int>(tensor.device.device_type)));
  }
}

// A tensor of one or two dimensions whose last one is contiguous.
template <class Pointer>
BasicTensorView<Pointer> view_of(const char* name, const DLTensor* tensor) {
  if (tensor == nullptr) throw InvalidRequest(fmt::format("{} is null; pass a tensor", name));
  const int dimensions = tensor->ndim;
  if (dimensions != 1 && dimensions != 2) {
    throw InvalidRequest(fmt::format("{} has {} dimensions; reshape it to (rows, cols) or (cols)",
                                     name, dimensions));
  }
  if (tensor->shape == nullptr)
    throw InvalidRequest(fmt::format("{} has a null shape; fill it in", name));
  const std::int64_t cols = tensor->shape[dimensions - 1];
  const std::int64_t rows = dimensions == 2 ? tensor->shape[0] : 1;
  const std::int64_t* strides = tensor->strides;
  if (strides != nullptr && cols > 1 && strides[dimensions - 1] != 1) {
    throw InvalidRequest(
        fmt::format("{} has a column stride of {}, the limit is 1; copy it to contiguous memory",
                    name, strides[dimensions - 1]));
  }
  BasicTensorView<Pointer> view;
  view.dtype = dtype_of_tensor(name, *tensor);
  view.device = device_of_tensor(name, *tensor);
  auto* const base = static_cast<char*>(tensor->data);
  view.data = base == nullptr ? nullptr : base + tensor->byte_offset;
  view.rows = rows;
  view.cols = cols;
  view.row_stride = strides != nullptr && dimensions == 2 ? strides[0] : cols;
  return view;
}

inline TensorView input_view(const char* name, const DLTensor* tensor) {
  return view_of<const void*>(name, tensor);
}

inline MutableTensorView output_view(const char* name, const DLTensor* tensor) {
  return view_of<void*>(name, tensor);
}

// A contiguous tensor of one dimension, one entry a row, as a matrix of one row.
inline TensorView vector_view(const char* name, const DLTensor& tensor) {
  if (tensor.ndim != 1) {
    throw InvalidRequest(
        fmt::format("{} has {} dimensions; pass one entry a row", name, tensor.ndim));
  }
  return view_of<const void*>(name, &tensor);
}

inline RowIntegersView integers_view(const char* name, const DLTensor& tensor) {
  const TensorView view = vector_view(name, tensor);
  return {view.data, view.dtype, view.cols, view.device};
}

}  // namespace skim
