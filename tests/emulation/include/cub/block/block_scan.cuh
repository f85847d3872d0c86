// What src/cuda uses of CUB's BlockScan.
#pragma once

namespace cub {

template <class T, int kThreads>
class BlockScan {
 public:
  struct TempStorage {
    T values[kThreads];
  };
  explicit BlockScan(TempStorage& storage) : storage_(storage) {}

  void ExclusiveSum(T value, T& before, T& total) {
    storage_.values[threadIdx.x] = value;
    __syncthreads();
    before = total = 0;
    for (unsigned i = 0; i < kThreads; ++i) {
      if (i < threadIdx.x) before += storage_.values[i];
      total += storage_.values[i];
    }
    __syncthreads();
  }

 private:
  TempStorage& storage_;
};

}  // namespace cub
