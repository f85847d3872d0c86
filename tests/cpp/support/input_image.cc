#include "support/input_image.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/number.h"
#include "inputs/random.h"

namespace skim::test {
namespace {

// Elements before and after the matrix, and in the gaps between its rows, would win if they were
// looked at; these many are beyond either end.
constexpr std::int64_t kBait = 72;

std::int64_t stride_of(const InputSpec& spec) {
  switch (spec.stride) {
    case Stride::contiguous:
      return spec.cols;
    case Stride::padded:
      return spec.cols + 3;
    case Stride::broadcast:
      return 0;
    case Stride::overlapping:
      return 1;
    case Stride::negative:
      return -(spec.cols + 2);
  }
  throw std::invalid_argument("unknown stride");
}

std::size_t bytes_of(const InputSpec& spec, std::int64_t elements) {
  return static_cast<std::size_t>(elements) * size_of(spec.dtype);
}

std::int64_t span_of(const InputSpec& spec) {
  return (spec.rows == 0 ? 0 : (spec.rows - 1) * std::abs(stride_of(spec))) + spec.cols;
}

std::size_t misalignment(const InputSpec& spec) {
  constexpr std::int64_t kElements[] = {0, 1, 3, 8};
  return bytes_of(spec, spec.offset.value_or(kElements[spec.seed % std::size(kElements)]));
}

void rectify(bench::Matrix& source) {
  bench::dispatch(source.dtype(), [&]<class T>() {
    auto* const elements = static_cast<T*>(source.data());
    for (std::int64_t i = 0; i < source.rows() * source.cols(); ++i) {
      if (bench::number_of(elements[i]) < 0) elements[i] = T{};
    }
  });
}

template <class T>
bench::BitsOf<T> best_bits(bool largest) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return bench::bits_from<T>(largest ? infinity : -infinity);
}

void set_equal_tops(const InputSpec& spec, bench::Matrix& source) {
  bench::dispatch(spec.dtype, [&]<class T>() {
    for (std::int64_t row = 0; row < spec.rows; ++row) {
      for (std::int64_t top = 0; top < spec.equal_tops; ++top) {
        bench::store_bits(static_cast<std::byte*>(source.data()),
                          row * spec.cols + top * spec.cols / spec.equal_tops,
                          best_bits<T>(spec.largest));
      }
    }
  });
}

bench::Matrix source_of(const InputSpec& spec) {
  bench::Matrix source(spec.dtype, spec.rows, spec.cols);
  if (!spec.any_bits) {
    bench::fill(source, spec.distribution, spec.seed);
    if (spec.rectified) rectify(source);
    set_equal_tops(spec, source);
    return source;
  }
  bench::Random random(spec.seed, 0);
  auto* const bytes = static_cast<std::byte*>(source.data());
  for (std::size_t i = 0; i < source.bytes(); ++i) bytes[i] = static_cast<std::byte>(random.next());
  return source;
}

void set_bait(const InputSpec& spec, GuardedBuffer& memory) {
  bench::dispatch(spec.dtype, [&]<class T>() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto bits = bench::bits_from<T>(spec.largest ? std::nan("") : -infinity);
    const auto count = static_cast<std::int64_t>(memory.size() / sizeof(bits));
    for (std::int64_t i = 0; i < count; ++i) bench::store_bits(memory.data(), i, bits);
  });
}

}  // namespace

std::string_view name_of(Stride stride) {
  switch (stride) {
    case Stride::contiguous:
      return "contiguous";
    case Stride::padded:
      return "padded";
    case Stride::broadcast:
      return "broadcast";
    case Stride::overlapping:
      return "overlapping";
    case Stride::negative:
      return "negative";
  }
  throw std::invalid_argument("unknown stride");
}

std::string to_string(const InputSpec& spec) {
  std::string what(spec.any_bits ? "any bits" : bench::name_of(spec.distribution));
  if (spec.rectified) what += " rectified";
  if (spec.equal_tops > 0) what += " with " + std::to_string(spec.equal_tops) + " equal tops";
  return std::string(name_of(spec.dtype)) + " " + what + " " + std::to_string(spec.rows) + "x" +
         std::to_string(spec.cols) + (spec.largest ? " largest " : " smallest ") +
         std::string(name_of(spec.stride)) + " rows on " + to_string(spec.device) + ", seed " +
         std::to_string(spec.seed) +
         (spec.offset ? ", offset " + std::to_string(*spec.offset) : std::string());
}

InputImage::InputImage(const InputSpec& spec)
    : spec_(spec),
      memory_(bytes_of(spec, span_of(spec) + 2 * kBait), misalignment(spec)),
      view_{nullptr, spec.dtype, spec.rows, spec.cols, stride_of(spec), DeviceId{}} {
  set_bait(spec, memory_);
  const std::int64_t before = kBait + (view_.row_stride < 0 ? span_of(spec) - spec.cols : 0);
  view_.data = memory_.data() + bytes_of(spec, before);
  const bench::Matrix source = source_of(spec);
  const std::size_t row_bytes = bytes_of(spec, spec.cols);
  for (std::int64_t number = 0; number < spec.rows && row_bytes != 0; ++number) {
    std::memcpy(
        const_cast<std::byte*>(row(number)),
        static_cast<const std::byte*>(source.data()) + static_cast<std::size_t>(number) * row_bytes,
        row_bytes);
  }
  pristine_.assign(memory_.data(), memory_.data() + memory_.size());
  if (spec.device == kGpu) {
    gpu_ = std::make_unique<GpuMirror>(std::vector<MirroredBuffer>{{&memory_, pristine_}});
  }
  const std::int64_t different =
      view_.row_stride == 0 ? std::min<std::int64_t>(spec.rows, 1) : spec.rows;
  for (std::int64_t number = 0; number < different; ++number) {
    orders_.push_back(
        bench::oracle_indices(spec.dtype, row(number), spec.cols, spec.cols, spec.largest));
  }
}

TensorView InputImage::view() const {
  TensorView view = view_;
  view.device = spec_.device;
  if (gpu_) view.data = gpu_->data(0) + (static_cast<const std::byte*>(view.data) - memory_.data());
  return view;
}

const std::byte* InputImage::row(std::int64_t number) const {
  return static_cast<const std::byte*>(view_.data) +
         number * view_.row_stride * static_cast<std::int64_t>(size_of(spec_.dtype));
}

bool InputImage::unchanged() const {
  return memory_.guards_intact() &&
         std::memcmp(pristine_.data(), memory_.data(), memory_.size()) == 0;
}

std::span<const std::int64_t> InputImage::order(std::int64_t row) const {
  return orders_[orders_.size() == 1 ? 0 : static_cast<std::size_t>(row)];
}

}  // namespace skim::test
