// Top-k of short rows, written with CuTe, in the manner of QuACK's kernel: a few lanes of a warp
// share a row, hold 32 of its elements each, sort them and merge their lists, tile by tile; there
// is no shared memory and no branch on data. Unlike QuACK's it is exact: NaN is largest, -0 equals
// 0, ties go to the lowest index, and values are the input's own bits.
#pragma once

#include <cstdint>
#include <limits>

#include "peers/cute_topk.h"
#include "peers/cute_topk_network.cuh"

namespace skim::bench {

// Sums of CUTLASS's 16-bit types are never -0 here, and their only NaN is one with a positive sign.
template <class Element>
CUTE_HOST_DEVICE Element with_one_zero_and_one_nan(Element element) {
  return element + Element(0);
}
CUTE_HOST_DEVICE float with_one_zero_and_one_nan(float element) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  return element == element ? element + 0.0f : kNan;
}

// The element's key above its column counted backwards, each in half of the bits.
template <class Element>
struct CompositeOf;
template <>
struct CompositeOf<float> {
  using Composite = std::int64_t;
  using Half = std::uint32_t;
};
template <>
struct CompositeOf<cute::half_t> {
  using Composite = std::int32_t;
  using Half = std::uint16_t;
};
template <>
struct CompositeOf<cute::bfloat16_t> : CompositeOf<cute::half_t> {};

// Floats order as their bits, seen as signed integers, once negative ones have all bits but the
// sign reversed.
template <class Element>
CUTE_HOST_DEVICE auto composite_of(Element element, int column) {
  using Composite = typename CompositeOf<Element>::Composite;
  using Half = typename CompositeOf<Element>::Half;
  constexpr int kHalf = 8 * sizeof(Half);
  constexpr Composite kLastColumn = std::numeric_limits<Half>::max();
  constexpr Composite kAllButSign = std::numeric_limits<Composite>::max() - kLastColumn;
  const Half bits = cutlass::platform::bit_cast<Half>(with_one_zero_and_one_nan(element));
  const Composite above = static_cast<Composite>(bits) << kHalf;
  const Composite key = above ^ (above >> (2 * kHalf - 1) & kAllButSign);
  return key + (kLastColumn - column);
}

template <class Element>
CUTE_HOST_DEVICE int column_of(typename CompositeOf<Element>::Composite composite) {
  return static_cast<typename CompositeOf<Element>::Half>(~composite);
}

// How the threads of a CTA lie over its tile of (rows, columns): a row's lanes side by side, each
// copying 128 bits at a time.
template <class Element, int kLanes>
struct CuteTiling {
  using Vector = cute::Int<sizeof(cute::uint128_t) / sizeof(Element)>;
  using Rows = cute::Int<kCuteThreads / kLanes>;
  using Tile = cute::Shape<Rows, cute::Int<kCuteValues * kLanes>>;

  static CUTE_HOST_DEVICE constexpr auto copy() {
    using Lanes = cute::Int<kLanes>;
    return cute::make_tiled_copy(
        cute::Copy_Atom<cute::UniversalCopy<cute::uint128_t>, Element>{},
        cute::Layout<cute::Shape<Rows, Lanes>, cute::Stride<Lanes, cute::_1>>{},
        cute::Layout<cute::Shape<cute::_1, Vector>>{});
  }
};

// What one thread reads of a tile, as composites. Behind a row's end it finds -inf, which no
// element of the row comes behind: where it is equal, its column is lower.
template <class Element, int kLanes>
CUTE_HOST_DEVICE auto load_tile(const CuteRows<Element>& rows, std::int64_t block, int tile,
                                int thread) {
  using namespace cute;
  using Tiling = CuteTiling<Element, kLanes>;
  using Composite = typename CompositeOf<Element>::Composite;
  const auto shape = make_shape(rows.rows, rows.cols);
  Tensor elements = make_tensor(make_gmem_ptr(rows.input),
                                make_layout(shape, make_stride(std::int64_t{rows.cols}, _1{})));
  const auto place = make_coord(block, tile);
  const auto copy = Tiling::copy().get_slice(thread);
  Tensor source = copy.partition_S(local_tile(elements, typename Tiling::Tile{}, place));
  Tensor columns =
      copy.partition_S(local_tile(make_identity_tensor(shape), typename Tiling::Tile{}, place));
  Tensor loaded = make_fragment_like<Element>(source);
  Tensor list = make_tensor<Composite>(size(loaded));
  fill(loaded, Element(-std::numeric_limits<float>::infinity()));
  CUTE_UNROLL
  for (int vector = 0; vector < size<2>(source); ++vector) {
    if (elem_less(columns(0, 0, vector), shape)) {
      cute::copy(Tiling::copy(), source(_, _, vector), loaded(_, _, vector));
    }
  }
  CUTE_UNROLL
  for (int i = 0; i < size(list); ++i) list(i) = composite_of(loaded(i), get<1>(columns(i)));
  return list;
}

// The first kLimit of a thread's sorted values; the compiler drops what only the others need.
template <int kLimit, class List>
CUTE_HOST_DEVICE auto best_of_thread(List& list) {
  sort_values(list);
  constexpr int kKept = cute::min(kLimit, decltype(cute::size(list))::value);
  cute::Tensor best = cute::make_tensor<typename List::value_type>(cute::Int<kKept>{});
  cute::copy(cute::make_tensor(list.data(), best.layout()), best);
  return best;
}

template <int kLanes, class Element, class List>
CUTE_HOST_DEVICE void write_list(const CuteRows<Element>& rows, std::int64_t row, int lane,
                                 const List& list) {
  const auto rank_of = cute::make_layout(cute::make_shape(cute::Int<kLanes>{}, cute::size(list)));
  if (row >= rows.rows || lane >= kLanes) return;
  CUTE_UNROLL
  for (int i = 0; i < cute::size(list); ++i) {
    const int rank = rank_of(lane, i);
    if (rank >= rows.k) return;
    const int column = column_of<Element>(list(i));
    rows.values[row * rows.k + rank] = rows.input[row * rows.cols + column];
    rows.indices[row * rows.k + rank] = column;
  }
}

// What one thread does. kLimit is at least k, kLanes the lanes of a row.
template <int kLanes, int kLimit, class Element, class Warp>
CUTE_HOST_DEVICE void select_rows(const CuteRows<Element>& rows, std::int64_t block, int thread,
                                  const Warp& warp) {
  constexpr int kListLanes = cute::min(kLanes, kLimit);
  const auto select_from = [&](int tile) {
    auto list = load_tile<Element, kLanes>(rows, block, tile, thread);
    return merge_row<kLanes, kLimit>(warp, best_of_thread<kLimit>(list));
  };
  decltype(select_from(0)) best;
  for (int tile = 0; tile * kCuteValues * kLanes < rows.cols; ++tile) {
    const auto list = select_from(tile);
    if (tile == 0) {
      best = list;
    } else {
      keep_better_half<kListLanes>(warp, best, list);
    }
  }
  const std::int64_t row = block * (kCuteThreads / kLanes) + thread / kLanes;
  write_list<kListLanes>(rows, row, thread % kLanes, best);
}

}  // namespace skim::bench
