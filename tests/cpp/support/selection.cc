#include "support/selection.h"

#include <algorithm>
#include <cstring>
#include <iomanip>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"

namespace skim::test {
namespace {

DType dtype_of_lengths(Lengths lengths) {
  return lengths == Lengths::mixed_i32 ? DType::i32 : DType::i64;
}

// Usual lengths, and all that have to be clamped.
std::vector<std::int64_t> some_lengths(const InputSpec& input, const SelectionSpec& spec) {
  if (spec.lengths == Lengths::none) return {};
  const bool wide = spec.lengths == Lengths::mixed_i64;
  const std::int64_t choices[] = {
      input.cols,
      spec.k - 1,
      0,
      input.cols / 2,
      input.cols + 7,
      spec.k,
      -5,
      std::min<std::int64_t>(input.cols, 1),
      wide ? (std::int64_t{1} << 40) + 3 : std::numeric_limits<std::int32_t>::max(),
      wide ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int32_t>::min()};
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < input.rows; ++row) {
    lengths.push_back(choices[(spec.seed + static_cast<std::uint64_t>(row)) % std::size(choices)]);
  }
  return lengths;
}

std::string hexadecimal(const std::byte* element, std::size_t size) {
  std::ostringstream text;
  text << "0x" << std::hex << std::setfill('0');
  for (std::size_t i = size; i-- > 0;) text << std::setw(2) << std::to_integer<int>(element[i]);
  return text.str();
}

}  // namespace

std::string_view name_of(Lengths lengths) {
  switch (lengths) {
    case Lengths::none:
      return "no";
    case Lengths::mixed_i32:
      return "int32";
    case Lengths::mixed_i64:
      return "int64";
  }
  throw std::invalid_argument("unknown lengths");
}

std::string to_string(const SelectionSpec& spec) {
  return "k " + std::to_string(spec.k) + (spec.sorted ? " sorted, " : " unsorted, ") +
         std::string(name_of(spec.lengths)) + " row_lengths, " +
         std::string(name_of(spec.index_dtype)) + " indices" + (spec.by_index ? " in order" : "") +
         name_of(spec.transform) + ", seed " + std::to_string(spec.seed);
}

OutputImage::OutputImage(DType dtype, std::int64_t rows, std::int64_t cols, std::uint64_t seed)
    : view_{nullptr, dtype, rows, cols, cols + (seed % 3 == 1 ? 5 : 0), DeviceId{}},
      memory_(rows == 0 || cols == 0 ? 0 : offset_of(rows - 1, cols), size_of(dtype) * (seed % 2)) {
  view_.data = memory_.data();
  expected_.assign(memory_.size(), std::byte{kPoison});
}

std::size_t OutputImage::offset_of(std::int64_t row, std::int64_t column) const {
  return static_cast<std::size_t>(row * view_.row_stride + column) * size_of(view_.dtype);
}

void OutputImage::expect(std::int64_t row, std::int64_t column, const void* element) {
  std::memcpy(expected_.data() + offset_of(row, column), element, size_of(view_.dtype));
}

bool OutputImage::as_expected() const {
  return expected_.empty() || std::memcmp(expected_.data(), memory_.data(), memory_.size()) == 0;
}

std::string OutputImage::first_difference() const {
  const auto difference = std::mismatch(expected_.begin(), expected_.end(), memory_.data());
  const auto size = static_cast<std::int64_t>(size_of(view_.dtype));
  const std::int64_t element = (difference.first - expected_.begin()) / size;
  return "row " + std::to_string(element / view_.row_stride) + " rank " +
         std::to_string(element % view_.row_stride) + " is " +
         hexadecimal(memory_.data() + element * size, static_cast<std::size_t>(size)) +
         " instead of " +
         hexadecimal(expected_.data() + element * size, static_cast<std::size_t>(size));
}

Selection::Selection(const InputImage& input, const SelectionSpec& spec)
    : input_(input),
      spec_(spec),
      lengths_(some_lengths(input.spec(), spec)),
      lengths_memory_(lengths_.size() * size_of(dtype_of_lengths(spec.lengths))),
      form_(spec.transform, input.spec().rows, input.spec().cols, spec.seed),
      values_(input.spec().dtype, input.spec().rows, spec.k, spec.seed),
      indices_(spec.index_dtype, input.spec().rows, spec.k, spec.seed / 2) {
  for (std::int64_t row = 0; row < static_cast<std::int64_t>(lengths_.size()); ++row) {
    const std::int64_t length = lengths_[static_cast<std::size_t>(row)];
    if (spec.lengths == Lengths::mixed_i32) {
      bench::store_bits(lengths_memory_.data(), row, static_cast<std::int32_t>(length));
    } else {
      bench::store_bits(lengths_memory_.data(), row, length);
    }
  }
  for (std::int64_t row = 0; row < input.spec().rows; ++row) expect_row(row);
  if (on_gpu()) move_to_gpu();
}

void Selection::move_to_gpu() {
  values_.poison();
  indices_.poison();
  const std::span<const std::byte> lengths(lengths_memory_.data(), lengths_memory_.size());
  gpu_ = std::make_unique<GpuMirror>(std::vector<MirroredBuffer>{
      values_.mirrored(), indices_.mirrored(), {&lengths_memory_, lengths}, form_.mirrored()});
}

TopkRequest Selection::request() const {
  TopkRequest request{input_.view(), spec_.k, {}, {}};
  request.options.largest = input_.spec().largest;
  request.options.sorted = spec_.sorted;
  request.options.index_dtype = spec_.index_dtype;
  request.options.by_index = spec_.by_index;
  if (spec_.lengths != Lengths::none) {
    request.row_lengths = {on_gpu() ? gpu_->data(2) : lengths_memory_.data(),
                           dtype_of_lengths(spec_.lengths), input_.spec().rows,
                           input_.spec().device};
  }
  request.transform = form_.view(on_gpu() ? gpu_->data(3) : form_.data(), input_.spec().device);
  return request;
}

std::int64_t Selection::length_of(std::int64_t row) const {
  const std::int64_t cols = input_.spec().cols;
  if (lengths_.empty()) return cols;
  return std::clamp<std::int64_t>(lengths_[static_cast<std::size_t>(row)], 0, cols);
}

// The columns below the length keep the order that the oracle gave the whole row.
void Selection::expect_row(std::int64_t row) {
  const std::int64_t length = length_of(row);
  std::vector<std::int64_t> best;
  for (const std::int64_t column : input_.order(row)) {
    if (static_cast<std::int64_t>(best.size()) == spec_.k) break;
    if (column < length) best.push_back(column);
  }
  if (spec_.by_index || (!spec_.sorted && spec_.k > kSortedLimit))
    std::sort(best.begin(), best.end());
  const auto size = static_cast<std::int64_t>(size_of(input_.spec().dtype));
  std::int64_t rank = 0;
  for (const std::int64_t column : best) {
    expect_pair(row, rank++, input_.row(row) + column * size, form_.written(row, column));
  }
  bench::dispatch(input_.spec().dtype, [&]<class T>() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto last = bench::bits_from<T>(input_.spec().largest ? -infinity : infinity);
    while (rank < spec_.k) {
      expect_pair(row, rank++, reinterpret_cast<const std::byte*>(&last), -1);
    }
  });
}

void Selection::expect_pair(std::int64_t row, std::int64_t rank, const std::byte* value,
                            std::int64_t index) {
  values_.expect(row, rank, value);
  const auto narrow = static_cast<std::int32_t>(index);
  indices_.expect(row, rank,
                  spec_.index_dtype == DType::i32 ? static_cast<const void*>(&narrow) : &index);
}

TopkBuffers Selection::buffers(void* workspace, std::size_t bytes) const {
  TopkBuffers buffers{input_.view(), values_.view(), indices_.view(),    request().row_lengths,
                      workspace,     bytes,          request().transform};
  if (on_gpu()) {
    buffers.values.data = gpu_->data(0);
    buffers.indices.data = gpu_->data(1);
    buffers.values.device = buffers.indices.device = kGpu;
  }
  return buffers;
}

std::string Selection::run(const TopkPlan& plan) {
  return on_gpu() ? run_on_gpu(plan) : run_on_cpu(plan);
}

std::string Selection::run_on_cpu(const TopkPlan& plan) {
  constexpr int kContents[] = {0x00, 0xFF, 0x7F};  // of the workspace, which a run may not rely on
  GuardedBuffer workspace(plan.workspace_bytes);
  workspace.fill(kContents[runs_++ % 3]);
  values_.poison();
  indices_.poison();
  skim::run(bind(plan, buffers(workspace.data(), workspace.size())));
  const std::string wrong = what_is_wrong();
  return wrong.empty() && !workspace.guards_intact() ? "wrote beside the workspace" : wrong;
}

// The GPU compares, because bringing everything home costs more than a run; only what is wrong
// comes home to be told.
std::string Selection::run_on_gpu(const TopkPlan& plan) {
  const auto what = [&] { return to_string(input_.spec()) + "; " + to_string(plan); };
  try {
    const GpuWorkspace workspace(plan.workspace_bytes);
    gpu_->reset();
    skim::run(bind(plan, buffers(workspace.data(), workspace.size())), gpu_stream());
    const std::vector<GpuRegion> guards = workspace.guards();
    const GpuRegion regions[] = {guards[0], guards[1], gpu_->region(), input_.gpu_region()};
    if (all_as_wanted(regions, what)) return "";
    if (!all_as_wanted(guards, what)) return "wrote beside the workspace";
  } catch (const DeviceError& error) {
    return error.what();
  }
  gpu_->copy_back();
  input_.copy_back();
  const std::string wrong = what_is_wrong();
  return wrong.empty() ? "the GPU sees a difference that the host does not see" : wrong;
}

std::string Selection::what_is_wrong() const {
  if (!values_.as_expected()) return "values: " + values_.first_difference();
  if (!indices_.as_expected()) return "indices: " + indices_.first_difference();
  if (!values_.guards_intact()) return "wrote beside the values";
  if (!indices_.guards_intact()) return "wrote beside the indices";
  if (!input_.unchanged()) return "the input changed";
  if (!lengths_memory_.guards_intact()) return "wrote beside the row_lengths";
  if (!form_.unchanged()) return "the page table or the offsets changed";
  return "";
}

}  // namespace skim::test
