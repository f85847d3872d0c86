#include "support/gpu_mirror.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace skim::test {
namespace {

constexpr std::size_t kAlignment = 256;

void append_aligned(std::vector<std::byte>& bytes, const std::vector<std::byte>& image) {
  bytes.insert(bytes.end(), image.begin(), image.end());
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace

GpuMirror::GpuMirror(std::vector<MirroredBuffer> buffers) : buffers_(std::move(buffers)) {
  std::vector<std::byte> start;
  std::vector<std::byte> wanted;
  for (const auto& [host, data] : buffers_) {
    if (data.size() != host->size()) throw std::logic_error("a mirror wants all of its data");
    offsets_.push_back({start.size(), start.size() + host->bytes_before()});
    std::vector<std::byte> image = host->image();
    append_aligned(start, image);
    std::ranges::copy(data, image.begin() + static_cast<std::ptrdiff_t>(host->bytes_before()));
    append_aligned(wanted, image);
  }
  start_ = GpuBytes(start);
  wanted_ = GpuBytes(wanted);
  found_ = GpuBytes(start.size());
  reset();
}

std::byte* GpuMirror::there(const void* host) const {
  const auto found = std::ranges::find_if(buffers_, [&](const MirroredBuffer& buffer) {
    return static_cast<const void*>(buffer.host->data()) == host;
  });
  if (found == buffers_.end()) return nullptr;
  return data(static_cast<std::size_t>(found - buffers_.begin()));
}

void GpuMirror::copy_back() const {
  const std::vector<std::byte> found = found_.download();
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    buffers_[i].host->set_image(std::span(found).subspan(offsets_[i].image));
  }
}

}  // namespace skim::test
