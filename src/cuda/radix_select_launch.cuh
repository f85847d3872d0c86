// Launches radix_select: a kernel a digit, two to collect, and a sort where results are wanted by
// value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda/launch.cuh"
#include "cuda/radix_select.cuh"
#include "cuda/radix_sort.h"

namespace skim::cuda {

template <DType kDType, bool kLargest>
class RadixSelectLaunch {
  using Key = typename KeyOrder<kDType>::Key;
  using SortKey = SortKeyOf<Key>;
  static constexpr int kDigitsOfKey = static_cast<int>(sizeof(Key));
  using Digits = std::make_integer_sequence<int, kDigitsOfKey>;  // the highest first

 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::radix_select;
  static constexpr bool kServes = true;

  static void launch(const BoundTopk& bound, Stream stream) {
    RadixSelectLaunch(bound, stream).enqueue();
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    load_digits(device, Digits());
    load_kernel(count_selected_kernel<kDType, kLargest>, device);
    load_kernel(collect_kernel<kDType, kLargest>, device);
    load_kernel(write_sorted_kernel<kDType, kLargest>, device);
  }

 private:
  RadixSelectLaunch(const BoundTopk& bound, Stream stream)
      : bound_(bound),
        stream_{stream.handle, false},
        by_value_(ordered_by_value(bound.plan.problem)),
        layout_(radix_layout(bound.plan.problem, bound.plan.cuda)),
        config_(bound.plan.cuda, 0, stream_) {
    auto* at = static_cast<std::byte*>(bound.buffers.workspace);
    const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + bytes); };
    places_.arrivals = reinterpret_cast<std::uint32_t*>(take(layout_.arrivals));
    places_.bins = reinterpret_cast<unsigned long long*>(take(layout_.bins));
    places_.states = reinterpret_cast<RadixState*>(take(layout_.states));
    places_.counts = reinterpret_cast<unsigned long long*>(take(layout_.counts));
    if (!by_value_) return;
    for (SortKey*& keys : keys_) keys = reinterpret_cast<SortKey*>(take(layout_.keys));
    for (std::uint64_t*& places : sorted_)
      places = reinterpret_cast<std::uint64_t*>(take(layout_.places));
    sort_scratch_ = take(layout_.sort_scratch);
    places_.keys = keys_[0];
    places_.places = sorted_[0];
  }

  void enqueue() {
    zero(bound_.buffers.workspace, layout_.zeroed(), stream_);
    count_digits(Digits());
    over_rows(count_selected_kernel<kDType, kLargest>);
    over_rows(collect_kernel<kDType, kLargest>);
    if (by_value_) sort();
  }

  static constexpr int shift_of(int digit) { return kDigitBits * (kDigitsOfKey - 1 - digit); }

  template <int... kDigit>
  void count_digits(std::integer_sequence<int, kDigit...>) {
    (over_rows(count_digits_kernel<kDType, kLargest, shift_of(kDigit)>), ...);
  }
  template <int... kDigit>
  static void load_digits(const Device& device, std::integer_sequence<int, kDigit...>) {
    (load_kernel(count_digits_kernel<kDType, kLargest, shift_of(kDigit)>, device), ...);
  }

  void over_rows(void (*kernel)(TopkArguments, RadixPlaces)) {
    for_rows(arguments_of(bound_), 1, [&](const TopkArguments& arguments, std::int64_t ctas) {
      config_.launch(kernel, ctas, arguments, places_);
    });
  }

  void sort() {
    const TopkProblem& problem = bound_.plan.problem;
    const std::uint64_t* const places =
        sort_rows<SortKey>(keys_, sorted_, problem.rows, problem.k, 8 * kDigitsOfKey, sort_scratch_,
                           layout_.sort_scratch, stream_.handle);
    const std::int64_t ctas = (problem.rows * problem.k + kRadixThreads - 1) / kRadixThreads;
    constexpr std::int64_t kEnough = 1 << 16;  // each then takes several
    CudaGeometry any_results;
    any_results.threads = kRadixThreads;
    LaunchConfig(any_results, 0, stream_)
        .launch(write_sorted_kernel<kDType, kLargest>, std::min(ctas, kEnough),
                arguments_of(bound_), places);
  }

  const BoundTopk& bound_;
  Stream stream_;
  bool by_value_;
  RadixLayout layout_;
  LaunchConfig config_;
  RadixPlaces places_;
  SortKey* keys_[2] = {};
  std::uint64_t* sorted_[2] = {};
  void* sort_scratch_ = nullptr;
};

}  // namespace skim::cuda
