#include "real_logits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

#include "environment.h"

namespace skim::bench {

Matrix load_real_logits(const std::string& given) {
  if (!given.empty()) return load_npy(given);
  const std::string file = "smollm2_logits_f16.npy";
  const std::string here = own_folder();
  const std::vector<std::string> places = {
      fmt::format("{}/data/{}", here, file),           // Python package
      fmt::format("{}/../data/{}", here, file),        // bundle: bin/ and data/
      fmt::format("{}/../share/skim/{}", here, file),  // installation
      fmt::format("{}/{}", SKIM_BENCH_SOURCE_DATA, file)};
  for (const std::string& place : places) {
    if (std::filesystem::exists(place)) return load_npy(place);
  }
  throw std::invalid_argument(fmt::format(
      "The real logits are in none of {}: name the file with --data", fmt::join(places, ", ")));
}

}  // namespace skim::bench
