// Per-target include: selection from one part of a row.
//
// group_maxima, per tile: one pass keeps lane-wise maxima of groups of vectors; the k-th largest of
// them (or of maxima of them) is a lower bound of the k-th largest element, since each stands for
// an element of its own; only groups that reach the bound are visited again. filter compares every
// element with the running bound. Both collect candidates in ascending order of index; a full list
// is cut back to its k best, which raises the bound, so no input can overflow it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cpu/group_fold-inl.h"
#include "cpu/select.h"
#include "cpu/upper_middle.h"
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
  using Keys = KeyFold<kDType, kLargest>;
  using Quick = QuickFold<kDType, kLargest>;

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

  // ---- group_maxima ----

  void run_tiles() {
    const std::size_t group = group_vectors() * lanes();
    const std::size_t tile = static_cast<std::size_t>(task_.geometry->tile_cols) / group * group;
    std::size_t begin = 0;
    std::size_t aligned = std::min(cols(), columns_before_alignment());
    while (begin < cols() && !closed_) {
      const std::size_t end = std::min(cols(), aligned + tile);
      const std::size_t groups = (end - aligned) / group;
      raise_bound(fold_tile(aligned, groups));
      filter(begin, aligned);
      visit_groups(aligned, groups);
      filter(aligned + groups * group, end);
      if (end < cols() && count_ >= 2 * k()) cut();
      begin = aligned = end;
    }
  }

  // A vector that straddles two cache lines is loaded at half the speed.
  std::size_t columns_before_alignment() const {
    const auto address = reinterpret_cast<std::uintptr_t>(task_.elements);
    return (lanes() - address / sizeof(Key) % lanes()) % lanes();
  }

  std::size_t group_vectors() const {
    return static_cast<std::size_t>(task_.geometry->group_vectors);
  }

  // Returns how many vectors of maxima the tile has.
  std::size_t fold_tile(std::size_t begin, std::size_t groups) const {
    const Key* const elements = task_.elements + begin;
    return quick_ ? fold_groups<Quick>(elements, groups, group_vectors(), task_.scratch.maxima)
                  : fold_groups<Keys>(elements, groups, group_vectors(), task_.scratch.maxima);
  }

  // Where the tile promises more than k elements above the bound, takes a better one from it.
  void raise_bound(std::size_t vectors) {
    const std::size_t enough = tuning::kMaximaPerResult * k() / lanes() + 1;
    const Key* keys = task_.scratch.maxima;
    if (vectors > enough) {
      fold_maxima(vectors, enough);
      keys = task_.scratch.folded;
      vectors = enough;
    }
    const std::size_t count = vectors * lanes();
    if (count < k() || (count_ > 0 && reaching(keys, count, bound_) <= k())) return;
    bound_ = std::max(bound_, bound_from(keys, count));
  }

  // Folds the maxima into `stride` vectors. Far apart ones fold together, so that a cluster of
  // large elements stays spread.
  void fold_maxima(std::size_t vectors, std::size_t stride) const {
    const Key* const maxima = task_.scratch.maxima;
    for (std::size_t i = 0; i < stride; ++i) {
      V best = hn::LoadU(D(), maxima + i * lanes());
      for (std::size_t j = i + stride; j < vectors; j += stride) {
        best = hn::Max(best, hn::LoadU(D(), maxima + j * lanes()));
      }
      hn::StoreU(best, D(), task_.scratch.folded + i * lanes());
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
    const std::size_t enough = k() + k() / 16 + 1;
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

  void visit_groups(std::size_t begin, std::size_t groups) {
    const std::size_t group = group_vectors() * lanes();
    std::size_t next = 0;
    while (next < groups && !closed_) {
      const Key listed_bound = bound_;
      const std::size_t first = next;
      const std::size_t hits = list_hits(first, groups);
      next = groups;
      for (std::size_t h = 0; h < hits; ++h) {
        const std::size_t hit = task_.scratch.hits[h];
        if (hit < first) continue;  // the neighbour of the first
        filter_vectors(begin + hit * group, begin + (hit + 1) * group);
        if (bound_ != listed_bound || closed_) {  // the rest of the list is out of date
          next = hit + 1;
          break;
        }
      }
    }
  }

  // The groups from `first`, or from its neighbour, that reach the bound: without a branch that
  // depends on them.
  std::size_t list_hits(std::size_t first, std::size_t groups) const {
    const V bound = hn::Set(D(), bound_);
    std::uint32_t* const hits = task_.scratch.hits;
    const std::size_t lanes_per_group = lanes() / kGroupsPerVector;
    std::size_t count = 0;
    for (std::size_t v = first / kGroupsPerVector; v * kGroupsPerVector < groups; ++v) {
      const V maxima = hn::LoadU(D(), task_.scratch.maxima + v * lanes());
      std::uint64_t reached = others(hn::Lt(maxima, bound));
      for (std::size_t g = v * kGroupsPerVector; g < (v + 1) * kGroupsPerVector; ++g) {
        const std::uint64_t of_group = reached & ((std::uint64_t{1} << lanes_per_group) - 1);
        hits[count] = static_cast<std::uint32_t>(g);
        count += of_group != 0;
        reached >>= lanes_per_group;
      }
    }
    return count > 0 && hits[count - 1] == groups ? count - 1 : count;  // the last has no neighbour
  }

  // ---- filter ----

  void filter(std::size_t begin, std::size_t end) {
    const std::size_t whole = begin + (end - begin) / lanes() * lanes();
    filter_vectors(begin, whole);
    for (std::size_t column = whole; column < end; ++column) admit(column);
  }

  void filter_vectors(std::size_t begin, std::size_t end) {
    const std::size_t block = kWordsPerBlock * kVectorsPerWord * lanes();
    for (; begin < end && !closed_; begin += block) {
      const std::size_t stop = std::min(end, begin + block);
      if (quick_ && Quick::expresses(bound_)) {
        filter_block<typename Quick::Below>(begin, stop);
      } else {
        filter_block<typename Keys::Below>(begin, stop);
      }
    }
  }

  // All comparisons of a block first, then the elements that passed: a branch that nobody can
  // predict costs as much as comparing ten vectors.
  template <class Below>
  HWY_INLINE void filter_block(std::size_t begin, std::size_t end) {
    const Below below(bound_);
    const std::size_t step = kVectorsPerWord * lanes();
    std::uint64_t words[kWordsPerBlock] = {};
    std::uint32_t marked = 0;
    if (end - begin == kWordsPerBlock * step) {
      for (std::size_t w = 0; w < kWordsPerBlock; ++w) {  // unrolled by the compiler
        words[w] = mark(below, begin + w * step, kVectorsPerWord);
        marked |= static_cast<std::uint32_t>(words[w] != 0) << w;
      }
    } else {
      for (std::size_t w = 0, at = begin; at < end; ++w, at += step) {
        words[w] = mark(below, at, std::min(kVectorsPerWord, (end - at) / lanes()));
        marked |= static_cast<std::uint32_t>(words[w] != 0) << w;
      }
    }
    for (; marked != 0; marked &= marked - 1) {
      const auto w = static_cast<std::size_t>(__builtin_ctz(marked));
      admit_marked(words[w], begin + w * step);
    }
  }

  // The lanes of a few vectors that are not below the bound, as bits.
  template <class Below>
  HWY_INLINE std::uint64_t mark(const Below& below, std::size_t column, std::size_t vectors) const {
    std::uint64_t word = 0;
    for (std::size_t v = 0; v < vectors; ++v) {
      word |= others(below(task_.elements + column + v * lanes())) << (v * kSlotBits % 64);
    }
    return word;
  }

  void admit_marked(std::uint64_t word, std::size_t column) {
    for (; word != 0; word &= word - 1) {
      const auto bit = static_cast<std::size_t>(__builtin_ctzll(word));
      admit(column + bit / kSlotBits * lanes() + bit % kSlotBits);
    }
  }

  // A vector's mask takes whole bytes of the word, even where it has fewer than 8 lanes.
  static constexpr std::size_t kSlotBytes = (HWY_LANES(Key) + 7) / 8;
  static constexpr std::size_t kSlotBits = 8 * kSlotBytes;
  static constexpr std::size_t kVectorsPerWord = 8 / kSlotBytes;
  static constexpr std::size_t kWordsPerBlock = 4;

  // The lanes that are not in the mask. The complement is taken of the bits, since masks have fewer
  // execution units than integers.
  static HWY_INLINE std::uint64_t others(hn::Mask<D> mask) {
    using Slot = hwy::UnsignedFromSize<kSlotBytes>;  // read as it was written: the store forwards
    constexpr Slot kLaneBits = static_cast<Slot>(~Slot{0}) >> (kSlotBits - HWY_LANES(Key));
    Slot slot;
    hn::StoreMaskBits(D(), mask, reinterpret_cast<std::uint8_t*>(&slot));
    return static_cast<Slot>(~slot & kLaneBits);
  }

  void admit(std::size_t column) {
    const Key key = skim::order_key<kDType, kLargest>(task_.elements[column]);
    if (key < bound_ || closed_) return;
    if (count_ == capacity()) {
      cut();
      if (key < bound_ || closed_) return;
    }
    const auto index = task_.first_index + static_cast<std::int64_t>(column);
    task_.scratch.candidates[count_++] = Packing<Candidate>::pack(key, index);
  }

  // Back to about the k best. Later elements come after them in index, so they must exceed the
  // worst that is kept.
  void cut() {
    const std::size_t at_most = k() + (count_ - k()) / 4;
    const auto kept = task_.functions->keep_best(task_.scratch.candidates, count_, k(), at_most);
    count_ = kept.count;
    const auto key = static_cast<Key>(Packing<Candidate>::key(kept.worst));
    closed_ = key == Order::highest_key;
    if (!closed_) bound_ = std::max<Key>(bound_, static_cast<Key>(key + 1));
  }

  const SelectTask<Key> task_;
  const bool quick_ = Quick::applies();
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
