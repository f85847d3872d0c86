// What GpuBytes and GpuWorkspace ask of a GPU, or of the machine in its place. All in the order of
// the stream of the tests, and done by the time that wait_for_gpu returns.
#pragma once

#include <cstddef>

namespace skim::test::gpu {

inline constexpr std::size_t kGuard = 256;  // also the alignment of all memory
inline constexpr int kGuardPattern = 0xA5;

std::byte* allocate(std::size_t size);
void release(std::byte* memory) noexcept;
void upload(std::byte* to, const std::byte* host, std::size_t size);
void copy(std::byte* to, const std::byte* from, std::size_t size);
void download(std::byte* host, const std::byte* from, std::size_t size);
void fill(std::byte* memory, int value, std::size_t size);
// Noise that differs from call to call, between two guards of the pattern.
void fill_guarded(std::byte* first_guard, std::size_t size);

}  // namespace skim::test::gpu
