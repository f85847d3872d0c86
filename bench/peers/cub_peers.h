// The paths over CUB and their columns, whether they could be built or not.
#pragma once

#include "path.h"

namespace skim::bench {

inline constexpr const char* kCubBatchedTopk = "CUB DeviceBatchedTopK";
inline constexpr const char* kCubDeterministicBatchedTopk = "CUB DeviceBatchedTopK (ties by index)";
inline constexpr const char* kCubDeviceTopk = "CUB DeviceTopK";
inline constexpr const char* kCubSegmentedSort = "CUB segmented radix sort";

PathPtr make_cub_batched_topk();
PathPtr make_cub_deterministic_batched_topk();
PathPtr make_cub_device_topk();
PathPtr make_cub_segmented_sort();

}  // namespace skim::bench
