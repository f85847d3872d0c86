#include <fmt/format.h>
#include <hwy/contrib/sort/vqsort.h>
#include <hwy/highway.h>

#include "peers/host_peer.h"

namespace skim::bench {
namespace {

// Highway 1.0.3 has no partial sort: the whole row is sorted.
struct FullSort {
  hwy::Sorter sorter;

  template <class P>
  void operator()(P* packed, std::int64_t cols, std::int64_t) const {
    sorter(packed, static_cast<std::size_t>(cols), hwy::SortDescending{});
  }
};

}  // namespace

PathPtr make_vqsort() {
  return std::make_unique<HostPeer<FullSort>>(
      "Highway VQSort", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH));
}

}  // namespace skim::bench
