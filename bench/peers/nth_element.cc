#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "peers/host_peer.h"

namespace skim::bench {
namespace {

struct NthElementThenSort {
  template <class P>
  void operator()(P* packed, std::int64_t cols, std::int64_t k) const {
    std::nth_element(packed, packed + (k - 1), packed + cols, std::greater<>{});
    std::sort(packed, packed + k, std::greater<>{});
  }
};

}  // namespace

PathPtr make_nth_element() {
  return std::make_unique<HostPeer<NthElementThenSort>>(
      "std::nth_element", fmt::format("libstdc++ {}", _GLIBCXX_RELEASE));
}

}  // namespace skim::bench
