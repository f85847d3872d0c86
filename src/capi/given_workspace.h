// The workspace that a caller of the C API brought, or one for this call where there is none.
#pragma once

#include <cstddef>

#include "workspace.h"

namespace skim {

class GivenWorkspace {
 public:
  // `Plan` is of any operation.
  template <class Plan>
  GivenWorkspace(void* given, std::size_t given_bytes, const Plan& plan, Stream stream)
      : given_(given),
        bytes_(given == nullptr && given_bytes == 0 ? plan.workspace_bytes : given_bytes),
        owned_(bytes_ == given_bytes ? 0 : bytes_, plan.problem.device, stream) {}

  void* data() const { return given_ == nullptr ? owned_.data() : given_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* given_;
  std::size_t bytes_;
  OwnedWorkspace owned_;
};

}  // namespace skim
