// Which path to use for a case, from what was measured: the nearest cell in which skim was timed
// beside others decides, because times of one run compare and times of two runs do not.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nearest_cells.h"

namespace skim::bench {

// What paths said that could be asked here.
struct Answers {
  std::map<std::string, std::string> refused;  // name -> why it cannot take this case
  std::set<std::string> accepted;
};

struct Competitor {
  const PathResult* path = nullptr;
  std::string objection;  // why it is not recommended although it was timed; empty: it could be
};

struct PathElsewhere {
  const PathResult* path = nullptr;
  Cell cell;
};

struct Guidance {
  std::vector<Cell> cells;                // all that were measured on the device, nearest first
  std::optional<Cell> together;           // the nearest with times of skim and of another path
  std::vector<Competitor> competitors;    // with a time there
  std::vector<PathElsewhere> elsewhere;   // without one: where each was timed nearest
  const PathResult* use = nullptr;        // of the competitors; null where nothing was measured
  std::vector<const Competitor*> faster;  // than `use`, and objectionable

  Guidance() = default;
  Guidance(const Guidance&) = delete;  // `faster` points into it
  Guidance& operator=(const Guidance&) = delete;
  Guidance(Guidance&&) = default;
  Guidance& operator=(Guidance&&) = default;
};

Guidance advise(const Question& question, const std::vector<const SavedRun*>& runs,
                const Answers& answers);

}  // namespace skim::bench
