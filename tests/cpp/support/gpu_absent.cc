// Stands in for GPU 0 in a build without the CUDA backend.
#include "skim/error.h"
#include "support/gpu.h"

namespace skim::test {
namespace {

[[noreturn]] void absent() { throw DeviceError(why_no_cuda()); }

}  // namespace

bool gpu_is_emulated() { return false; }
Stream gpu_stream() { absent(); }
void wait_for_gpu(const std::function<std::string()>&) { absent(); }

GpuBytes::GpuBytes(std::size_t) { absent(); }
GpuBytes::GpuBytes(std::span<const std::byte>) { absent(); }
GpuBytes::~GpuBytes() = default;
GpuBytes::GpuBytes(GpuBytes&&) noexcept = default;
GpuBytes& GpuBytes::operator=(GpuBytes&&) noexcept = default;
void GpuBytes::upload(std::span<const std::byte>) const { absent(); }
void GpuBytes::copy_from(const GpuBytes&) const { absent(); }
void GpuBytes::fill_part(std::size_t, std::size_t, int) const { absent(); }
std::vector<std::byte> GpuBytes::download() const { absent(); }

bool all_as_wanted(std::span<const GpuRegion>, const std::function<std::string()>&) { absent(); }

GpuWorkspace::GpuWorkspace(std::size_t) : data_(nullptr), size_(0) { absent(); }
std::vector<GpuRegion> GpuWorkspace::guards() const { absent(); }

}  // namespace skim::test
