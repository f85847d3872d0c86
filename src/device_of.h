// The device that a tensor names.
#pragma once

#include "skim/device.h"

namespace skim {

inline const Device& device_of(DeviceId id) {
  return id.kind == DeviceKind::cpu ? Device::cpu() : Device::cuda(id.ordinal);
}

}  // namespace skim
