#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "peers/host_peer.h"

namespace skim::bench {
namespace {

struct PartialSort {
  template <class P>
  void operator()(P* packed, std::int64_t cols, std::int64_t k) const {
    std::partial_sort(packed, packed + k, packed + cols, std::greater<>{});
  }
};

}  // namespace

PathPtr make_partial_sort() {
  return std::make_unique<HostPeer<PartialSort>>("std::partial_sort",
                                                 fmt::format("libstdc++ {}", _GLIBCXX_RELEASE));
}

}  // namespace skim::bench
