#include "crossover/crossover.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "skim/error.h"

namespace skim::bench {
namespace {

bool same_work(const TopkPlan& one, const TopkPlan& other) {
  return one.algorithm == other.algorithm && one.cpu == other.cpu && one.cuda == other.cuda;
}

CrossoverCell cell_of(const ForcedPlan& plan, const Case& bench_case, const Device& device,
                      int threads, const TopkPlan& unforced) {
  CrossoverCell cell;
  cell.plan = plan.text;
  try {
    const TopkPlan forced = plan_of(bench_case, device, threads, plan.forced);
    cell.chosen = same_work(forced, unforced);
    cell.geometry = to_string(forced);
  } catch (const InvalidRequest& refusal) {
    cell.refusal = refusal.what();
  }
  return cell;
}

// Two plans that do the same are two columns of one time.
bool has_chosen(const CrossoverShape& shape) { return shape.chosen() != nullptr; }

CrossoverShape measure_shape(const Boundary& boundary, const Case& bench_case,
                             const MeasureOptions& options, const Device& device) {
  CrossoverShape shape{bench_case, {}};
  const TopkPlan unforced = plan_of(bench_case, device, options.threads, {});
  std::vector<ForcedPlan> plans = boundary.plans;
  for (const ForcedPlan& plan : plans) {
    shape.cells.push_back(cell_of(plan, bench_case, device, options.threads, unforced));
  }
  if (!has_chosen(shape)) {
    plans.push_back({"plan", {}});
    shape.cells.push_back(cell_of(plans.back(), bench_case, device, options.threads, unforced));
  }
  PathList paths;
  std::vector<CrossoverCell*> cells;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!shape.cells[i].refusal.empty()) continue;
    paths.push_back(make_forced_skim(plans[i]));
    cells.push_back(&shape.cells[i]);
  }
  CaseResult measured = measure(bench_case, paths, options);
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i]->result = std::move(measured.paths[i]);
  return shape;
}

// What is lost by a plan on a shape, as a logarithm; infinite where it has no time.
double cost_of(const CrossoverShape& shape, std::size_t plan) {
  const CrossoverCell& cell = shape.cells[plan];
  if (!cell.timed()) return std::numeric_limits<double>::infinity();
  double fastest = cell.result.timing.median_us;
  for (const CrossoverCell& other : shape.cells) {
    if (other.timed()) fastest = std::min(fastest, other.result.timing.median_us);
  }
  return std::log(cell.result.timing.median_us / fastest);
}

}  // namespace

const CrossoverCell* CrossoverShape::fastest() const {
  const CrossoverCell* best = nullptr;
  for (const CrossoverCell& cell : cells) {
    if (!cell.timed()) continue;
    if (best == nullptr || cell.result.timing.median_us < best->result.timing.median_us) {
      best = &cell;
    }
  }
  return best;
}

const CrossoverCell* CrossoverShape::chosen() const {
  const auto found = std::find_if(cells.begin(), cells.end(),
                                  [](const CrossoverCell& cell) { return cell.chosen; });
  return found == cells.end() ? nullptr : &*found;
}

Crossover measure_crossover(const Boundary& boundary, const MeasureOptions& options,
                            const Device& device) {
  Crossover crossover{boundary, {}};
  for (const Case& bench_case : boundary.shapes) {
    options.on_step(to_string(bench_case));
    crossover.shapes.push_back(measure_shape(boundary, bench_case, options, device));
  }
  return crossover;
}

// The least sum of costs over all ways to go through the plans in order: least[p] is that of the
// shapes so far with plan p at the last.
std::vector<Span> best_spans(const Crossover& crossover) {
  const std::size_t plans = crossover.boundary.plans.size();
  const std::size_t shapes = crossover.shapes.size();
  if (crossover.boundary.axis == Axis::none || shapes == 0) return {};
  std::vector<double> least(plans, 0);
  std::vector<std::vector<std::size_t>> before(shapes, std::vector<std::size_t>(plans));
  for (std::size_t shape = 0; shape < shapes; ++shape) {
    std::vector<double> next(plans);
    std::size_t best = 0;
    for (std::size_t plan = 0; plan < plans; ++plan) {
      if (least[plan] < least[best]) best = plan;
      before[shape][plan] = shape == 0 ? plan : best;
      next[plan] = least[best] + cost_of(crossover.shapes[shape], plan);
    }
    least = next;
  }
  auto plan =
      static_cast<std::size_t>(std::min_element(least.begin(), least.end()) - least.begin());
  if (std::isinf(least[plan])) return {};
  std::vector<Span> spans;
  for (std::size_t shape = shapes; shape-- > 0;) {
    if (spans.empty() || spans.back().plan != plan) spans.push_back({plan, shape, shape});
    spans.back().first = shape;
    plan = before[shape][plan];
  }
  std::reverse(spans.begin(), spans.end());
  return spans;
}

std::optional<Loss> loss_of_choice(const Crossover& crossover) {
  std::optional<Loss> worst;
  for (std::size_t i = 0; i < crossover.shapes.size(); ++i) {
    const CrossoverCell* fastest = crossover.shapes[i].fastest();
    const CrossoverCell* chosen = crossover.shapes[i].chosen();
    if (fastest == nullptr || chosen == nullptr || !chosen->timed()) continue;
    const double ratio = chosen->result.timing.median_us / fastest->result.timing.median_us;
    if (!worst || ratio > worst->ratio) worst = Loss{ratio, i};
  }
  return worst;
}

std::vector<std::string> failures_of(const std::vector<Crossover>& crossovers) {
  std::vector<std::string> failures;
  for (const Crossover& crossover : crossovers) {
    for (const CrossoverShape& shape : crossover.shapes) {
      for (const CrossoverCell& cell : shape.cells) {
        if (!cell.refusal.empty() || cell.timed()) continue;
        failures.push_back(fmt::format("{} is {} on {}: {}", cell.plan, name_of(cell.result.status),
                                       to_string(shape.bench_case), cell.result.message));
      }
    }
  }
  return failures;
}

}  // namespace skim::bench
