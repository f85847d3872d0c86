// A workspace that the conveniences allocate for one call.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "skim/topk.h"

namespace skim {

class OwnedWorkspace {
 public:
  explicit OwnedWorkspace(std::size_t bytes)
      : data_(bytes == 0 ? nullptr
                         : ::operator new (bytes, std::align_val_t{kWorkspaceAlignment})) {}
  void* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(void* data) const {
      ::operator delete (data, std::align_val_t{kWorkspaceAlignment});
    }
  };
  std::unique_ptr<void, Free> data_;
};

}  // namespace skim
