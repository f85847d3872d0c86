// The slow, obviously right reference. It shares no code with the product.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <vector>

namespace skim::bench {

// Column indices of the k best of row[0..cols), best first; `number` turns an element into a
// double, float or integer that `<` and isnan understand.
template <class T, class ToNumber>
std::vector<std::int64_t> oracle_topk(const T* row, std::int64_t cols, std::int64_t k, bool largest,
                                      ToNumber number) {
  const auto less = [](auto a, auto b) {  // NaN is largest and equals NaN
    if constexpr (std::is_floating_point_v<decltype(a)>) {
      if (std::isnan(a)) return false;
      if (std::isnan(b)) return true;
    }
    return a < b;
  };
  const auto first = [&](std::int64_t a, std::int64_t b) {  // equal values go by lowest index
    const auto x = number(row[largest ? a : b]);
    const auto y = number(row[largest ? b : a]);
    return less(y, x) || (!less(x, y) && a < b);
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(cols));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (k < cols / 8) {  // else the whole sort is faster
    std::partial_sort(order.begin(), order.begin() + k, order.end(), first);
  } else {
    std::sort(order.begin(), order.end(), first);
  }
  order.resize(static_cast<std::size_t>(k));
  return order;
}

}  // namespace skim::bench
