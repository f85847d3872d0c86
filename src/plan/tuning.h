// The measured numbers behind every plan, with the machine and the date; measured again by
// `skim bench --sweep cpu --worst`. Numbers of one loop stand beside it in src/cpu.
#pragma once

#include <cstdint>

namespace skim::tuning {

// ---- CPU: AMD EPYC (Zen 4, 1 MiB L2 a core, 2 cores), g++ 12.2, 2026-11-22 ----

// Maxima that bisection looks at, per result wanted. With G maxima about G ln(G / (G - k)) elements
// pass the bound: 8 k admit 1.07 k.
inline constexpr std::int64_t kMaximaPerResult = 8;

// Maxima per result that groups are sized for, and below which their bound is so weak that filter
// is used. An ascending row lets about k * group_vectors elements pass, so large k wants small
// groups.
inline constexpr std::int64_t kWantedMaximaPerResult = 8;
inline constexpr std::int64_t kFewestMaximaPerResult = 2;

// Vectors folded into one vector of maxima: 1x128256 k50 f32 takes 10.4 us with 8, 8.9 with 16, 9.8
// with 32; 1x50304 k50 f16 takes 3.7 with 4, 3.5 with 8, 4.3 with 16.
inline constexpr int kLongRowGroup = 16;
inline constexpr int kShortRowGroup = 8;
inline constexpr int kSmallestGroup = 4;
inline constexpr std::int64_t kLongRowVectors = 4096;

// Rows of up to this share of the L2 are one tile; longer ones are cut into tiles of half of it,
// so that visiting a group again finds it in the L2.
inline constexpr double kTileShareOfL2 = 0.75;

// Candidates that fit before the list is cut back to k: times k, plus some.
inline constexpr std::int64_t kBufferPerResult = 4;
inline constexpr std::int64_t kBufferExtra = 128;

// A further thread must have this many bytes to read; less costs more to hand over than it saves.
inline constexpr std::int64_t kBytesPerThread = std::int64_t{128} << 10;

// Rows from this length are split among threads when there are fewer rows than threads.
inline constexpr std::int64_t kSplitCols = std::int64_t{1} << 20;

// ---- CUDA: first values from probes of one H100 SXM; every boundary is still to be measured ----

// group_maxima keeps its candidates in shared memory and orders them by counting.
inline constexpr std::int64_t kMostMaximaResults = 256;

// Groups compared for the threshold, per two results: with 2.5 k maxima 1.28 k elements pass.
inline constexpr std::int64_t kGroupsPerTwoResults = 5;

// Rows of up to so many vectors of 16 bytes are one CTA's. Up to so many it has one a thread:
// threads are cheap as long as there are multiprocessors for all rows. 32x4096 k50 f16: 4.4 us with
// 512 threads of one vector, 5.2 with 256 of four; 4096x2048 k64 f16: 48 with 256 of one, 43 with
// 64 of four.
inline constexpr std::int64_t kVectorsOfOneCta = 1024;
inline constexpr std::int64_t kFewSmallRows = 264;
inline constexpr std::int64_t kSingleVectorsOfFewRows = 512;
inline constexpr std::int64_t kSingleVectorsOfManyRows = 128;

// From so many rows on, bandwidth counts for more than the length of one row's chain of steps.
inline constexpr std::int64_t kManyRows = 48;

// From so many results on, all CTAs of a cluster order their own (and with fewer rows than
// kManyRows): 4x50304 k128 f16 5.8 us against 10.1 with one, k5 4.2 against 3.9; 64x128256 k50 14.7
// against 13.1.
inline constexpr std::int64_t kSharedOrderingResults = 16;

struct MaximaShape {
  int most_ctas;
  int threads;
  int vectors;
};

// The first that holds the row is taken.
inline constexpr MaximaShape kShapesOfFewRows[] = {
    {8, 256, 4}, {8, 512, 4}, {16, 512, 4}, {16, 512, 8}, {16, 512, 10}};
inline constexpr MaximaShape kShapesOfManyRows[] = {
    {8, 256, 4}, {8, 256, 8}, {8, 512, 10}, {16, 512, 8}, {16, 512, 10}};

// cluster_maxima, whose figures are still to be measured: until they are, no plan chooses it.
// Beyond its share of the k best, a CTA of a cluster lets so many standard deviations pass; groups
// are compared one with another, so that their number costs its square.
inline constexpr std::int64_t kFewestClusterMaximaRows = INT64_MAX;
inline constexpr double kSpareDeviations = 3;
inline constexpr std::int64_t kFewestGroups = 64;
inline constexpr std::int64_t kLoneCtaVectors = 1024;
inline constexpr MaximaShape kClusterShapes[] = {{8, 256, 4},  {16, 256, 4}, {8, 512, 4},
                                                 {16, 512, 4}, {16, 512, 8}, {16, 512, 10}};

// filter: a CTA gets at least so many tiles, and so many columns per result.
inline constexpr std::int64_t kTilesPerCta = 2;
inline constexpr std::int64_t kColsPerResult = 4;

// warp_maxima, whose figures are still to be measured: until they are, no plan chooses it.
inline constexpr int kWarpMaximaThreads = 64;
inline constexpr std::int64_t kFewestWarpMaximaRows = INT64_MAX;

// register_sort, whose figures are still to be measured: until they are, no plan chooses it.
inline constexpr int kRegisterSortThreads = 64;
inline constexpr std::int64_t kFewestRegisterSortRows = INT64_MAX;

// bucket_select, whose figures are still to be measured: until they are, no plan chooses it.
inline constexpr std::int64_t kFewestBucketResults = INT64_MAX;
inline constexpr std::int64_t kResultsOfLargeBucketGroups = 128;
inline constexpr std::int64_t kFewRoundsOfBuckets = 2;

inline constexpr int kCtasPerMultiprocessor = 4;
inline constexpr int kMostPortableClusterCtas = 8;

// radix_select: vectors that a thread reads of its run.
inline constexpr std::int64_t kRadixRounds = 4;

}  // namespace skim::tuning
