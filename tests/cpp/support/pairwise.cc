#include "support/pairwise.h"

#include <numeric>
#include <optional>

namespace skim::test {
namespace {

class MissingPairs {
 public:
  explicit MissingPairs(const Levels& levels) : offsets_(levels.size()) {
    std::size_t total = 0;
    for (std::size_t factor = 0; factor < levels.size(); ++factor) {
      offsets_[factor] = total;
      total += levels[factor];
    }
    total_ = total;
    missing_.assign(total * total, false);
    for (std::size_t a = 0; a < levels.size(); ++a) {
      for (std::size_t b = a + 1; b < levels.size(); ++b) mark_all(levels, a, b);
    }
  }

  struct Pair {
    std::size_t factor_a, level_a, factor_b, level_b;
  };

  std::optional<Pair> first(const Levels& levels) const {
    for (std::size_t a = 0; a < levels.size(); ++a) {
      for (std::size_t i = 0; i < levels[a]; ++i) {
        for (std::size_t b = a + 1; b < levels.size(); ++b) {
          for (std::size_t j = 0; j < levels[b]; ++j) {
            if (is_missing(a, i, b, j)) return Pair{a, i, b, j};
          }
        }
      }
    }
    return std::nullopt;
  }

  bool is_missing(std::size_t a, std::size_t i, std::size_t b, std::size_t j) const {
    return missing_[cell(a, i, b, j)];
  }
  void remove(std::size_t a, std::size_t i, std::size_t b, std::size_t j) {
    missing_[cell(a, i, b, j)] = false;
  }

 private:
  void mark_all(const Levels& levels, std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < levels[a]; ++i) {
      for (std::size_t j = 0; j < levels[b]; ++j) missing_[cell(a, i, b, j)] = true;
    }
  }
  std::size_t cell(std::size_t a, std::size_t i, std::size_t b, std::size_t j) const {
    const std::size_t x = offsets_[a] + i;
    const std::size_t y = offsets_[b] + j;
    return a < b ? x * total_ + y : y * total_ + x;
  }

  std::vector<std::size_t> offsets_;
  std::size_t total_ = 0;
  std::vector<bool> missing_;
};

constexpr std::size_t kUnset = ~std::size_t{0};

// Ties go round, so that levels that no pair asks for are not always the first.
std::size_t best_level(const MissingPairs& missing, const Levels& chosen, std::size_t factor,
                       std::size_t count, std::size_t start) {
  std::size_t best = start % count;
  std::size_t best_gain = 0;
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t level = (start + step) % count;
    std::size_t gain = 0;
    for (std::size_t other = 0; other < chosen.size(); ++other) {
      if (other == factor || chosen[other] == kUnset) continue;
      gain += missing.is_missing(factor, level, other, chosen[other]) ? 1 : 0;
    }
    if (gain > best_gain) {
      best = level;
      best_gain = gain;
    }
  }
  return best;
}

}  // namespace

std::vector<Levels> pairwise_cases(const Levels& levels) {
  MissingPairs missing(levels);
  std::vector<Levels> cases;
  while (const auto pair = missing.first(levels)) {
    Levels chosen(levels.size(), kUnset);
    chosen[pair->factor_a] = pair->level_a;
    chosen[pair->factor_b] = pair->level_b;
    for (std::size_t factor = 0; factor < levels.size(); ++factor) {
      if (chosen[factor] == kUnset) {
        chosen[factor] = best_level(missing, chosen, factor, levels[factor], cases.size());
      }
    }
    for (std::size_t a = 0; a < levels.size(); ++a) {
      for (std::size_t b = a + 1; b < levels.size(); ++b)
        missing.remove(a, chosen[a], b, chosen[b]);
    }
    cases.push_back(chosen);
  }
  return cases;
}

}  // namespace skim::test
