// Choices of a randomised test, all from one seed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <random>
#include <type_traits>
#include <utility>

#include "inputs/random.h"

namespace skim::test {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// SKIM_FUZZ_SEED, or another one each time.
inline std::uint64_t fuzz_seed() { return number_from("SKIM_FUZZ_SEED", std::random_device()()); }

class RandomChoices {
 public:
  explicit RandomChoices(std::uint64_t seed) : random_(seed, 0) {}

  std::uint64_t number() { return random_.next(); }
  bool flip() { return one_in(2); }
  bool one_in(std::uint64_t count) { return random_.below(count) == 0; }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

  // Small numbers as often as large ones.
  std::int64_t up_to(std::int64_t limit) {
    const auto most = static_cast<std::uint64_t>(limit) + 1;
    return static_cast<std::int64_t>(random_.below(1 + random_.below(most)));
  }

  template <class List>
  auto one_of(const List& list) {
    return std::data(list)[random_.below(std::size(list))];
  }
  template <class T>
  T one_of(std::initializer_list<T> list) {
    return std::data(list)[random_.below(std::size(list))];
  }

 private:
  bench::Random random_;
};

}  // namespace skim::test
