// A workspace that the conveniences allocate for one call.
#pragma once

#include <cstddef>
#include <new>

#include "cuda/device.h"
#include "skim/topk.h"

namespace skim {

class OwnedWorkspace {
 public:
  OwnedWorkspace(std::size_t bytes, DeviceId device, Stream stream)
      : device_(device), stream_(stream) {
    if (bytes == 0) return;
    data_ = on_cpu() ? ::operator new (bytes, std::align_val_t{kWorkspaceAlignment})
                     : cuda::allocate(bytes, device, stream.handle);
  }
  ~OwnedWorkspace() {
    if (data_ == nullptr) return;
    if (on_cpu()) {
      ::operator delete (data_, std::align_val_t{kWorkspaceAlignment});
    } else {
      cuda::release(data_, device_, stream_.handle);
    }
  }
  OwnedWorkspace(const OwnedWorkspace&) = delete;
  OwnedWorkspace& operator=(const OwnedWorkspace&) = delete;

  void* data() const { return data_; }

 private:
  bool on_cpu() const { return device_.kind == DeviceKind::cpu; }

  DeviceId device_;
  Stream stream_;
  void* data_ = nullptr;
};

}  // namespace skim
