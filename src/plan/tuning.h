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

// ---- CUDA: sampling. The best of the geometries with 2 and 4 tiles a thread for 1, 8, 32 and 128
// rows of 128256 and 64 of 50304 float32 logits on one H100 SXM, 2026-11-24 ----

// Few rows want many CTAs each, some rows large ones, many rows several CTAs that share an SM.
struct MassShape {
  std::int64_t rows;  // up to so many
  int tiles;          // of a thread
  int threads;        // of a CTA, where the device's clusters are large enough
};
inline constexpr MassShape kMassShapes[] = {{4, 2, 256}, {16, 2, 512}};
inline constexpr MassShape kMassShapeOfManyRows = {0, 4, 256};
inline constexpr int kFewestMassThreads = 64;
// Clusters of up to so many CTAs rather than larger CTAs, which have so many threads at least.
inline constexpr int kMassCtas = 8;
inline constexpr int kMassThreadsToDivide = 96;

// ---- CUDA: one H100 SXM, 2026-11-23; the crossovers are in results/h100/crossover.json ----

// register_sort: its networks grow with the results and with the row, so that their product is
// limited (bytes of the row times k). Few rows have no use for so little work at once: the longer
// chain of a wide network loses against a whole warp.
inline constexpr int kRegisterSortThreads = 64;
inline constexpr std::int64_t kMostRegisterSortWork = 32768;
inline constexpr std::int64_t kRegisterSortResultsOfFewRows = 16;
inline constexpr std::int64_t kRegisterSortResultsOfShortRows = 32;
inline constexpr std::int64_t kRegisterSortColsPerResult = 5;

// From so many rows on, short rows are bound by instructions; below, by the chain of one row.
inline constexpr std::int64_t kManyShortRows = 1056;

// warp_maxima: of fewer rows, and of many rows where k results take more bytes, bucket_select is
// faster; of rows with fewer bytes a result it is not, because nearly all elements pass its bound.
// A CTA a warp leaves an SM with fewer warps than it could hold, which short rows need.
inline constexpr int kWarpMaximaThreads = 32;
inline constexpr int kWarpMaximaThreadsOfShortRows = 64;
inline constexpr std::int64_t kWarpMaximaShortRowBytes = 1024;
inline constexpr std::int64_t kWarpMaximaResultsOfFewRows = 32;
inline constexpr std::int64_t kWarpMaximaResultsOfLongRows = 64;
inline constexpr std::int64_t kWarpMaximaShorterRowBytes = 4096;
inline constexpr std::int64_t kWarpMaximaManyRows = 400;
inline constexpr std::int64_t kWarpMaximaBytesOfManyRows = 256;
inline constexpr std::int64_t kFewestBucketBytesPerResult = 8;

// bucket_select: from so many results on; of longer rows, from more; of more and longer rows than
// there are multiprocessors, by the vectors of 16 bytes a result.
inline constexpr std::int64_t kFewestBucketResults = 33;
inline constexpr std::int64_t kBucketColsOfFewResults = 8192;
inline constexpr std::int64_t kBucketBytesOfManyRows = 8192;
inline constexpr std::int64_t kMostBucketVectorsPerResult = 7;
inline constexpr std::int64_t kFewestBucketResultsOfLongRows = 128;
inline constexpr std::int64_t kResultsOfLargeBucketGroups = 128;
inline constexpr std::int64_t kFewRoundsOfBuckets = 2;

// The algorithms by maxima of groups keep their candidates in shared memory and order them by
// counting.
inline constexpr std::int64_t kMostMaximaResults = 256;

// Groups compared for the threshold, per result: with 2 k maxima 1.39 k elements pass.
inline constexpr std::int64_t kGroupsPerResult = 2;

// The first of a list that holds the row is taken.
struct MaximaShape {
  int ctas;
  int threads;
  int vectors;
};

// cluster_maxima: beyond its share of the k best, a CTA of a cluster lets so many standard
// deviations pass; groups are compared one with another, so that their number costs its square.
inline constexpr double kSpareDeviations = 3;
inline constexpr std::int64_t kFewestGroups = 48;

// Few rows are done soonest by many CTAs; with more rows the CTAs of all should be on the
// multiprocessors at once, for which each takes more of its row. Two CTAs of a cluster always find
// room, of which a multiprocessor has one; more find it on 124 of 132 multiprocessors. Rows of many
// rounds are bound by instructions, of which few threads with many vectors have the fewest. Many
// results are ordered sooner by more threads, or by more CTAs.
inline constexpr std::int64_t kFewClusterRows = 12;
inline constexpr std::int64_t kManyClusterRows = 48;
inline constexpr std::int64_t kManyClusterResults = 100;
inline constexpr MaximaShape kShapesOfFewRows[] = {{1, 512, 1},  {1, 512, 2},  {8, 256, 2},
                                                   {8, 384, 2},  {8, 256, 4},  {8, 512, 4},
                                                   {16, 512, 4}, {16, 512, 8}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfManyResults[] = {{1, 512, 1},  {1, 512, 2},  {8, 512, 2},
                                                       {16, 512, 4}, {16, 512, 8}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfMoreRows[] = {
    {1, 512, 1}, {1, 512, 2}, {1, 512, 4},  {8, 256, 4},  {8, 384, 4},
    {8, 256, 8}, {8, 512, 8}, {8, 256, 20}, {16, 512, 8}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfManyRows[] = {
    {1, 512, 1},  {1, 512, 2}, {1, 512, 4},  {2, 512, 4},   {2, 512, 8},
    {2, 512, 16}, {8, 512, 8}, {8, 256, 20}, {16, 256, 16}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfFewRounds[] = {
    {1, 512, 1},  {1, 512, 2}, {1, 512, 4},  {1, 256, 16},  {2, 512, 8},
    {4, 256, 16}, {8, 512, 8}, {8, 256, 20}, {16, 256, 16}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfMostRows[] = {{1, 256, 8},   {1, 256, 16}, {2, 512, 8},
                                                    {4, 256, 16},  {8, 512, 8},  {8, 256, 20},
                                                    {16, 256, 16}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfFewRoundsAndManyResults[] = {
    {1, 512, 2}, {1, 512, 4},  {4, 320, 4},   {4, 256, 8},  {4, 512, 8},
    {8, 512, 8}, {8, 256, 20}, {16, 256, 16}, {16, 256, 20}};
inline constexpr MaximaShape kShapesOfMostRowsAndManyResults[] = {
    {1, 512, 2}, {1, 512, 4},  {1, 256, 16},  {4, 256, 8},  {4, 512, 8},
    {8, 512, 8}, {8, 256, 20}, {16, 256, 16}, {16, 256, 20}};
inline constexpr std::int64_t kFewRoundsOfRows = 3;
inline constexpr std::int64_t kManyResultsOfFewRounds = 100;
inline constexpr std::int64_t kManyResultsOfMostRows = 129;

// Of a CTA alone, where there are no clusters.
inline constexpr MaximaShape kLoneShapes[] = {{1, 512, 1}, {1, 512, 2}, {1, 512, 4}, {1, 256, 16}};
inline constexpr int kFewestMaximaThreads = 64;

// cluster_buckets: groups per result, of which a thread has one, two or four; with G of them about
// G ln(G / (G - k)) elements pass, and the least bound of the CTAs of a row lets a seventh more
// pass. Room for so many per result and some more hardly ever overflows; with 1.75 of them negative
// bfloat16 numbers did, of which many are equal.
inline constexpr std::int64_t kBucketGroupsPerResult = 4;
inline constexpr std::int64_t kCandidatesPerResult = 2;
inline constexpr std::int64_t kMoreCandidatesOfCta = 32;

// Few rows are done soonest by many CTAs; of more, clusters of all should be on the multiprocessors
// at once: 15 of 8 CTAs at one CTA a multiprocessor, 30 at two, 45 at three, whose shared memory
// has no room for more results; 66 of 2 at one. Rows of several rounds go by small CTAs, of which
// one loads while another works. Each shape was timed beside the others at 1 to 256 rows of 8192 to
// 131072 columns (docs/performance.md).
inline constexpr std::int64_t kFewBucketRows = 7;
inline constexpr std::int64_t kSeveralBucketRows = 15;
inline constexpr std::int64_t kMoreBucketRows = 30;
inline constexpr std::int64_t kMoreBucketRowsOfFewResults = 45;
inline constexpr std::int64_t kFewBucketResults = 1024;
inline constexpr std::int64_t kManyBucketRows = 66;
inline constexpr MaximaShape kBucketClustersOfFewRows[] = {
    {16, 512, 2}, {16, 512, 4}, {16, 512, 8}, {16, 512, 16}};
inline constexpr MaximaShape kBucketClustersOfSeveralRows[] = {
    {8, 512, 2}, {8, 512, 4}, {8, 512, 8}, {8, 512, 16}, {16, 512, 16}};
inline constexpr MaximaShape kBucketClustersOfMoreRows[] = {
    {4, 512, 2}, {4, 512, 4}, {8, 256, 8}, {8, 256, 16}, {8, 512, 16}, {16, 512, 16}};
inline constexpr MaximaShape kBucketClustersOfManyRows[] = {
    {2, 512, 2},  {2, 512, 4},  {2, 1024, 4}, {2, 512, 16},
    {8, 256, 16}, {8, 512, 16}, {16, 512, 16}};
inline constexpr MaximaShape kBucketClustersOfMostRows[] = {
    {2, 512, 2},  {2, 512, 4},  {2, 1024, 4}, {4, 256, 16},
    {8, 256, 16}, {8, 512, 16}, {16, 512, 16}};

// group_maxima, which is for GPUs without clusters and measured on none of them. Rows of up to so
// many vectors of 16 bytes are one CTA's; up to so many it has one a thread.
inline constexpr std::int64_t kVectorsOfOneCta = 1024;
inline constexpr std::int64_t kFewSmallRows = 264;
inline constexpr std::int64_t kSingleVectorsOfFewRows = 512;
inline constexpr std::int64_t kSingleVectorsOfManyRows = 128;
inline constexpr MaximaShape kMeetingShapes[] = {
    {8, 256, 4}, {8, 256, 8}, {8, 512, 10}, {16, 512, 8}, {16, 512, 10}};

// sample_select: from so many columns on, and so many a result; beyond kSortedLimit always.
inline constexpr std::int64_t kFewestSampledCols = 65536;
inline constexpr std::int64_t kSampledColsPerResult = 8;
inline constexpr int kStreamThreads = 512;
inline constexpr int kStreamCtasPerMultiprocessor = 2;

// filter: a CTA gets at least so many tiles, and so many columns per result.
inline constexpr std::int64_t kTilesPerCta = 2;
inline constexpr std::int64_t kColsPerResult = 4;

inline constexpr int kCtasPerMultiprocessor = 4;
inline constexpr int kMostPortableClusterCtas = 8;

// radix_select: vectors that a thread reads of its run.
inline constexpr std::int64_t kRadixRounds = 4;

}  // namespace skim::tuning
