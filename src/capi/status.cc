// What the C API says of itself: the last failure of a thread, and the version.
#include "capi/status.h"

#include <cstdio>

namespace skim {
namespace {

// Of a fixed size, so that telling of a failure cannot fail itself.
thread_local char last_error[1024] = "";

}  // namespace

skim_status set_status(skim_status status, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return status;
}

}  // namespace skim

extern "C" {

const char* skim_last_error(void) { return skim::last_error; }

const char* skim_version(void) { return SKIM_VERSION_STRING; }

}  // extern "C"
