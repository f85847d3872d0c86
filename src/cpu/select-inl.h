// Per-target include: selection from one part of a row.
//
// group_maxima, per tile: one pass keeps lane-wise maxima of groups of vectors; the k-th largest of
// them (or of maxima of them) is a lower bound of the k-th largest element, since each stands for an
// element of its own; only groups that reach the bound are visited again. filter compares every
// element with the running bound. Both collect candidates in ascending order of index; a full list
// is cut back to its k best, which raises the bound, so no input can overflow it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/group_fold-inl.h"
#include "cpu/select.h"
#include "cpu/vector_ops-inl.h"
#include "hwy/highway.h"
#include "plan/tuning.h"

#if defined(SKIM_CPU_SELECT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_SELECT_INL_H_
#undef SKIM_CPU_SELECT_INL_H_
#else
#define SKIM_CPU_SELECT_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <DType kDType, bool kLargest>
class PartSelect {
  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  using Candidate = CandidateFor<Key>;
  using D = hn::ScalableTag<Key>;
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;

 public:
  explicit PartSelect(const SelectTask<Key>& task) : task_(task) {}

  std::size_t run() {
    if (task_.algorithm == TopkAlgorithm::group_maxima) {
      run_tiles();
    } else {
      filter(0, cols());
    }
    return count_;
  }

 private:
  static std::size_t lanes() { return hn::Lanes(D()); }
  std::size_t cols() const { return static_cast<std::size_t>(task_.cols); }
  std::size_t k() const { return static_cast<std::size_t>(task_.k); }
  std::size_t capacity() const { return static_cast<std::size_t>(task_.geometry->buffer); }

  HWY_INLINE V keys_at(std::size_t column) const {
    return order_key<kDType, kLargest>(VectorOps<D>(), hn::LoadU(D(), task_.elements + column));
  }

  // ---- group_maxima ----

  void run_tiles() {
    const std::size_t group = static_cast<std::size_t>(task_.geometry->group_vectors) * lanes();
    const std::size_t tile = static_cast<std::size_t>(task_.geometry->tile_cols) / group * group;
    for (std::size_t begin = 0; begin < cols() && !closed_; begin += tile) {
      const std::size_t end = std::min(cols(), begin + tile);
      const std::size_t groups = (end - begin) / group;
      fold_tile(begin, groups);
      raise_bound(groups);
      visit_groups(begin, groups);
      filter(begin + groups * group, end);
      if (end < cols() && count_ > k()) cut();
    }
  }

  void fold_tile(std::size_t begin, std::size_t groups) const {
    using Quick = QuickFold<kDType, kLargest>;
    const auto vectors = static_cast<std::size_t>(task_.geometry->group_vectors);
    const Key* const elements = task_.elements + begin;
    if (Quick::applies()) {
      fold_groups<Quick>(elements, groups, vectors, task_.scratch.maxima);
    } else {
      fold_groups<KeyFold<kDType, kLargest>>(elements, groups, vectors, task_.scratch.maxima);
    }
  }

  // Where the tile's maxima promise k elements above the bound, takes the bound from them.
  void raise_bound(std::size_t groups) {
    const std::size_t maxima = groups * lanes();
    if (maxima < k() || reaching(task_.scratch.maxima, maxima, bound_) <= k()) return;
    const std::size_t stride = folded_vectors(groups) * lanes();
    const Key* source = task_.scratch.maxima;
    if (stride < maxima) {
      fold_maxima(maxima, stride);
      source = task_.scratch.folded;
    }
    bound_ = std::max(bound_, bound_from(source, stride));
  }

  // As many vectors as bisection should look at: enough maxima for a sharp bound, not more.
  std::size_t folded_vectors(std::size_t groups) const {
    const std::size_t enough = tuning::kMaximaPerResult * k() / lanes() + 1;
    return std::min(groups, enough);
  }

  // Far apart maxima fold together, so that a cluster of large elements stays spread.
  void fold_maxima(std::size_t maxima, std::size_t stride) const {
    for (std::size_t i = 0; i < stride; i += lanes()) {
      V best = hn::LoadU(D(), task_.scratch.maxima + i);
      for (std::size_t j = i + stride; j < maxima; j += stride) {
        best = hn::Max(best, hn::LoadU(D(), task_.scratch.maxima + j));
      }
      hn::StoreU(best, D(), task_.scratch.folded + i);
    }
  }

  static std::size_t reaching(const Key* keys, std::size_t count, Key bound) {
    const V limit = hn::Set(D(), bound);
    std::size_t below = 0;
    for (std::size_t i = 0; i < count; i += lanes()) {
      below += hn::CountTrue(D(), hn::Lt(hn::LoadU(D(), keys + i), limit));
    }
    return count - below;
  }

  // A key that at least k of the keys reach and, ties aside, not many more.
  Key bound_from(const Key* keys, std::size_t count) const {
    V lowest = hn::LoadU(D(), keys);
    V highest = lowest;
    for (std::size_t i = lanes(); i < count; i += lanes()) {
      lowest = hn::Min(lowest, hn::LoadU(D(), keys + i));
      highest = hn::Max(highest, hn::LoadU(D(), keys + i));
    }
    HWY_ALIGN Key lane_keys[2][HWY_LANES(Key)];  // Highway 1.0.3 reduces no 8-bit lanes
    hn::Store(lowest, D(), lane_keys[0]);
    hn::Store(highest, D(), lane_keys[1]);
    Key low = *std::min_element(lane_keys[0], lane_keys[0] + lanes());
    Key high = *std::max_element(lane_keys[1], lane_keys[1] + lanes());
    const std::size_t enough = k() + k() / 8 + 2;
    std::size_t reached = count;
    while (low < high && reached > enough) {
      const Key middle = upper_middle(low, high);
      const std::size_t hits = reaching(keys, count, middle);
      if (hits >= k()) {
        low = middle;
        reached = hits;
      } else {
        high = static_cast<Key>(middle - 1);
      }
    }
    return low;
  }

  static Key upper_middle(Key low, Key high) {
    using Unsigned = std::make_unsigned_t<Key>;
    const auto distance = static_cast<Unsigned>(static_cast<Unsigned>(high) - static_cast<Unsigned>(low));
    return static_cast<Key>(static_cast<Unsigned>(low) + static_cast<Unsigned>(distance / 2 + distance % 2));
  }

  void visit_groups(std::size_t begin, std::size_t groups) {
    const std::size_t step = lanes();
    const std::size_t group = static_cast<std::size_t>(task_.geometry->group_vectors) * step;
    for (std::size_t g = 0; g < groups; ++g) {
      const V maxima = hn::LoadU(D(), task_.scratch.maxima + g * step);
      if (hn::AllTrue(D(), hn::Lt(maxima, hn::Set(D(), bound_)))) continue;
      filter_vectors(begin + g * group, begin + (g + 1) * group);
      if (closed_) return;
    }
  }

  // ---- filter ----

  void filter(std::size_t begin, std::size_t end) {
    const std::size_t whole = begin + (end - begin) / lanes() * lanes();
    filter_vectors(begin, whole);
    if (whole == end || closed_) return;
    HWY_ALIGN Key last[HWY_LANES(Key)] = {};
    std::copy(task_.elements + whole, task_.elements + end, last);
    const V keys = order_key<kDType, kLargest>(VectorOps<D>(), hn::Load(D(), last));
    admit(keys, hn::And(reached(keys), hn::FirstN(D(), end - whole)), whole);
  }

  void filter_vectors(std::size_t begin, std::size_t end) {
    for (std::size_t column = begin; column < end && !closed_; column += lanes()) {
      const V keys = keys_at(column);
      const M below = hn::Lt(keys, hn::Set(D(), bound_));
      if (!hn::AllTrue(D(), below)) admit(keys, hn::Not(below), column);
    }
  }

  M reached(V keys) const { return hn::Not(hn::Lt(keys, hn::Set(D(), bound_))); }

  void admit(V keys, M admitted, std::size_t column) {
    if (count_ + lanes() > capacity()) {
      cut();
      if (closed_) return;
      admitted = hn::And(admitted, reached(keys));
    }
    HWY_ALIGN Key lane_keys[HWY_LANES(Key)];
    hn::Store(keys, D(), lane_keys);
    std::uint64_t bits = mask_bits(admitted);
    const auto first = task_.first_index + static_cast<std::int64_t>(column);
    while (bits != 0) {
      const int lane = __builtin_ctzll(bits);
      bits &= bits - 1;
      task_.scratch.candidates[count_++] = Packing<Candidate>::pack(lane_keys[lane], first + lane);
    }
  }

  static std::uint64_t mask_bits(M mask) {
    HWY_ALIGN std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(D(), mask, bytes);
    std::uint64_t bits;
    std::memcpy(&bits, bytes, sizeof(bits));
    return bits;
  }

  // Back to the k best. Later elements come after them in index, so they must exceed the worst.
  void cut() {
    const Candidate worst = task_.functions->keep_best(task_.scratch.candidates, count_, k());
    count_ = k();
    const auto key = static_cast<Key>(Packing<Candidate>::key(worst));
    closed_ = key == Order::highest_key;
    if (!closed_) bound_ = std::max<Key>(bound_, static_cast<Key>(key + 1));
  }

  const SelectTask<Key> task_;
  std::size_t count_ = 0;
  Key bound_ = Order::lowest_key;  // elements below it are out
  bool closed_ = false;            // nothing further can enter
};

template <DType kDType, bool kLargest>
std::size_t select_part(const SelectTask<typename KeyOrder<kDType>::Key>& task) {
  return PartSelect<kDType, kLargest>(task).run();
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_SELECT_INL_H_
