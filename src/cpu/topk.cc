// Rows, or parts of long rows, shared out among threads; then each row's candidates in order.
#include "cpu/topk.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cpu/row_lengths.h"
#include "cpu/select.h"
#include "cpu/threads.h"
#include "cpu/workspace.h"
#include "cpu/written_index.h"
#include "for_dtype.h"
#include "order/key_order.h"
#include "order/result_order.h"

namespace skim::cpu {
namespace {

// The columns of a row that exist.
std::int64_t row_cols(const BoundTopk& bound, std::int64_t row) {
  return row_length(bound.buffers.row_lengths, row, bound.plan.problem.cols);
}

template <DType kDType>
class Launch {
  using Key = typename KeyOrder<kDType>::Key;
  using Candidate = CandidateFor<Key>;

 public:
  explicit Launch(const BoundTopk& bound)
      : bound_(bound),
        problem_(bound.plan.problem),
        geometry_(bound.plan.cpu),
        layout_(workspace_layout(problem_, bound.plan.algorithm, geometry_)),
        select_(select_function<kDType>(problem_.largest, geometry_.simd)),
        functions_(candidate_functions<Candidate>(geometry_.simd)) {}

  void run() const { geometry_.splits > 1 ? run_split_rows() : run_whole_rows(); }

 private:
  void run_whole_rows() const {
    parallel_for(geometry_.threads, problem_.rows, [&](std::int64_t row, int worker) {
      const auto scratch = scratch_of<Key>(layout_, workspace(), static_cast<std::size_t>(worker));
      const std::size_t count = select(row, 0, row_cols(bound_, row), scratch);
      finish(row, scratch.candidates, count);
    });
  }

  // Part p of a row holds the columns [begin(p), begin(p + 1)).
  void run_split_rows() const {
    const std::int64_t splits = geometry_.splits;
    parallel_for(geometry_.threads, problem_.rows * splits, [&](std::int64_t task, int) {
      const std::int64_t row = task / splits;
      const auto [begin, end] = part_of(row, task % splits);
      const auto scratch = part_scratch(task);
      const std::size_t count = select(row, begin, end, scratch);
      keep_best(scratch.candidates, count, results_in(end - begin));
    });
    parallel_for(geometry_.threads, problem_.rows, [&](std::int64_t row, int) { merge(row); });
  }

  // The parts' lists stand in ascending order of index, so their concatenation does.
  void merge(std::int64_t row) const {
    Candidate* const list = merged_list<Key>(layout_, workspace(), static_cast<std::size_t>(row));
    std::size_t count = 0;
    for (std::int64_t part = 0; part < geometry_.splits; ++part) {
      const auto [begin, end] = part_of(row, part);
      const std::size_t kept = results_in(end - begin);
      std::copy_n(part_scratch(row * geometry_.splits + part).candidates, kept, list + count);
      count += kept;
    }
    finish(row, list, count);
  }

  std::pair<std::int64_t, std::int64_t> part_of(std::int64_t row, std::int64_t part) const {
    const std::int64_t cols = row_cols(bound_, row);
    const std::int64_t size = (cols + geometry_.splits - 1) / geometry_.splits;
    return {std::min(cols, part * size), std::min(cols, (part + 1) * size)};
  }

  SelectScratch<Key> part_scratch(std::int64_t task) const {
    return scratch_of<Key>(layout_, workspace(), static_cast<std::size_t>(task));
  }

  std::size_t results_in(std::int64_t cols) const {
    return static_cast<std::size_t>(std::min(problem_.k, cols));
  }

  std::size_t select(std::int64_t row, std::int64_t begin, std::int64_t end,
                     const SelectScratch<Key>& scratch) const {
    if (begin == end) return 0;
    return select_({row_at(row) + begin, end - begin, begin, std::min(problem_.k, end - begin),
                    bound_.plan.algorithm, &geometry_, &functions_, scratch});
  }

  void keep_best(Candidate* list, std::size_t count, std::size_t k) const {
    if (count > k) functions_.keep_best(list, count, k, k);
  }

  // The best of the list, in the promised order, into the results.
  void finish(std::int64_t row, Candidate* list, std::size_t count) const {
    const std::size_t results = results_in(row_cols(bound_, row));
    const bool by_value = ordered_by_value(problem_);
    if (!by_value || count > 2 * results) {  // sorting a few too many is cheaper than cutting
      keep_best(list, count, results);
      count = std::min(count, results);
    }
    if (by_value) functions_.sort(list, count);
    if (problem_.index_dtype == DType::i32) {
      write<std::int32_t>(row, list, results);
    } else {
      write<std::int64_t>(row, list, results);
    }
  }

  template <class Index>
  void write(std::int64_t row, const Candidate* list, std::size_t results) const {
    const MutableTensorView& outputs = bound_.buffers.values;
    const MutableTensorView& places = bound_.buffers.indices;
    const Key* const elements = row_at(row);
    Key* const values = static_cast<Key*>(outputs.data) + row * outputs.row_stride;
    Index* const indices = static_cast<Index*>(places.data) + row * places.row_stride;
    const WrittenIndex written(bound_, row);
    for (std::size_t i = 0; i < results; ++i) {
      const std::int64_t index = Packing<Candidate>::index(list[i]);
      values[i] = elements[index];
      indices[i] = static_cast<Index>(written(index));
    }
    const auto k = static_cast<std::size_t>(problem_.k);
    std::fill(values + results, values + k, fill_bits());
    std::fill(indices + results, indices + k, Index{-1});
  }

  Key fill_bits() const {
    using Order = KeyOrder<kDType>;
    return problem_.largest ? Order::template fill_bits<true>()
                            : Order::template fill_bits<false>();
  }

  const Key* row_at(std::int64_t row) const {
    return static_cast<const Key*>(bound_.buffers.input.data) + row * problem_.row_stride;
  }

  std::byte* workspace() const { return static_cast<std::byte*>(bound_.buffers.workspace); }

  const BoundTopk& bound_;
  const TopkProblem& problem_;
  const CpuGeometry& geometry_;
  const WorkspaceLayout layout_;
  const SelectFunction<Key> select_;
  const CandidateFunctions<Candidate>& functions_;
};

}  // namespace

void run_topk(const BoundTopk& bound) {
  for_dtype(bound.plan.problem.dtype, [&]<DType kDType>() { Launch<kDType>(bound).run(); });
}

}  // namespace skim::cpu
