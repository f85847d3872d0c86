#include "shipped_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

#include "environment.h"

namespace skim::bench {
namespace {

std::vector<std::string> places_of(const std::string& name) {
  const std::string here = own_folder();
  return {fmt::format("{}/../{}", here, name),             // Python package and bundle
          fmt::format("{}/../share/skim/{}", here, name),  // installation
          fmt::format("{}/{}", SKIM_BENCH_SOURCE, name)};
}

}  // namespace

std::string find_shipped(const std::string& name, const std::string& what,
                         const std::string& option) {
  const std::vector<std::string> places = places_of(name);
  for (const std::string& place : places) {
    if (std::filesystem::exists(place)) return std::filesystem::canonical(place).string();
  }
  throw std::invalid_argument(
      fmt::format("{} in none of {}: name it with {}", what, fmt::join(places, ", "), option));
}

}  // namespace skim::bench
