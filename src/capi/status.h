// Exceptions -> status, and one sentence a thread that says what was wrong.
#pragma once

#include <exception>
#include <new>

#include "skim/error.h"
#include "skim/skim.h"

namespace skim {

// Keeps the message for skim_last_error(); "" where nothing failed.
skim_status set_status(skim_status status, const char* message) noexcept;

// Runs `body`; what it throws becomes a status and the thread's message.
template <class Body>
skim_status guarded(const Body& body) noexcept {
  try {
    set_status(SKIM_OK, "");
    body();
    return SKIM_OK;
  } catch (const InvalidRequest& error) {
    return set_status(SKIM_INVALID_REQUEST, error.what());
  } catch (const DeviceError& error) {
    return set_status(SKIM_DEVICE_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return set_status(SKIM_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return set_status(SKIM_INTERNAL_ERROR, error.what());
  } catch (...) {
    return set_status(SKIM_INTERNAL_ERROR, "an unknown exception");
  }
}

}  // namespace skim
