// A peer on the CPU, made from a way to bring the k best of an array of packed elements to its
// front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "dlpack_dtype.h"
#include "inputs/dispatch.h"
#include "path.h"
#include "peers/packed.h"
#include "skim/dtype.h"

namespace skim::bench {

// `Select` is default constructible and is called as select(packed, cols, k), where `packed` is a
// std::uint64_t* or hwy::uint128_t*; each thread has its own. Rows are shared out to the threads.
template <class Select>
class HostPeer final : public Path {
 public:
  HostPeer(std::string name, std::string version)
      : Path(PathInfo{std::move(name), std::move(version), "", 0, 0}) {}

  void prepare(const skim_bench_case& bench_case) override {
    if (on_gpu(bench_case)) throw NotApplicable("runs on the CPU only");
    case_ = bench_case;
    rows_ = bench_case.inputs[0].shape[0];
    cols_ = bench_case.inputs[0].shape[1];
    if (cols_ > std::numeric_limits<std::uint32_t>::max()) {
      throw NotApplicable("packs a 32-bit index beside the key, and the row is longer");
    }
    const DType dtype = dtype_from(bench_case.inputs[0].dtype);
    run_rows_ = dispatch(dtype, []<class T>() -> RunRows { return &HostPeer::run_rows<T>; });
    workers_ = std::vector<Worker>(static_cast<std::size_t>(bench_case.threads));
    for (Worker& worker : workers_) {
      worker.scratch.resize(static_cast<std::size_t>(cols_) * (size_of(dtype) == 8 ? 16 : 8));
    }
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      (this->*run_rows_)(case_.inputs[call % case_.input_count].data);
    }
  }

  void finish() override { workers_.clear(); }

 private:
  struct Worker {
    Select select;
    std::vector<std::byte> scratch;  // a packed row
  };
  using RunRows = void (HostPeer::*)(const void*);

  template <class T>
  void run_rows(const void* data) {
    const auto* input = static_cast<const T*>(data);
    if (case_.threads == 1 || rows_ == 1) {
      for (std::int64_t row = 0; row < rows_; ++row) run_row(input, row, workers_.front());
      return;
    }
    // Each iteration has its own worker, whichever thread takes it.
    const std::int64_t workers = case_.threads;
#pragma omp parallel for num_threads(case_.threads) schedule(static)
    for (std::int64_t worker = 0; worker < workers; ++worker) {
      for (std::int64_t row = worker; row < rows_; row += workers) {
        run_row(input, row, workers_[static_cast<std::size_t>(worker)]);
      }
    }
  }

  template <class T>
  void run_row(const T* input, std::int64_t row, Worker& worker) {
    const T* elements = input + row * cols_;
    auto* packed = reinterpret_cast<Packed<T>*>(worker.scratch.data());
    for (std::int64_t i = 0; i < cols_; ++i) packed[i] = pack(elements[i], i);
    worker.select(packed, cols_, case_.k);
    T* values = static_cast<T*>(case_.values->data) + row * case_.k;
    std::int64_t* indices = static_cast<std::int64_t*>(case_.indices->data) + row * case_.k;
    for (std::int64_t rank = 0; rank < case_.k; ++rank) {
      indices[rank] = index_of(packed[rank]);
      values[rank] = elements[indices[rank]];
    }
  }

  skim_bench_case case_{};
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  RunRows run_rows_ = nullptr;
  std::vector<Worker> workers_;
};

}  // namespace skim::bench
