// The floor: the same bytes read once, by the best plain read that we know for this machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace skim::bench {

// Several ways to read; which one is best depends on the machine and the size, so all are timed.
std::size_t read_variant_count();
std::string read_variant_name(std::size_t variant);

// Reads data[0..bytes) with `threads` threads, each its contiguous share.
void read_bytes(std::size_t variant, const void* data, std::size_t bytes, int threads);

}  // namespace skim::bench
