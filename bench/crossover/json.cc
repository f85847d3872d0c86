#include "crossover/crossover.h"
#include "json_parts.h"

namespace skim::bench {
namespace {

using Json = OrderedJson;

constexpr int kCrossoverSchema = 1;

Json json_of_cell(const CrossoverCell& cell) {
  Json json = {{"plan", cell.plan}, {"chosen", cell.chosen}};
  if (!cell.refusal.empty()) {
    json["refusal"] = cell.refusal;
    return json;
  }
  json["geometry"] = cell.geometry;
  json["status"] = name_of(cell.result.status);
  if (cell.timed()) {
    json["timing"] = json_of(cell.result.timing);
  } else {
    json["message"] = cell.result.message;
  }
  return json;
}

Json json_of_shape(const CrossoverShape& shape) {
  Json cells = Json::array();
  for (const CrossoverCell& cell : shape.cells) cells.push_back(json_of_cell(cell));
  const Case& bench_case = shape.bench_case;
  return {{"rows", bench_case.rows},
          {"cols", bench_case.cols},
          {"k", bench_case.k},
          {"dtype", skim::name_of(bench_case.dtype)},
          {"input", input_name(bench_case)},
          {"plans", cells}};
}

Json json_of_crossover(const Crossover& crossover) {
  Json spans = Json::array();
  for (const Span& span : best_spans(crossover)) {
    spans.push_back({{"plan", crossover.boundary.plans[span.plan].text},
                     {"first", to_string(crossover.shapes[span.first].bench_case)},
                     {"last", to_string(crossover.shapes[span.last].bench_case)}});
  }
  Json shapes = Json::array();
  for (const CrossoverShape& shape : crossover.shapes) shapes.push_back(json_of_shape(shape));
  Json json = {{"boundary", crossover.boundary.name}, {"best", spans}, {"loss", nullptr}};
  if (const auto loss = loss_of_choice(crossover)) {
    json["loss"] = {{"ratio", loss->ratio},
                    {"shape", to_string(crossover.shapes[loss->shape].bench_case)}};
  }
  json["shapes"] = shapes;
  return json;
}

}  // namespace

std::string json_of(const Environment& environment, const std::vector<Crossover>& crossovers) {
  Json all = Json::array();
  for (const Crossover& crossover : crossovers) all.push_back(json_of_crossover(crossover));
  const Json json = {{"kind", "crossover"},
                     {"schema_version", kCrossoverSchema},
                     {"environment", json_of(environment)},
                     {"crossovers", all}};
  return json.dump(2) + "\n";
}

}  // namespace skim::bench
