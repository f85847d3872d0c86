// Times plans against each other around the limits between them: where tuning.h's numbers come
// from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossover/forced_plan.h"
#include "environment.h"
#include "measure.h"
#include "results.h"

namespace skim::bench {

// Along what a limit lies; `none` for shapes in no order.
enum class Axis : std::uint8_t { none, rows, cols, k };

struct Boundary {
  std::string name;  // "kManyShortRows = 1056": as tuning.h has it
  Axis axis = Axis::none;
  std::vector<Case> shapes;       // ascending along the axis
  std::vector<ForcedPlan> plans;  // in the order in which they should win along the axis
};

// One plan on one shape. Without a time where the plan refuses the shape.
struct CrossoverCell {
  std::string plan;
  bool chosen = false;  // what the plan does where nothing is forced
  std::string geometry;
  std::string refusal;
  PathResult result;

  bool timed() const { return refusal.empty() && result.status == Status::ok; }
};

struct CrossoverShape {
  Case bench_case;
  std::vector<CrossoverCell> cells;  // those of the boundary; then the plan's own, where it is none

  const CrossoverCell* fastest() const;  // nullptr where none was timed
  const CrossoverCell* chosen() const;
};

struct Crossover {
  Boundary boundary;
  std::vector<CrossoverShape> shapes;
};

Crossover measure_crossover(const Boundary& boundary, const MeasureOptions& options,
                            const Device& device);

// Which plan to take up to which shape, so that the times lost against the fastest are smallest;
// the plans come in their order, each over one run of shapes. Empty without an axis, or where a
// shape has no time.
struct Span {
  std::size_t plan;
  std::size_t first;  // of the shapes
  std::size_t last;
};
std::vector<Span> best_spans(const Crossover& crossover);

// The most that the plan's own choice loses against the fastest, 1 for nothing; and where.
struct Loss {
  double ratio = 1;
  std::size_t shape = 0;
};
std::optional<Loss> loss_of_choice(const Crossover& crossover);

std::string text_of(const Crossover& crossover);
std::string json_of(const Environment& environment, const std::vector<Crossover>& crossovers);

// Plans that are wrong or fail, one sentence each.
std::vector<std::string> failures_of(const std::vector<Crossover>& crossovers);

}  // namespace skim::bench
