// Memory that notices when somebody writes beside it (and, under AddressSanitizer, reads there).
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SKIM_TEST_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SKIM_TEST_ASAN 1
#endif
#ifdef SKIM_TEST_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace skim::test {

class GuardedBuffer {
 public:
  // `size` bytes, the first of which lies `offset` (at most 256) bytes past a 256-byte boundary.
  explicit GuardedBuffer(std::size_t size, std::size_t offset = 0)
      : size_(size),
        before_(kGuard + offset),
        storage_(static_cast<std::byte*>(::operator new(before_ + size + kGuard, kAlignment))) {
    std::memset(storage_.get(), kPattern, before_);
    std::memset(data() + size_, kPattern, kGuard);
    lock();
  }

  std::byte* data() const { return storage_.get() + before_; }
  std::size_t size() const { return size_; }
  void fill(int value) { std::memset(data(), value, size_); }

  // The whole memory, guards included; the data begins `bytes_before()` bytes in.
  std::vector<std::byte> image() const {
    const Opened opened(*this);
    return {storage_.get(), storage_.get() + before_ + size_ + kGuard};
  }
  std::size_t bytes_before() const { return before_; }
  void set_image(std::span<const std::byte> bytes) {  // as image() gives it; more is not looked at
    const Opened opened(*this);
    std::memcpy(storage_.get(), bytes.data(), before_ + size_ + kGuard);
  }

  bool guards_intact() const {
    const Opened opened(*this);
    return is_pattern(storage_.get(), before_) && is_pattern(data() + size_, kGuard);
  }

 private:
  static constexpr std::size_t kGuard = 256;
  static constexpr std::align_val_t kAlignment{256};
  static constexpr int kPattern = 0xA5;

  // The guards may be looked at while it lives. One at a time: threads that share an input all look
  // at its guards, and the first to have finished locks them.
  class Opened {
   public:
    explicit Opened(const GuardedBuffer& buffer) : buffer_(buffer) { buffer_.unlock(); }
    ~Opened() { buffer_.lock(); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

   private:
    static inline std::mutex mutex_;
    const std::scoped_lock<std::mutex> alone_{mutex_};
    const GuardedBuffer& buffer_;
  };

  struct Free {
    void operator()(std::byte* storage) const { ::operator delete(storage, kAlignment); }
  };

  static bool is_pattern(const std::byte* bytes, std::size_t count) {
    static const auto pattern = [] {
      std::array<std::byte, 2 * kGuard> filled{};
      filled.fill(std::byte{kPattern});
      return filled;
    }();
    return std::memcmp(bytes, pattern.data(), count) == 0;
  }

#ifdef SKIM_TEST_ASAN
  void lock() const {
    ASAN_POISON_MEMORY_REGION(storage_.get(), before_);
    ASAN_POISON_MEMORY_REGION(data() + size_, kGuard);
  }
  void unlock() const { ASAN_UNPOISON_MEMORY_REGION(storage_.get(), before_ + size_ + kGuard); }
#else
  void lock() const {}
  void unlock() const {}
#endif

  std::size_t size_;
  std::size_t before_;
  std::unique_ptr<std::byte, Free> storage_;
};

}  // namespace skim::test
