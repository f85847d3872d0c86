// One competing way to do the job, native or a caller's callbacks.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sampling/settings.h"
#include "skim_bench.h"

namespace skim::bench {

struct PathInfo {
  std::string name;
  std::string version;
  std::string unavailable;  // not empty: it can never run here, and how to add it
  std::uint32_t promises = 0;
  double relative_error = 0;
  Operation operation = Operation::topk;

  bool has(std::uint32_t flag) const { return (promises & flag) != 0; }
};

// Thrown by prepare: this case is not one for the path; what() says why.
class NotApplicable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Path {
 public:
  explicit Path(PathInfo info) : info_(std::move(info)) {}
  virtual ~Path() = default;
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  const PathInfo& info() const { return info_; }

  // As the callbacks of skim_bench_path; failures are exceptions.
  virtual void prepare(const skim_bench_case& bench_case) = 0;
  virtual void run(std::int64_t first, std::int64_t count) = 0;
  virtual void finish() {}
  // A cudaGraph_t that finish() releases; nullptr where the clock may capture run() itself.
  virtual void* capture(std::int64_t, std::int64_t) { return nullptr; }

 private:
  PathInfo info_;
};

using PathPtr = std::unique_ptr<Path>;
using PathList = std::vector<PathPtr>;

// A column that says `N/A` and why, until a callback path of the same name takes it.
PathPtr make_unavailable(std::string name, std::string reason);
PathPtr make_callback_path(const skim_bench_path& callbacks);

bool on_gpu(const skim_bench_case& bench_case);

// The labels of what the path does not promise: "unsorted", "inexact (1e-3)", ...
std::vector<std::string> labels_of(const PathInfo& info);

// The native paths, then the callers' that do the same operation; a caller's path takes the place
// of a native placeholder of its name. Throws std::invalid_argument on two paths of one name.
PathList merge_paths(PathList native, const skim_bench_path* extra, std::int32_t extra_count,
                     Operation operation = Operation::topk);

// Keeps the paths named in `names`, in the order of the list; no names keep all. Case does not
// matter, and where no path has the name, the paths that begin with it are meant: "triton", "CUB".
// Throws std::invalid_argument on an unknown name.
void keep_named(PathList& paths, const std::vector<std::string>& names);

}  // namespace skim::bench
