// Measured cells, ordered by how far they are from a case that is asked about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "saved_results.h"

namespace skim::bench {

struct Question {
  Case shape;
  std::string device;  // "cpu" or "cuda"
  int threads = 1;
  BufferMode mode = BufferMode::rotate8;
};

struct Cell {
  const SavedRun* run = nullptr;
  const CaseResult* result = nullptr;
  double distance = 0;  // 0: what is asked, measured
};

// A doubling or halving of rows, columns, k, bytes of an element or threads is a step of 1; another
// type of the same width, other inputs and another way to rotate them are small or fixed steps.
// Steps add up.
double distance_of(const CaseResult& cell, const Question& question);

// Beyond two doublings a time says little about another shape.
inline constexpr double kFarDistance = 2;

// "this shape, measured"; "half the rows, 2.6x the vocabulary, float32 instead of float16"; starts
// with "far: " where it is.
std::string distance_text(const Cell& cell, const Question& question);

// The cells on that device, nearest first; of equally near ones those with more times and then the
// newer ones first.
std::vector<Cell> cells_by_distance(const std::vector<const SavedRun*>& runs,
                                    const Question& question);

}  // namespace skim::bench
