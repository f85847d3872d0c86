// Helpers of the only code that rejects a user's input.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "skim/dtype.h"
#include "skim/error.h"

namespace skim {

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> text, Args&&... args) {
  throw InvalidRequest(fmt::format(text, std::forward<Args>(args)...));
}

constexpr bool is_known(DType dtype) { return size_of(dtype) != 0; }

constexpr bool is_index_dtype(DType dtype) { return dtype == DType::i32 || dtype == DType::i64; }

// a * b, or nothing if int64 cannot hold it.
inline std::optional<std::int64_t> checked_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace skim
