// Guarded memory of the host, mirrored on the GPU: guards included, and at the same distance from
// an aligned address.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "support/gpu.h"
#include "support/guarded_buffer.h"

namespace skim::test {

struct MirroredBuffer {
  GuardedBuffer* host;                // as a run finds it
  std::span<const std::byte> wanted;  // its data after a run
};

class GpuMirror {
 public:
  // Uploads. The buffers stay where they are for as long as this lives.
  explicit GpuMirror(std::vector<MirroredBuffer> buffers);

  // What mirrors the data of a buffer.
  std::byte* data(std::size_t buffer) const { return found_.data() + offsets_[buffer].data; }
  // Of the one whose data is at this address of the host; null where none is.
  std::byte* there(const void* host) const;

  void reset() const { found_.copy_from(start_); }  // to what a run finds; enqueues
  GpuRegion region() const { return {found_.data(), wanted_.data(), found_.size()}; }
  void copy_back() const;  // into the buffers, guards included

 private:
  struct Offsets {
    std::size_t image;
    std::size_t data;
  };

  std::vector<MirroredBuffer> buffers_;
  std::vector<Offsets> offsets_;
  GpuBytes start_;
  GpuBytes wanted_;
  GpuBytes found_;
};

}  // namespace skim::test
