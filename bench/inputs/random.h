// Random numbers that are the same bits on every machine, which <random>'s distributions and the
// C library's logarithm do not promise.
#pragma once

#include <cstdint>

namespace skim::bench {

// The natural logarithm of a positive finite number, by IEEE operations alone.
double portable_log(double x);

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t next();
  double uniform();                          // [0, 1)
  std::uint64_t below(std::uint64_t bound);  // [0, bound), bound at most 2^53
  double normal();                           // mean 0, deviation 1; Marsaglia's polar method

 private:
  std::uint64_t state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace skim::bench
