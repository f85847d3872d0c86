// One line a matrix: thousands of cells stay a small file.
#include <fmt/format.h>

#include <stdexcept>

#include "cliffs/cliffs.h"
#include "json_parts.h"

namespace skim::bench {
namespace {

using Json = OrderedJson;

constexpr int kCliffsSchema = 1;

Json json_of_matrix(const CliffMatrix& matrix) {
  Json json = {{"rows", matrix.rows}, {"cols", matrix.cols}};
  if (matrix.floor_us) json["floor_us"] = *matrix.floor_us;
  for (const CliffCell& cell : matrix.cells) {
    json["k"].push_back(cell.k);
    json["us"].push_back(cell.us);
    json["spread"].push_back(cell.spread);
  }
  return json;
}

CliffMatrix matrix_of(const Json& json) {
  CliffMatrix matrix;
  matrix.rows = json.at("rows").get<std::int64_t>();
  matrix.cols = json.at("cols").get<std::int64_t>();
  if (json.contains("floor_us")) matrix.floor_us = json.at("floor_us").get<double>();
  if (!json.contains("k")) return matrix;
  for (std::size_t i = 0; i < json.at("k").size(); ++i) {
    matrix.cells.push_back({json.at("k").at(i).get<std::int64_t>(),
                            json.at("us").at(i).get<double>(),
                            json.at("spread").at(i).get<double>()});
  }
  return matrix;
}

Json json_of_spot(const Spot& spot) {
  return {{"rows", spot.rows}, {"cols", spot.cols}, {"k", spot.k}, {"us", spot.us}};
}

Json json_of_pair(const Cliff& pair) {
  return {{"fast", json_of_spot(pair.fast)},
          {"slow", json_of_spot(pair.slow)},
          {"times", pair.times},
          {"bytes", pair.bytes}};
}

Json json_of_neighbours(const Neighbours& neighbours) {
  Json cliffs = Json::array();
  for (const Cliff& cliff : neighbours.cliffs) cliffs.push_back(json_of_pair(cliff));
  const auto& steepest = neighbours.steepest;
  return {{"compared", neighbours.compared},
          {"limit", kCliff},
          {"steepest", steepest ? json_of_pair(*steepest) : Json(nullptr)},
          {"cliffs", cliffs}};
}

std::string lines_of(const std::vector<CliffMatrix>& matrices) {
  std::string lines;
  for (const CliffMatrix& matrix : matrices) {
    lines += (lines.empty() ? "\n    " : ",\n    ") + json_of_matrix(matrix).dump();
  }
  return lines;
}

}  // namespace

std::string json_of(const Environment& environment, const CliffRun& run) {
  const Json head = {{"kind", "cliffs"},
                     {"schema_version", kCliffsSchema},
                     {"environment", json_of(environment)},
                     {"dtype", skim::name_of(run.grid.dtype)},
                     {"rows", run.grid.rows},
                     {"cols", run.grid.cols},
                     {"ks", run.grid.ks},
                     {"most_bytes", run.grid.most_bytes},
                     {"failures", run.failures},
                     {"neighbours", json_of_neighbours(compare_neighbours(run))}};
  std::string text = "{";
  for (const auto& [name, value] : head.items()) {
    text += fmt::format("\n  \"{}\": {},", name, value.dump());
  }
  return text + "\n  \"matrices\": [" + lines_of(run.matrices) + "\n  ]\n}\n";
}

CliffRun parse_cliffs(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  const auto list = [&](const char* name) {
    return json.at(name).get<std::vector<std::int64_t>>();
  };
  try {
    if (json.is_discarded() || json.at("kind") != "cliffs" ||
        json.at("schema_version") != kCliffsSchema) {
      throw std::runtime_error("its kind or its schema version is another");
    }
    CliffRun run;
    run.grid = {parse_dtype(json.at("dtype").get<std::string>()), list("rows"), list("cols"),
                list("ks"), json.at("most_bytes").get<std::int64_t>()};
    for (const Json& matrix : json.at("matrices")) run.matrices.push_back(matrix_of(matrix));
    run.failures = json.at("failures").get<std::vector<std::string>>();
    return run;
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("'{}' is not what `skim cliffs --json` writes: {}", file, error.what()));
  }
}

}  // namespace skim::bench
