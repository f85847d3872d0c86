#include "published_figures.h"

#include <fmt/format.h>

#include <string_view>

#include "published.h"
#include "text.h"

namespace skim::bench {
namespace {

// A loop of eager calls shows the slower of the two: the host's work on a call, or the GPU's.
std::string verdict(double published_us, const PathResult& path) {
  constexpr double kNear = 1.5;  // the GPUs and the hosts differ
  const auto near = [&](double us) {
    return us > published_us / kNear && us < published_us * kNear;
  };
  const bool like_host = near(*path.host_us);
  const bool like_gpu = near(path.timing.median_us);
  if (like_host && like_gpu) return "consistent with both";
  if (like_host) return "consistent with a host-bound measurement";
  if (like_gpu) return "consistent with GPU time";
  return "consistent with neither";
}

std::string published_line(const CaseResult& result, std::string_view name, double published_us) {
  const PathResult* path = path_named(result, name);
  if (!timed(path) || !path->host_us) return "";
  const Case& shape = result.bench_case;
  return fmt::format(
      "  {:<18} {:>4} x {:<5}  k {:<3}  published {:>5.0f}, here GPU {:>7}, host {:>6}: {}\n", name,
      shape.rows, shape.cols, shape.k, published_us, us_text(path->timing.median_us),
      us_text(*path->host_us), verdict(published_us, *path));
}

}  // namespace

std::string published_figures(const std::vector<CaseResult>& results) {
  std::string lines;
  for (const CaseResult& result : results) {
    const auto published = published_for(result.bench_case);
    if (!published || result.device != "cuda") continue;
    lines += published_line(result, "PyTorch", published->pytorch_us);
    lines += published_line(result, kPublishedTriton, published->triton_us);
  }
  if (lines.empty()) return "";
  return fmt::format(
      "The published figures beside GPU time and the host's time for a call, within a factor of "
      "1.5\n{}\n",
      lines);
}

}  // namespace skim::bench
