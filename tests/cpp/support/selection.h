// What is selected from an input, and the bytes that must come out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skim/topk.h"
#include "support/gpu_mirror.h"
#include "support/guarded_buffer.h"
#include "support/index_form.h"
#include "support/input_image.h"

namespace skim::test {

enum class Lengths : std::uint8_t { none, mixed_i32, mixed_i64 };
inline constexpr Lengths kAllLengths[] = {Lengths::none, Lengths::mixed_i32, Lengths::mixed_i64};
std::string_view name_of(Lengths lengths);

struct SelectionSpec {
  std::int64_t k = 0;
  bool sorted = true;
  Lengths lengths = Lengths::none;
  DType index_dtype = DType::i64;
  std::uint64_t seed = 0;  // decides which row gets which length, and how the outputs are laid out
  IndexTransform transform = IndexTransform::none;
  bool by_index = false;
};
std::string to_string(const SelectionSpec& spec);

// A matrix of results in guarded memory, with the whole memory as it must be after a run.
class OutputImage {
 public:
  OutputImage(DType dtype, std::int64_t rows, std::int64_t cols, std::uint64_t seed);

  MutableTensorView view() const { return view_; }
  void poison() { memory_.fill(kPoison); }
  void expect(std::int64_t row, std::int64_t column, const void* element);
  MirroredBuffer mirrored() { return {&memory_, expected_}; }
  bool guards_intact() const { return memory_.guards_intact(); }
  bool as_expected() const;
  // "row 2 rank 5 is 0x.. instead of 0x.."; only where as_expected() is false.
  std::string first_difference() const;

 private:
  static constexpr int kPoison = 0xCD;

  std::size_t offset_of(std::int64_t row, std::int64_t column) const;

  MutableTensorView view_;
  GuardedBuffer memory_;
  std::vector<std::byte> expected_;
};

class Selection {
 public:
  Selection(const InputImage& input, const SelectionSpec& spec);
  Selection(const Selection&) = delete;  // its mirror knows where it is
  Selection& operator=(const Selection&) = delete;

  TopkRequest request() const;
  // Runs the plan on poisoned memory, where the input is. Returns "", or what was wrong.
  std::string run(const TopkPlan& plan);

 private:
  bool on_gpu() const { return input_.spec().device == kGpu; }
  void move_to_gpu();
  TopkBuffers buffers(void* workspace, std::size_t bytes) const;
  std::string run_on_cpu(const TopkPlan& plan);
  std::string run_on_gpu(const TopkPlan& plan);
  std::string what_is_wrong() const;
  void expect_row(std::int64_t row);
  void expect_pair(std::int64_t row, std::int64_t rank, const std::byte* value, std::int64_t index);
  std::int64_t length_of(std::int64_t row) const;

  const InputImage& input_;
  SelectionSpec spec_;
  std::vector<std::int64_t> lengths_;  // as the caller gives them, not clamped
  GuardedBuffer lengths_memory_;
  IndexForm form_;
  OutputImage values_;
  OutputImage indices_;
  std::unique_ptr<const GpuMirror> gpu_;  // of the four
  int runs_ = 0;
};

}  // namespace skim::test
