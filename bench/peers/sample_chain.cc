// A plain C++ sampler, as llama.cpp's chain of samplers does it (src/llama-sampling.cpp): an array
// of (token, logit, p) that std::partial_sort cuts to top-k, softmax with the C library's expf,
// filters over the sorted array, and a draw by one uniform number.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "dlpack_dtype.h"
#include "peers/peers.h"

namespace skim::bench {
namespace {

struct Candidate {
  std::int32_t token;
  float logit;
  float p;
};

bool larger(const Candidate& a, const Candidate& b) { return a.logit > b.logit; }

// One thread's samplers, from first to last on one row at a time.
class Chain {
 public:
  Chain(const skim_bench_sampling& settings, std::int64_t cols, std::uint32_t seed)
      : settings_(settings), candidates_(static_cast<std::size_t>(cols)), random_(seed) {}

  std::int64_t draw(const float* logits) {
    if (settings_.temperature == 0) return std::max_element(logits, logits + cols()) - logits;
    load(logits);
    const bool top_p_before_min_p = settings_.order == static_cast<std::int32_t>(FilterOrder::hf);
    if (!top_p_before_min_p) keep_min_p();
    keep_top_k();
    keep_top_p();
    if (top_p_before_min_p) keep_min_p();
    return choose();
  }

  float logprob(const float* logits, std::int64_t token) const {
    if (settings_.logprobs == static_cast<std::int32_t>(LogprobKind::raw)) {
      return logits[token] - log_sum_exp(logits);
    }
    return settings_.temperature == 0 ? 0.0F : drawn_logprob_;
  }

 private:
  std::int64_t cols() const { return static_cast<std::int64_t>(candidates_.size()); }
  auto end() { return candidates_.begin() + static_cast<std::ptrdiff_t>(kept_); }

  void load(const float* logits) {
    const float scale = 1.0F / settings_.temperature;
    kept_ = candidates_.size();
    sorted_ = 0;
    for (std::size_t token = 0; token < kept_; ++token) {
      candidates_[token] = {static_cast<std::int32_t>(token), logits[token] * scale, 0.0F};
    }
  }

  // Many are sorted with all others. NaN would lead std::sort out of the array.
  void sort_first(std::size_t count) {
    constexpr std::size_t kFew = 8;
    if (count <= sorted_) return;
    if (count > kept_ / kFew) {
      std::stable_sort(candidates_.begin(), end(), larger);
      sorted_ = kept_;
      return;
    }
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(count),
                      end(), larger);
    sorted_ = count;
  }

  // Sorted, what is kept begins with the maximum.
  float maximum() {
    if (sorted_ > 0) return candidates_.front().logit;
    return std::min_element(candidates_.begin(), end(), larger)->logit;
  }

  void keep_top_k() {
    if (settings_.top_k <= 0) return;
    const std::size_t count = std::min(static_cast<std::size_t>(settings_.top_k), kept_);
    sort_first(count);
    kept_ = count;
  }

  void keep_min_p() {
    if (!(settings_.min_p > 0)) return;
    const float least = maximum() + std::log(settings_.min_p);
    const auto dropped = [least](const Candidate& one) { return one.logit < least; };
    kept_ = static_cast<std::size_t>(std::remove_if(candidates_.begin(), end(), dropped) -
                                     candidates_.begin());
    sorted_ = std::min(sorted_, kept_);
  }

  // Sums in double: a float would lose what the rarest of 100000 tokens add.
  double weigh() {
    const float most = maximum();
    double sum = 0;
    for (std::size_t i = 0; i < kept_; ++i) {
      candidates_[i].p = std::exp(candidates_[i].logit - most);
      sum += static_cast<double>(candidates_[i].p);
    }
    return sum;
  }

  // Sorts few at first: often these are enough.
  void keep_top_p() {
    if (!(settings_.top_p < 1)) return;
    constexpr std::size_t kSortedAtFirst = 256;
    const double limit = static_cast<double>(settings_.top_p) * weigh();
    sort_first(std::min(kSortedAtFirst, kept_));
    double sum = 0;
    for (std::size_t i = 0; i < kept_; ++i) {
      if (i == sorted_) sort_first(kept_);
      sum += static_cast<double>(candidates_[i].p);
      if (sum >= limit) kept_ = i + 1;
    }
  }

  std::int64_t choose() {
    const double sum = weigh();
    const double bound = std::uniform_real_distribution<double>(0.0, sum)(random_);
    double before = 0;
    std::size_t chosen = 0;
    for (; chosen + 1 < kept_; ++chosen) {
      before += static_cast<double>(candidates_[chosen].p);
      if (before > bound) break;
    }
    drawn_logprob_ = std::log(candidates_[chosen].p / static_cast<float>(sum));
    return candidates_[chosen].token;
  }

  float log_sum_exp(const float* logits) const {
    const float most = *std::max_element(logits, logits + cols());
    double sum = 0;
    for (std::int64_t i = 0; i < cols(); ++i)
      sum += static_cast<double>(std::exp(logits[i] - most));
    return most + static_cast<float>(std::log(sum));
  }

  skim_bench_sampling settings_;
  std::vector<Candidate> candidates_;
  std::size_t kept_ = 0;    // of the candidates
  std::size_t sorted_ = 0;  // of those kept: so many of the first are the best, in order
  std::mt19937 random_;
  float drawn_logprob_ = 0;
};

class ChainPath final : public Path {
 public:
  ChainPath()
      : Path({"C++ chain", fmt::format("libstdc++ {}", _GLIBCXX_RELEASE), "",
              SKIM_BENCH_OWN_RANDOM | SKIM_BENCH_TIES_ANY_ORDER, 0, Operation::sample}) {}

  void prepare(const skim_bench_case& bench_case) override {
    if (on_gpu(bench_case)) throw NotApplicable("runs on the CPU only");
    if (dtype_from(bench_case.inputs[0].dtype) != DType::f32) {
      throw NotApplicable("takes float32 logits, as llama.cpp does");
    }
    case_ = bench_case;
    const skim_bench_sampling& settings = *bench_case.sampling;
    const bool of_all = settings.order == static_cast<std::int32_t>(FilterOrder::joint);
    if (of_all && settings.top_p < 1 && (settings.top_k > 0 || settings.min_p > 0)) {
      throw NotApplicable(
          "each of its filters is relative to what the one before leaves, not joint");
    }
    for (std::int32_t thread = 0; thread < bench_case.threads; ++thread) {
      const auto seed =
          static_cast<std::uint32_t>(settings.seed) + static_cast<std::uint32_t>(thread);
      chains_.emplace_back(settings, bench_case.inputs[0].shape[1], seed);
    }
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      const auto* logits = static_cast<const float*>(case_.inputs[call % case_.input_count].data);
      run_rows(logits);
    }
  }

  void finish() override { chains_.clear(); }

 private:
  void run_rows(const float* logits) {
    const std::int64_t rows = case_.inputs[0].shape[0];
    const auto chains = static_cast<std::int64_t>(chains_.size());
    if (chains == 1) {
      for (std::int64_t row = 0; row < rows; ++row) run_row(logits, row, chains_.front());
      return;
    }
    // Each iteration has its own chain, whichever thread takes it.
#pragma omp parallel for num_threads(case_.threads) schedule(static)
    for (std::int64_t i = 0; i < chains; ++i) {
      for (std::int64_t row = i; row < rows; row += chains) {
        run_row(logits, row, chains_[static_cast<std::size_t>(i)]);
      }
    }
  }

  void run_row(const float* logits, std::int64_t row, Chain& chain) {
    const float* of_row = logits + row * case_.inputs[0].shape[1];
    const std::int64_t token = chain.draw(of_row);
    static_cast<std::int64_t*>(case_.indices->data)[row] = token;
    if (case_.sampling->logprobs != static_cast<std::int32_t>(LogprobKind::none)) {
      static_cast<float*>(case_.values->data)[row] = chain.logprob(of_row, token);
    }
  }

  skim_bench_case case_{};
  std::vector<Chain> chains_;
};

}  // namespace

PathPtr make_sampler_chain() { return std::make_unique<ChainPath>(); }

}  // namespace skim::bench
