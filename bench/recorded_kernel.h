// The kernels with clocks of one element type, behind functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skim/topk.h"

namespace skim::bench {

// Of an algorithm's kernel; empty where it has none with a clock.
template <DType kDType>
std::vector<std::string> recorded_phases(TopkAlgorithm algorithm);

template <DType kDType>
void load_recorded(TopkAlgorithm algorithm, const Device& device);

// Where the launches that follow on the stream add up cycles (recording_clock.cuh).
template <DType kDType>
void record_into(unsigned long long* cycles, Stream stream);

template <DType kDType>
void launch_recorded(const BoundTopk& bound, Stream stream);

}  // namespace skim::bench
