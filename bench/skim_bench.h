/* The benchmark's entry point, shared by the native binary `skim` and `python3 -m skim`.
 *
 * A path is one competing way to do the job. Native paths live in bench/peers/; a caller may add
 * more as callbacks (that is how Python peers join). Compiles as C11. */
#ifndef SKIM_BENCH_H_
#define SKIM_BENCH_H_

#include <stddef.h>
#include <stdint.h>

#include "skim/dlpack.h"
#include "skim/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a path promises; what it does not promise becomes a label in the table, not an error. */
enum {
  SKIM_BENCH_UNSORTED = 1,       /* the set is right, the order is not promised */
  SKIM_BENCH_TIES_ANY_ORDER = 2, /* among equal values any index */
  SKIM_BENCH_NONDETERMINISTIC = 4,
  SKIM_BENCH_INEXACT = 8,     /* values within relative_error of the truth */
  SKIM_BENCH_OWN_KERNEL = 16, /* ours: WRONG here makes the exit status non-zero */
  SKIM_BENCH_OWN_RANDOM = 32, /* sampling: the same call may draw other tokens when repeated */
  SKIM_BENCH_KEEPS_TIES = 64  /* sampling: top-k keeps all that equal the k-th */
};

/* What is measured. A path does one of them. Eager is top-k as a program in Python calls it: the
 * host's part of a call counts, and that each makes results of its own. */
enum { SKIM_BENCH_TOPK = 0, SKIM_BENCH_SAMPLE = 1, SKIM_BENCH_EAGER = 2 };

/* How a token of every row is drawn; docs/sampling.md says what the parameters mean. */
typedef struct skim_bench_sampling {
  size_t struct_size;
  float temperature;
  int32_t top_k;
  float top_p;
  float min_p;
  int32_t order;    /* skim::FilterOrder: 0 sequential, 1 hf, 2 joint */
  int32_t logprobs; /* skim::LogprobKind: 0 none, 1 raw, 2 processed */
  uint64_t seed;    /* call number i draws for its row r with the offset i * rows + r */
} skim_bench_sampling;

typedef struct skim_bench_case {
  size_t struct_size;
  const DLTensor* inputs; /* input_count tensors of shape (rows, cols), rotated over by run */
  int32_t input_count;
  int32_t threads; /* every path gets the same number */
  int64_t k;
  DLTensor* values;  /* (rows, k), dtype of the input; written by every call of run */
  DLTensor* indices; /* (rows, k), int64 */
  /* Where the tensors are on kDLCUDA: the cudaStream_t to enqueue on. NULL on the CPU. */
  void* stream;
  /* What the path promises on this case, at first as skim_bench_path says; prepare may write what
   * it promises here instead, say for one dtype. Labels and checks go by that. */
  uint32_t* promises;
  double* relative_error;
  /* NULL for top-k. For sampling k is 1, indices take the tokens, and values, which are float32,
   * their log-probabilities where they are asked for. */
  const skim_bench_sampling* sampling;
} skim_bench_case;

/* All callbacks return 0, or non-zero with one sentence in message[0..message_size). */
typedef struct skim_bench_path {
  size_t struct_size;
  const char* name;        /* as the table shows it: "PyTorch" */
  const char* version;     /* "2.11.0", or "" */
  const char* unavailable; /* NULL, or why the path cannot run at all and how to add it */
  uint32_t promises;       /* SKIM_BENCH_* */
  double relative_error;   /* with SKIM_BENCH_INEXACT */
  void* context;
  /* Called once a case, before anything is timed. status: 0 ready, 1 not applicable (message says
   * why: shown as N/A), 2 failed (message: shown as ERROR). */
  int32_t (*prepare)(void* context, const skim_bench_case* bench_case, char* message,
                     size_t message_size);
  /* Runs `count` selections; call number i (0-based) reads inputs[(first + i) % input_count] and
   * leaves its result in values and indices (a path whose API allocates copies only in the last).
   * On a GPU it enqueues them on the stream, in order, and does not wait; so the clock can capture
   * it into a CUDA graph. A path that cannot be captured is timed by events, and labelled. */
  int32_t (*run)(void* context, int64_t first, int64_t count, char* message, size_t message_size);
  /* Releases what prepare took; may be NULL. */
  void (*finish)(void* context);
  /* GPU only; may be NULL. For frameworks that capture themselves: the calls that run would make,
   * as a cudaGraph_t in *graph that stays alive until finish. The clock instantiates and replays
   * it. */
  int32_t (*capture)(void* context, int64_t first, int64_t count, void** graph, char* message,
                     size_t message_size);
  int32_t operation; /* SKIM_BENCH_TOPK, SKIM_BENCH_SAMPLE or SKIM_BENCH_EAGER */
} skim_bench_path;

/* As main(): returns the exit status. `paths` are shown after the native ones, in their order;
 * a path whose name equals a native placeholder (one that is only ever N/A) takes its column. Every
 * path states the same struct_size; one without `capture`, of an earlier header, runs on CPUs only,
 * and one without `operation` is for top-k. */
SKIM_EXPORT int skim_bench_main(int argc, const char* const* argv, const skim_bench_path* paths,
                                int32_t path_count);

#ifdef __cplusplus
}
#endif

#endif /* SKIM_BENCH_H_ */
