// What skim throws. Every message is one sentence: the argument, its value, the limit, the remedy.
#pragma once

#include <stdexcept>

#include "skim/export.h"

namespace skim {

// The request cannot be carried out as asked (Python: ValueError; C: SKIM_INVALID_REQUEST).
class SKIM_EXPORT InvalidRequest : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// The device failed or is not there (Python: RuntimeError; C: SKIM_DEVICE_ERROR).
class SKIM_EXPORT DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace skim
