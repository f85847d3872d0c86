// The tests' own eyes on the GPU: what they must see, they see.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "support/gpu.h"
#include "support/gpu_mirror.h"
#include "support/on_device.h"

namespace skim::test {
namespace {

std::string nothing() { return "a comparison"; }

class CudaSupport : public testing::Test {
 protected:
  void SetUp() override { SKIM_SKIP_WITHOUT(kGpu); }
};

TEST_F(CudaSupport, BytesComeBackAsTheyWent) {
  const std::vector<std::byte> contents(100000, std::byte{17});
  EXPECT_EQ(GpuBytes(contents).download(), contents);
}

TEST_F(CudaSupport, OneChangedByteIsSeen) {
  for (const std::size_t place : {std::size_t{0}, std::size_t{255}, std::size_t{99999}}) {
    std::vector<std::byte> contents(100000, std::byte{17});
    const GpuBytes wanted(contents);
    contents[place] = std::byte{18};
    const GpuBytes found(contents);
    const GpuRegion equal{wanted.data(), wanted.data(), wanted.size()};
    const GpuRegion different{found.data(), wanted.data(), wanted.size()};
    EXPECT_TRUE(all_as_wanted(std::vector{equal, equal}, nothing));
    EXPECT_FALSE(all_as_wanted(std::vector{equal, different}, nothing));
    EXPECT_TRUE(all_as_wanted(std::vector{equal}, nothing));
  }
}

TEST_F(CudaSupport, AWorkspaceIsNoiseBetweenGuards) {
  const GpuWorkspace workspace(1024);
  const auto guards = workspace.guards();
  EXPECT_TRUE(all_as_wanted(guards, nothing));
  for (const std::size_t place : {std::size_t{0}, std::size_t{1024 - 256}}) {
    const GpuRegion noise{static_cast<std::byte*>(workspace.data()) + place, guards[0].wanted, 256};
    EXPECT_FALSE(all_as_wanted(std::vector{noise}, nothing));
  }
}

TEST_F(CudaSupport, AMirrorHasTheHostsAlignmentAndNoticesAnything) {
  GuardedBuffer host(100, 24);
  host.fill(1);
  const std::vector<std::byte> wanted(100, std::byte{2});
  const GpuMirror mirror({{&host, wanted}});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mirror.data(0)) % 256, 24U);
  EXPECT_FALSE(all_as_wanted(std::vector{mirror.region()}, nothing));
  host.fill(3);
  mirror.copy_back();
  EXPECT_EQ(host.data()[0], std::byte{1});
  EXPECT_TRUE(host.guards_intact());
}

}  // namespace
}  // namespace skim::test
