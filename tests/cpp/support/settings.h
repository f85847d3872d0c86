// What the environment asks of the tests.
#pragma once

#include <cstdlib>
#include <cstring>

namespace skim::test {

inline bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
}

// SKIM_TEST_SHORT=1: fewer sizes, for sanitizers and emulators.
inline bool short_sizes() { return is_set("SKIM_TEST_SHORT"); }

// SKIM_TEST_HUGE=1: rows of more than 2^31 elements, which need up to 10 GB of memory.
inline bool huge_sizes() { return is_set("SKIM_TEST_HUGE"); }

// SKIM_TEST_LONG=1: ten times as many draws from each distribution.
inline bool many_draws() { return is_set("SKIM_TEST_LONG"); }

}  // namespace skim::test
