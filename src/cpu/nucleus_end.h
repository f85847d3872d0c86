// Where the nucleus of a row ends, for those who ask for it: a draw does not need to know.
//
// The mass before a place never falls with the rank, so whatever places are asked about, the end
// that is found is the same. They are those where it is likely to be; where few tokens are left in
// question, one after the other joins the nucleus until it is full.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>

#include "cpu/masses.h"
#include "order/candidate.h"
#include "random/mass.h"
#include "random/token_bound.h"

namespace skim::cpu {

// `Masses` is TileMasses or WeightMasses.
template <class Masses>
class NucleusSearch {
 public:
  // What is at `inside` has less than `limit` before it, or nothing; what is at `outside` and
  // behind it is not in the nucleus.
  NucleusSearch(Masses& masses, std::int64_t cols, std::int64_t inside, std::int64_t outside,
                std::uint64_t limit)
      : masses_(masses),
        cols_(cols),
        inside_(inside),
        outside_(outside),
        limit_(limit),
        all_(masses.total_before(bound_at(outside))) {}

  // The bound behind the last token of the nucleus.
  TokenBound end() {
    for (int asked = 0; outside_ + 1 < inside_; ++asked) {
      if (asked % 3 == 0 && few_are_left()) return end_among_left();
      const bool bisects = asked >= kAsksByLikelihood && asked % 2 == 0;  // so that it ends
      ask(bisects ? std::midpoint(outside_, inside_) : likely_place(asked % 4 == 3));
    }
    return bound_at(inside_ - 1);
  }

 private:
  static constexpr int kAsksByLikelihood = 24;

  bool is_inside(std::uint64_t before) const { return before < limit_ || before == 0; }

  // Else nothing but what is left lies between the places.
  bool few_are_left() {
    masses_.find_between(bound_at(inside_), bound_at(outside_), left_);
    if (left_.count <= TokensBetween::kMostListed) return true;
    inside_ = std::min(inside_, place_of({left_.greatest, 0}));
    outside_ = std::max(outside_, place_behind(left_.least, cols_));
    return false;
  }

  void ask(std::int64_t place) {
    const std::uint64_t before = masses_.total_before(bound_at(place));
    const float value = bound_at(place).value;
    if (is_inside(before)) {
      inside_ = place;
      left_.greatest = std::min(left_.greatest, value);
      move(odds_inside_, odds_outside_, before);
    } else {
      outside_ = place;
      left_.least = std::max(left_.least, value);
      move(odds_outside_, odds_inside_, before);
    }
  }

  // The side that moves has new odds. One that stays behind twice counts half (the Illinois rule),
  // or the other would creep.
  void move(float& moved, float& other, std::uint64_t before) {
    if (last_moved_ == &moved) other /= 2;
    last_moved_ = &moved;
    moved = odds(before) - odds(limit_);
  }

  // Of being before a place, as a logarithm: nearly linear in logits, while a mass has a tail on
  // either side. NaN where nothing or everything is.
  float odds(std::uint64_t before) const {
    if (before == 0 || before >= all_) return std::numeric_limits<float>::quiet_NaN();
    return log2_of(static_cast<float>(before)) - log2_of(static_cast<float>(all_ - before));
  }

  std::int64_t likely_place(bool in_the_middle) const {
    const float share = odds_inside_ / (odds_inside_ - odds_outside_);
    const bool known = share > 0.0F && share < 1.0F && !in_the_middle;
    const double asked = known ? std::clamp(static_cast<double>(share), 0.01, 0.99) : 0.5;
    const float value = Masses::value_between(left_.greatest, left_.least, asked);
    const std::int64_t place = place_of({value, 0});
    return outside_ < place && place < inside_ ? place : std::midpoint(outside_, inside_);
  }

  TokenBound end_among_left() {
    std::int64_t places[TokensBetween::kMostListed];
    std::transform(left_.tokens, left_.tokens + left_.count, places, [&](std::int64_t token) {
      return place_of({masses_.value_of(token), token});
    });
    std::sort(places, places + left_.count, std::greater<>());
    TokenBound end = bound_at(inside_);
    std::uint64_t before = masses_.total_before(end);
    for (std::int64_t i = 0; i < left_.count && is_inside(before); ++i) {
      end = bound_at(places[i] - 1);
      before = masses_.total_with(Packing<std::int64_t>::index(places[i]), end);
    }
    return end;
  }

  Masses& masses_;
  std::int64_t cols_;
  std::int64_t inside_;
  std::int64_t outside_;
  std::uint64_t limit_;
  std::uint64_t all_;  // the mass of what may be in the nucleus
  float odds_inside_ = std::numeric_limits<float>::quiet_NaN();  // of its places, less the limit's
  float odds_outside_ = std::numeric_limits<float>::quiet_NaN();
  const float* last_moved_ = nullptr;
  TokensBetween left_{};
};

// The bound behind the last token that has less than `limit` before it, or nothing, among those not
// below `least`. `inner` is the value and index of one that has, or a bound without tokens before
// it.
template <class Masses>
TokenBound nucleus_end(Masses& masses, std::int64_t cols, const TokenBound& inner, float least,
                       std::uint64_t limit) {
  return NucleusSearch(masses, cols, place_of(inner), place_behind(least, cols), limit).end();
}

}  // namespace skim::cpu
