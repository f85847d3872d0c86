#include "path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <set>

namespace skim::bench {
namespace {

class UnavailablePath final : public Path {
 public:
  using Path::Path;
  void prepare(const skim_bench_case&) override { throw NotApplicable(info().unavailable); }
  void run(std::int64_t, std::int64_t) override { throw NotApplicable(info().unavailable); }
};

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// Callers that were compiled before paths ran on GPUs have no `capture`.
constexpr std::size_t kOldestSize = offsetof(skim_bench_path, capture);
constexpr std::size_t kSizeWithCapture = offsetof(skim_bench_path, operation);

skim_bench_path known_part_of(const skim_bench_path& callbacks) {
  if (callbacks.struct_size < kOldestSize) {
    throw std::invalid_argument(
        fmt::format("A path's struct_size is {} but must be at least {}: rebuild the caller with "
                    "this version of skim_bench.h",
                    callbacks.struct_size, kOldestSize));
  }
  skim_bench_path known{};
  std::memcpy(&known, &callbacks, std::min(callbacks.struct_size, sizeof(known)));
  return known;
}

Operation operation_of(const skim_bench_path& callbacks) {
  if (callbacks.operation == SKIM_BENCH_TOPK) return Operation::topk;
  if (callbacks.operation == SKIM_BENCH_SAMPLE) return Operation::sample;
  if (callbacks.operation == SKIM_BENCH_EAGER) return Operation::eager;
  throw std::invalid_argument(fmt::format("A path's operation is {} but must be {}, {} or {}",
                                          callbacks.operation, int{SKIM_BENCH_TOPK},
                                          int{SKIM_BENCH_SAMPLE}, int{SKIM_BENCH_EAGER}));
}

PathInfo info_of(const skim_bench_path& callbacks) {
  return {text_or_empty(callbacks.name),
          text_or_empty(callbacks.version),
          text_or_empty(callbacks.unavailable),
          callbacks.promises,
          callbacks.relative_error,
          operation_of(callbacks)};
}

class CallbackPath final : public Path {
 public:
  explicit CallbackPath(const skim_bench_path& callbacks)
      : Path(info_of(callbacks)), callbacks_(callbacks) {}

  void prepare(const skim_bench_case& bench_case) override {
    if (!info().unavailable.empty()) throw NotApplicable(info().unavailable);
    if (callbacks_.struct_size < kSizeWithCapture && on_gpu(bench_case)) {
      throw NotApplicable("was built with a skim_bench.h that knew no GPU: rebuild it");
    }
    Message message{};
    const std::int32_t status =
        callbacks_.prepare(callbacks_.context, &bench_case, message.data(), message.size());
    if (status == 1) throw NotApplicable(text_of(message));
    if (status != 0) throw std::runtime_error(text_of(message));
  }

  void run(std::int64_t first, std::int64_t count) override {
    Message message{};
    if (callbacks_.run(callbacks_.context, first, count, message.data(), message.size()) != 0) {
      throw std::runtime_error(text_of(message));
    }
  }

  void finish() override {
    if (callbacks_.finish != nullptr) callbacks_.finish(callbacks_.context);
  }

  void* capture(std::int64_t first, std::int64_t count) override {
    if (callbacks_.capture == nullptr) return nullptr;
    Message message{};
    void* graph = nullptr;
    if (callbacks_.capture(callbacks_.context, first, count, &graph, message.data(),
                           message.size()) != 0) {
      throw std::runtime_error(text_of(message));
    }
    return graph;
  }

 private:
  using Message = std::array<char, 512>;

  static std::string text_of(Message& message) {
    message.back() = '\0';
    return message.front() == '\0' ? "failed without a message" : message.data();
  }

  skim_bench_path callbacks_;
};

auto find_named(PathList& paths, const std::string& name) {
  return std::find_if(paths.begin(), paths.end(), [&](const PathPtr& path) {
    return strcasecmp(path->info().name.c_str(), name.c_str()) == 0;
  });
}

bool begins_with_words(const Path& path, const std::string& words) {
  const std::string& name = path.info().name;
  return strncasecmp(name.c_str(), words.c_str(), words.size()) == 0 &&
         (name.size() == words.size() || name[words.size()] == ' ');
}

// The path of that name, or else those that it begins.
std::vector<const Path*> find_all(PathList& paths, const std::string& words) {
  const auto exact = find_named(paths, words);
  if (exact != paths.end()) return {exact->get()};
  std::vector<const Path*> found;
  for (const PathPtr& path : paths) {
    if (begins_with_words(*path, words)) found.push_back(path.get());
  }
  return found;
}

bool is_placeholder(const Path& path) { return dynamic_cast<const UnavailablePath*>(&path); }

}  // namespace

PathPtr make_unavailable(std::string name, std::string reason) {
  return std::make_unique<UnavailablePath>(PathInfo{std::move(name), "", std::move(reason)});
}

PathPtr make_callback_path(const skim_bench_path& callbacks) {
  return std::make_unique<CallbackPath>(known_part_of(callbacks));
}

bool on_gpu(const skim_bench_case& bench_case) {
  return bench_case.inputs[0].device.device_type == kDLCUDA;
}

std::vector<std::string> labels_of(const PathInfo& info) {
  std::vector<std::string> labels;
  if (info.has(SKIM_BENCH_UNSORTED)) labels.emplace_back("unsorted");
  if (info.has(SKIM_BENCH_TIES_ANY_ORDER)) labels.emplace_back("ties any order");
  if (info.has(SKIM_BENCH_NONDETERMINISTIC)) labels.emplace_back("nondeterministic");
  if (info.has(SKIM_BENCH_INEXACT)) {
    labels.push_back(fmt::format("inexact ({:.2g})", info.relative_error));
  }
  if (info.has(SKIM_BENCH_OWN_RANDOM)) labels.emplace_back("random numbers of its own");
  if (info.has(SKIM_BENCH_KEEPS_TIES)) labels.emplace_back("keeps ties");
  return labels;
}

PathList merge_paths(PathList native, const skim_bench_path* extra, std::int32_t extra_count,
                     Operation operation) {
  PathList paths = std::move(native);
  const auto* next = reinterpret_cast<const std::byte*>(extra);
  for (std::int32_t i = 0; i < extra_count; ++i) {
    const auto& callbacks = *reinterpret_cast<const skim_bench_path*>(next);
    PathPtr path = make_callback_path(callbacks);
    next += callbacks.struct_size;
    if (path->info().operation != operation) continue;
    const auto found = find_named(paths, path->info().name);
    if (found == paths.end()) {
      paths.push_back(std::move(path));
    } else if (is_placeholder(**found)) {
      *found = std::move(path);
    } else {
      throw std::invalid_argument(
          fmt::format("The path name '{}' is taken already: give the new path another name",
                      path->info().name));
    }
  }
  return paths;
}

void keep_named(PathList& paths, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::set<const Path*> kept;
  for (const std::string& name : names) {
    const std::vector<const Path*> found = find_all(paths, name);
    kept.insert(found.begin(), found.end());
    if (!found.empty()) continue;
    std::vector<std::string> known;
    for (const PathPtr& path : paths) known.push_back(path->info().name);
    throw std::invalid_argument(
        fmt::format("--paths names '{}', which is none of: {}", name, fmt::join(known, ", ")));
  }
  std::erase_if(paths, [&](const PathPtr& path) { return !kept.contains(path.get()); });
}

}  // namespace skim::bench
