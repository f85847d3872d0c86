#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "commands/commands.h"
#include "environment.h"
#include "json_parts.h"
#include "skim/device.h"

namespace skim::bench {

namespace {

void print_gpus(const Environment& environment) {
  if (!environment.gpu) return fmt::print("cuda       {}\n", why_no_cuda());
  for (int ordinal = 0; ordinal < cuda_device_count(); ++ordinal) {
    fmt::print("cuda       {}\n", to_string(Device::cuda(ordinal)));
  }
  fmt::print("driver     {}, serves CUDA {}; linked with runtime {}\n", environment.gpu->driver,
             environment.gpu->cuda, environment.gpu->runtime);
}

void print_paths(const char* title, const PathList& paths) {
  std::size_t width = 0;
  for (const PathPtr& path : paths) width = std::max(width, path->info().name.size());
  fmt::print("{}\n", title);
  for (const PathPtr& path : paths) {
    const PathInfo& info = path->info();
    fmt::print("  {:<{}}  {}\n", info.name, width,
               info.unavailable.empty() ? info.version : "N/A: " + info.unavailable);
  }
}

}  // namespace

int run_info(const Options& options, const PathList& paths, const PathList& samplers,
             const PathList& calls) {
  const Environment environment = current_environment(options.command_line, true);
  if (!options.json.empty()) write_file(options.json, json_of(environment).dump(2) + "\n");
  std::vector<std::string> targets;
  for (const SimdTarget target : runnable_simd_targets()) targets.push_back(to_string(target));
  fmt::print("cpu        {}\n", environment.cpu);
  fmt::print("device     {}\n", to_string(Device::cpu()));
  fmt::print("simd       {}\n", fmt::join(targets, ", "));
  print_gpus(environment);
  fmt::print("commit     {}\n", environment.commit);
  fmt::print("libraries\n");
  for (const auto& [name, version] : environment.libraries) {
    fmt::print("  {:<18} {}\n", name, version);
  }
  print_paths("paths", paths);
  print_paths("paths of --op sample", samplers);
  print_paths("paths of --op eager", calls);
  return 0;
}

}  // namespace skim::bench
