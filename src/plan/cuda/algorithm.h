// One algorithm of the GPU as a plan sees it, and what several of them ask.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "skim/topk.h"

namespace skim::cuda_plan {

// Functions of one file a member. Each but `check` is also asked about problems that the algorithm
// does not serve, and may answer anything then.
struct Algorithm {
  TopkAlgorithm algorithm;
  bool in_clusters;  // the CTAs of a row may be a cluster

  // Why it is the one to take, a string literal; null where it does not serve the problem, or one
  // that is asked later does so better.
  const char* (*reason)(const TopkProblem& problem, const Device& device, CtaTeam team);

  // `team` is how the CTAs of a row meet where there are several.
  CudaGeometry (*geometry)(const TopkProblem& problem, const Device& device, CtaTeam team);

  // Chooses what depends on team, CTAs, threads and vectors, which may have been forced by then;
  // null where nothing does.
  void (*complete)(const TopkProblem& problem, CudaGeometry& geometry);

  // Refuses what was forced and cannot work; its team and its shared memory are looked at
  // elsewhere.
  void (*check)(const TopkProblem& problem, const CudaGeometry& geometry);

  // Asked for at launch, a CTA.
  std::size_t (*shared_bytes)(const TopkProblem& problem, const CudaGeometry& geometry);

  std::size_t (*workspace_bytes)(const TopkProblem& problem, const CudaGeometry& geometry);
};

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

// The least power of two that is no smaller.
constexpr std::int64_t power_of_two(std::int64_t number) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(number)));
}

// The vectors of 16 bytes that a row touches; one more where it may begin inside one.
std::int64_t row_vectors(const TopkProblem& problem);

// CTAs a row with which all rows together fill the device; at least 1.
std::int64_t filling_ctas(const TopkProblem& problem, const Device& device);

// Refuses numbers of threads that are no power of two from 32 to `most`.
void check_threads(const CudaGeometry& geometry, int most);

// Refuses numbers of threads that are no whole warps, or more than `most`.
void check_whole_warps(const CudaGeometry& geometry, int most);

// The least number of threads in whole warps that is no smaller, within the two limits.
int whole_warps(std::int64_t threads, int fewest, int most);

// Refuses element types without lanes (cuda/layout.h), and more results than that; `instead` names
// the algorithm that serves so many.
void check_served(const TopkProblem& problem, TopkAlgorithm algorithm, std::int64_t most_results,
                  const char* instead);

// Refuses more than one CTA a row.
void check_alone(TopkAlgorithm algorithm, const CudaGeometry& geometry);

// For algorithms of one launch whose CTAs leave nothing for others.
std::size_t no_workspace(const TopkProblem& problem, const CudaGeometry& geometry);

}  // namespace skim::cuda_plan
