#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/commands.h"
#include "environment.h"
#include "skim/device.h"

namespace skim::bench {

int run_info(const Options& options, const PathList& paths) {
  const Environment environment = current_environment(options.command_line);
  std::vector<std::string> targets;
  for (const SimdTarget target : runnable_simd_targets()) targets.push_back(to_string(target));
  fmt::print("cpu        {}\n", environment.cpu);
  fmt::print("device     {}\n", to_string(Device::cpu()));
  fmt::print("simd       {}\n", fmt::join(targets, ", "));
  fmt::print("cuda       no CUDA device\n");
  fmt::print("commit     {}\n", environment.commit);
  fmt::print("libraries\n");
  for (const auto& [name, version] : environment.libraries) {
    fmt::print("  {:<18} {}\n", name, version);
  }
  fmt::print("paths\n");
  for (const PathPtr& path : paths) {
    const PathInfo& info = path->info();
    fmt::print("  {:<18} {}\n", info.name,
               info.unavailable.empty() ? info.version : "N/A: " + info.unavailable);
  }
  return 0;
}

}  // namespace skim::bench
