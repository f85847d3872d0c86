// Exact top-k of every row of a matrix: request -> TopkProblem -> TopkPlan -> BoundTopk -> run.
//
// Order: NaN (any sign, any payload) is largest, then +inf ... -inf; -0 equals +0; equal values go
// by lowest index. `largest = false` reverses the order of values, not the tie rule. Results carry
// the input's own bits and do not depend on threads, instruction set, batch or device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skim/device.h"
#include "skim/dtype.h"
#include "skim/error.h"
#include "skim/export.h"
#include "skim/tensor_view.h"

namespace skim {

// With `sorted = false`, results of up to this many elements still come in value order, and longer
// ones in ascending order of index; the same on every backend.
inline constexpr std::int64_t kSortedLimit = 2048;

// The longest row.
inline constexpr std::int64_t kMaxColumns = std::int64_t{1} << 32;

struct TopkOptions {
  bool largest = true;
  bool sorted = true;
  DType index_dtype = DType::i64;  // or i32
  int num_threads = 0;             // CPU: at most this many; 0 means as many as the device has
  bool by_index = false;           // in ascending order of index, whatever `sorted` says
};

// What is written in place of an index i of row r. The -1 of rows with fewer than k elements stays.
struct IndexTransformView {
  PageTableView page_table;    // page_table[r, i / page_size] * page_size + i % page_size, or
  RowOffsetsView row_offsets;  // row_offsets[r] + i
};

// What the caller asks; nothing in it is trusted yet.
struct TopkRequest {
  TensorView input;
  std::int64_t k = 0;
  TopkOptions options;
  RowLengthsView row_lengths;  // optional: only the first row_lengths[r] columns of row r exist
  IndexTransformView transform = {};  // optional
};

enum class IndexTransform : std::uint8_t { none, page_table, row_offsets };

// A validated request: shape, dtype, resolved options, the alignment that is guaranteed; no
// pointer.
struct TopkProblem {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;  // elements
  std::int64_t k = 0;
  DType dtype = DType::f32;
  DType index_dtype = DType::i64;
  bool largest = true;
  bool sorted = true;
  bool has_row_lengths = false;
  DType row_lengths_dtype = DType::i64;
  bool by_index = false;
  IndexTransform transform = IndexTransform::none;
  std::int32_t page_size = 0;            // of a page table
  DType row_offsets_dtype = DType::i64;  // of row offsets
  int num_threads = 0;                   // 0: as many as the device has
  std::int32_t alignment =
      1;  // bytes, a power of two up to 16 that divides the address of every row
  DeviceId device;

  friend bool operator==(const TopkProblem&, const TopkProblem&) = default;
};

// Validates. Throws InvalidRequest on: unknown dtype, negative sizes, k < 0, k > cols, sizes that
// overflow, more than kMaxColumns columns, int32 indices for more than 2^31 - 1 columns, negative
// num_threads, row_lengths, a page table or row offsets that do not fit.
SKIM_EXPORT TopkProblem make_problem(const TopkRequest& request);

enum class TopkAlgorithm : std::uint8_t {
  nothing,          // no rows or k = 0
  group_maxima,     // a threshold from the maxima of groups, then only what reaches it
  filter,           // every element against the running k-th largest
  radix_select,     // CUDA: the k-th largest digit by digit, then a radix sort of the k best
  warp_maxima,      // CUDA: group_maxima by one warp a row
  register_sort,    // CUDA: sorting networks in the registers of a few lanes a row
  bucket_select,    // CUDA: one CTA a row sorts its elements into buckets by value
  cluster_maxima,   // CUDA: group_maxima with a threshold a CTA and one exchange in a cluster
  cluster_buckets,  // CUDA: buckets by value, shared out among the CTAs of a cluster
  sample_select,    // CUDA: a threshold from a sample of the row, then only what reaches it
};

struct CpuGeometry {
  SimdTarget simd = SimdTarget::scalar;
  int threads = 1;
  int splits = 1;              // parts that one row is cut into
  std::int64_t tile_cols = 0;  // group_maxima: elements whose maxima are kept at a time
  int group_vectors = 0;       // group_maxima: vectors folded into one vector of maxima
  std::int64_t buffer = 0;     // candidates a part may hold before it is cut back to k

  friend bool operator==(const CpuGeometry&, const CpuGeometry&) = default;
};

// How the CTAs of one row find each other.
enum class CtaTeam : std::uint8_t {
  cluster,  // in each other's shared memory (compute capability 9.0 and later)
  grid,     // in the workspace; the last one to arrive finishes the row
};

struct CudaGeometry {
  CtaTeam team = CtaTeam::grid;
  int ctas = 1;             // that share one row
  int threads = 0;          // of a CTA
  int vectors = 0;          // of 16 bytes that a thread holds at a time
  int groups_per_warp = 0;  // group_maxima, bucket_select: maxima that a warp contributes
  int groups = 0;           // cluster_maxima, cluster_buckets: maxima that a CTA compares
  int wanted = 0;           // of the maxima, how many pass; sample_select: 0 follows the row
  int capacity = 0;         // candidates that a CTA may hold
  int sample_ctas = 0;      // sample_select: CTAs that look at the sample of a row
  int lanes = 0;            // threads that share one row where a CTA takes several; else 0

  friend bool operator==(const CudaGeometry&, const CudaGeometry&) = default;
};

// Which algorithm with which geometry, and what it needs. Serves any pointers of the same problem.
struct TopkPlan {
  TopkProblem problem;
  TopkAlgorithm algorithm = TopkAlgorithm::nothing;
  CpuGeometry cpu;    // where the problem lives on a CPU
  CudaGeometry cuda;  // where it lives on a GPU
  std::size_t workspace_bytes = 0;
  std::int64_t bytes_read = 0;  // of the input, each element counted once
  const char* reason = "";      // why this algorithm; a string literal
};

// Chooses. Touches no memory and no device. Throws DeviceError when this build has no backend for
// the device, InvalidRequest when the problem lives on another device.
SKIM_EXPORT TopkPlan plan_topk(const TopkProblem& problem, const Device& device);

inline constexpr std::size_t kWorkspaceAlignment = 256;

// The caller's memory for one run. `values` and `indices` have shape rows x k; their row stride is
// at least k. The workspace is aligned to kWorkspaceAlignment; its contents mean nothing.
struct TopkBuffers {
  TensorView input;
  MutableTensorView values;
  MutableTensorView indices;
  RowLengthsView row_lengths;
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
  IndexTransformView transform = {};
};

// A plan with memory that was checked to fit it.
struct BoundTopk {
  TopkPlan plan;
  TopkBuffers buffers;
};

// Checks. Throws InvalidRequest on null or misaligned pointers, a shape, stride, dtype or device
// that is not the plan's, overlap of an output with anything else, too small a workspace.
SKIM_EXPORT BoundTopk bind(const TopkPlan& plan, const TopkBuffers& buffers);

// A CUDA stream (cudaStream_t) of the plan's device; ignored on the CPU.
struct Stream {
  void* handle = nullptr;
  // Lets the kernel start while the one before it on the stream ends (programmatic dependent
  // launch, compute capability 9.0); what it reads is still complete. Of a run of several kernels,
  // the first one, or none.
  bool overlap_launch = false;
};

// Selects, without allocating (docs/semantics.md). On the CPU the result is there on return; on a
// GPU the work is enqueued on the stream and nothing else happens: no synchronisation, no query, so
// that it can be captured into a CUDA graph. Safe from many threads, a workspace each. O(rows *
// cols) reads, plus O(k log k) a row. Throws DeviceError when a kernel cannot be launched.
SKIM_EXPORT void run(const BoundTopk& bound, Stream stream = {});

SKIM_EXPORT std::string to_string(TopkAlgorithm algorithm);
SKIM_EXPORT std::string to_string(CtaTeam team);
SKIM_EXPORT std::string to_string(const TopkProblem& problem);  // one line
SKIM_EXPORT std::string to_string(const TopkPlan& plan);        // one line

// ---- Conveniences: validate, plan, allocate, bind and run in one call ----

// Into memory that the caller owns; allocates the workspace (on a GPU in the order of the stream).
SKIM_EXPORT void topk(const TensorView& input, std::int64_t k, const MutableTensorView& values,
                      const MutableTensorView& indices, const TopkOptions& options = {},
                      const RowLengthsView& row_lengths = {}, Stream stream = {});

// As above, with all that a request can ask for.
SKIM_EXPORT void topk(const TopkRequest& request, const MutableTensorView& values,
                      const MutableTensorView& indices, Stream stream = {});

template <class T>
struct TopkResult {
  std::vector<T> values;
  std::vector<std::int64_t> indices;
};

// The k largest elements of one row, best first.
template <class T>
TopkResult<T> topk(std::span<const T> row, std::int64_t k, TopkOptions options = {}) {
  const auto cols = static_cast<std::int64_t>(row.size());
  TopkResult<T> result;
  options.index_dtype = DType::i64;
  (void)make_problem(
      {matrix_view(row.data(), 1, cols), k, options, {}});  // before k sizes anything
  result.values.resize(static_cast<std::size_t>(k));
  result.indices.resize(static_cast<std::size_t>(k));
  topk(matrix_view(row.data(), 1, cols), k, mutable_matrix_view(result.values.data(), 1, k),
       mutable_matrix_view(result.indices.data(), 1, k), options);
  return result;
}

}  // namespace skim
