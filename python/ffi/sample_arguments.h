// Arguments of sampling and of its steps as Python passes them.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <type_traits>
#include <vector>

#include "errors.h"
#include "row_matrix.h"
#include "row_vector.h"
#include "skim/skim.h"

namespace skim_ffi {

// C has two names for a parameter: one value, and one a row.
inline std::string sentence_about_sampling(const char* sentence) {
  return std::regex_replace(
      sentence, std::regex(R"(\brow_(temperature|top_k|top_p|min_p|seed|offset)\b)"), "$1");
}

inline void check_sampling(skim_status status) { check(status, sentence_about_sampling); }

// A parameter as Python passes it: a number, or one a row.
class Parameter {
 public:
  Parameter(const char* name, ffi::AnyView given, const char* rows_name, const DLTensor& rows)
      : given_(given), each_(name, tensor_of(given), rows_name, rows) {}

  // Of the default where there is one value a row, which is not looked at then.
  template <class T>
  void read_into(T& value, const DLTensor*& each) {
    using Given = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    each = each_.get();
    if (each == nullptr) value = static_cast<T>(given_.cast<Given>());  // rounded as by Python
  }

 private:
  static OptionalTensor tensor_of(ffi::AnyView given) {
    const auto tensor = given.try_cast<DLTensor*>();
    return tensor ? OptionalTensor(*tensor) : OptionalTensor(std::nullopt);
  }

  ffi::AnyView given_;
  RowVector each_;
};

// One top_k a row: int64, which frameworks make of integers, as the int32 of the C API. A value
// beyond int32 means what the nearest means: off, or the whole row.
class NarrowedTopK {
 public:
  const DLTensor* of(const DLTensor* each) {
    if (each == nullptr || each->dtype.code != kDLInt || each->dtype.bits != 64) return each;
    if (each->device.device_type != kDLCPU) return each;  // the library says what is wrong
    const auto* wide = reinterpret_cast<const std::int64_t*>(static_cast<const char*>(each->data) +
                                                             each->byte_offset);
    const auto count = static_cast<std::size_t>(each->shape[0]);
    narrow_.resize(count);
    std::transform(wide, wide + count, narrow_.begin(), nearest_int32);
    tensor_ = *each;
    tensor_.dtype.bits = 32;
    tensor_.data = narrow_.data();
    tensor_.byte_offset = 0;
    return &tensor_;
  }

 private:
  std::vector<std::int32_t> narrow_;
  DLTensor tensor_{};
};

struct GivenParameters {
  ffi::AnyView temperature, top_k, top_p, min_p, seed, offset;
};

// The memory of `given` is read as long as this lives.
class Parameters {
 public:
  Parameters(const char* rows_name, const DLTensor& rows, const GivenParameters& given)
      : temperature_("temperature", given.temperature, rows_name, rows),
        top_k_("top_k", given.top_k, rows_name, rows),
        top_p_("top_p", given.top_p, rows_name, rows),
        min_p_("min_p", given.min_p, rows_name, rows),
        seed_("seed", given.seed, rows_name, rows),
        offset_("offset", given.offset, rows_name, rows) {}

  void read_into(skim_sample_options& options) {
    temperature_.read_into(options.temperature, options.row_temperature);
    top_k_.read_into(options.top_k, options.row_top_k);
    top_p_.read_into(options.top_p, options.row_top_p);
    min_p_.read_into(options.min_p, options.row_min_p);
    seed_.read_into(options.seed, options.row_seed);
    offset_.read_into(options.offset, options.row_offset);
    options.row_top_k = narrowed_.of(options.row_top_k);
  }

 private:
  Parameter temperature_, top_k_, top_p_, min_p_, seed_, offset_;
  NarrowedTopK narrowed_;
};

}  // namespace skim_ffi
