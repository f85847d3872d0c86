// Reading the sentence with which something is refused.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "skim/error.h"

namespace skim::test {

// What `action` throws as an Error, or "" where it does not throw.
template <class Error = InvalidRequest, class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Whether the message holds every one of `parts`: the argument, the value, the limit, the remedy.
inline testing::AssertionResult says(const std::string& message,
                                     std::initializer_list<std::string> parts) {
  if (message.empty()) return testing::AssertionFailure() << "nothing was refused";
  for (const std::string& part : parts) {
    if (message.find(part) == std::string::npos) {
      return testing::AssertionFailure() << "'" << message << "' lacks '" << part << "'";
    }
  }
  if (message.find('\n') != std::string::npos) {
    return testing::AssertionFailure() << "'" << message << "' has more than one line";
  }
  return testing::AssertionSuccess();
}

}  // namespace skim::test
