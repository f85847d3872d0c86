// The CuTe kernel: all that its threads do, done on the CPU by as many threads, and the kernel
// itself where there is a GPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cstring>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "inputs/inputs.h"
#include "peers/cute_topk.cuh"
#include "skim/dtype.h"
#include "support/gpu.h"
#include "support/on_device.h"

namespace skim::bench {
namespace {

constexpr int kWarp = 32;

// What the lanes of a warp exchange. Two turns, because a lane may write its next value before
// another has read the one before it.
struct SharedByLanes {
  std::barrier<> all_wrote{kWarp};
  std::array<std::array<std::int64_t, kWarp>, 2> values{};
  std::array<int, kWarp> turns{};
};

class LaneOnCpu {
 public:
  LaneOnCpu(SharedByLanes& shared, int lane) : shared_(shared), lane_(lane) {}

  int lane() const { return lane_; }

  template <class T>
  T exchange(T value, int mask) const {
    auto& values = shared_.values[turn()];
    values[static_cast<std::size_t>(lane_)] = value;
    shared_.all_wrote.arrive_and_wait();
    shared_.turns[static_cast<std::size_t>(lane_)] ^= 1;
    return static_cast<T>(values[static_cast<std::size_t>(lane_ ^ mask)]);
  }

 private:
  std::size_t turn() const {
    return static_cast<std::size_t>(shared_.turns[static_cast<std::size_t>(lane_)]);
  }

  SharedByLanes& shared_;
  int lane_;
};

template <int kLanes, int kLimit, class Element>
void select_on_cpu(const CuteRows<Element>& rows) {
  const std::int64_t rows_of_block = kCuteThreads / kLanes;
  for (std::int64_t block = 0; block * rows_of_block < rows.rows; ++block) {
    for (int first = 0; first < kCuteThreads; first += kWarp) {
      SharedByLanes shared;
      std::vector<std::jthread> threads;
      for (int lane = 0; lane < kWarp; ++lane) {
        threads.emplace_back([&rows, &shared, block, first, lane] {
          select_rows<kLanes, kLimit>(rows, block, first + lane, LaneOnCpu(shared, lane));
        });
      }
    }
  }
}

struct Selected {
  std::vector<std::byte> values;
  std::vector<std::int64_t> indices;
};

Selected room_for(const Matrix& input, std::int64_t k) {
  const auto count = static_cast<std::size_t>(input.rows() * k);
  return {std::vector<std::byte>(count * size_of(input.dtype())),
          std::vector<std::int64_t>(count, -1)};
}

// Bit for bit, values and indices.
void expect_right(const Matrix& input, std::int64_t k, const Selected& selected) {
  const std::size_t size = size_of(input.dtype());
  const auto* elements = static_cast<const std::byte*>(input.data());
  for (std::int64_t row = 0; row < input.rows(); ++row) {
    const std::byte* of_row = elements + static_cast<std::size_t>(row * input.cols()) * size;
    const auto wanted = oracle_indices(input.dtype(), of_row, input.cols(), k, true);
    for (std::int64_t rank = 0; rank < k; ++rank) {
      const auto at = static_cast<std::size_t>(row * k + rank);
      const std::int64_t index = wanted[static_cast<std::size_t>(rank)];
      ASSERT_EQ(selected.indices[at], index) << "row " << row << " rank " << rank;
      ASSERT_EQ(std::memcmp(selected.values.data() + at * size,
                            of_row + static_cast<std::size_t>(index) * size, size),
                0)
          << "row " << row << " rank " << rank;
    }
  }
}

std::string shape_of(const Matrix& input, std::int64_t k) {
  return std::string(name_of(input.dtype())) + ' ' + std::to_string(input.rows()) + 'x' +
         std::to_string(input.cols()) + " k" + std::to_string(k);
}

template <class Element, int kLanes, int kLimit>
void check_on_cpu(DType dtype, std::int64_t rows, int cols, int k) {
  const Matrix input = make_matrix(dtype, rows, cols, Distribution::one_of_each, 1);
  SCOPED_TRACE(shape_of(input, k));
  Selected selected = room_for(input, k);
  select_on_cpu<kLanes, kLimit>(CuteRows<Element>{
      static_cast<const Element*>(input.data()), reinterpret_cast<Element*>(selected.values.data()),
      selected.indices.data(), rows, cols, k});
  expect_right(input, k, selected);
}

constexpr auto kAllInputs = static_cast<std::int64_t>(kDistributionCount);

TEST(BenchCute, RowsThatShareAWarpOnTheCpu) {
  check_on_cpu<cute::bfloat16_t, 8, 8>(DType::bf16, kAllInputs, 256, 8);
  check_on_cpu<cute::bfloat16_t, 8, 8>(DType::bf16, kAllInputs, 8, 4);
  check_on_cpu<cute::bfloat16_t, 8, 8>(DType::bf16, kAllInputs, 64, 1);
  check_on_cpu<cute::half_t, 8, 32>(DType::f16, kAllInputs, 512, 32);
  check_on_cpu<float, 8, 128>(DType::f32, kAllInputs, 512, 128);
  check_on_cpu<float, 8, 128>(DType::f32, kAllInputs, 128, 128);
}

TEST(BenchCute, RowsOfAWarpOnTheCpu) {
  check_on_cpu<cute::bfloat16_t, 32, 8>(DType::bf16, kAllInputs, 1024, 8);
  check_on_cpu<cute::bfloat16_t, 32, 16>(DType::bf16, kAllInputs, 2048, 16);
  check_on_cpu<cute::half_t, 32, 32>(DType::f16, kAllInputs, 1024, 32);
  check_on_cpu<float, 32, 64>(DType::f32, kAllInputs, 2048, 64);
  check_on_cpu<cute::bfloat16_t, 32, 128>(DType::bf16, kAllInputs, 4096, 128);
}

Selected select_on_gpu(const Matrix& input, std::int64_t k) {
  const auto bytes_of = [](const auto* data, std::size_t bytes) {
    return std::span(reinterpret_cast<const std::byte*>(data), bytes);
  };
  Selected selected = room_for(input, k);
  const std::size_t index_bytes = selected.indices.size() * sizeof(std::int64_t);
  const test::GpuBytes on_gpu(bytes_of(static_cast<const std::byte*>(input.data()), input.bytes()));
  const test::GpuBytes values{std::span<const std::byte>(selected.values)};
  const test::GpuBytes indices(bytes_of(selected.indices.data(), index_bytes));
  cute_topk(input.dtype(), input.cols(), k)(
      {on_gpu.data(), values.data(), reinterpret_cast<std::int64_t*>(indices.data()), input.rows(),
       static_cast<int>(input.cols()), static_cast<int>(k)},
      static_cast<cudaStream_t>(test::gpu_stream().handle));
  selected.values = values.download();
  const std::vector<std::byte> downloaded = indices.download();
  std::memcpy(selected.indices.data(), downloaded.data(), index_bytes);
  return selected;
}

TEST(BenchCute, CudaKernelOfEveryShape) {
  SKIM_SKIP_WITHOUT(test::kGpu);
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    for (std::int64_t cols = 8; cols <= kCuteMostCols; cols *= 2) {
      const Matrix input = make_matrix(dtype, kAllInputs, cols, Distribution::one_of_each, 2);
      for (std::int64_t k = 1; k <= std::min<std::int64_t>(cols, kCuteMostK); k *= 2) {
        SCOPED_TRACE(shape_of(input, k));
        expect_right(input, k, select_on_gpu(input, k));
      }
    }
  }
}

}  // namespace
}  // namespace skim::bench
