/* The C API of skim: exact top-k and sampling on DLPack tensors. Compiles as C11 and as C++.
 *
 * Every function returns a status; skim_last_error() then holds one sentence for this thread.
 * No C++ exception leaves this interface.
 *
 * Devices: a DLTensor on kDLCPU or kDLCUDAHost (pinned memory) is selected from by the CPU, one on
 * kDLCUDA by the GPU device_id, which need not be the current device. All tensors of a call are on
 * one device. kDLCUDAManaged is refused, because it says for neither side that it is to run: label
 * the tensor kDLCUDA or kDLCPU. Without a GPU, a driver or the CUDA backend, kDLCUDA is
 * SKIM_DEVICE_ERROR "no CUDA device: ...".
 */
#ifndef SKIM_SKIM_H_
#define SKIM_SKIM_H_

#include <stddef.h>
#include <stdint.h>

#include "skim/dlpack.h"
#include "skim/export.h"
#include "skim/version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  SKIM_OK = 0,
  SKIM_INVALID_REQUEST = 1, /* an argument cannot be carried out; the message says which and why */
  SKIM_DEVICE_ERROR = 2,    /* the device failed, or there is none or no backend for it */
  SKIM_OUT_OF_MEMORY = 3,
  SKIM_INTERNAL_ERROR = 4 /* a defect of skim; please report it with the message */
} skim_status;

/* Set struct_size = sizeof(skim_topk_options) and zero the rest for the defaults, or use
 * SKIM_TOPK_OPTIONS_INIT. Fields are only ever added at the end. */
typedef struct {
  size_t struct_size;
  int32_t smallest;            /* 0: the k largest; 1: the k smallest */
  int32_t unsorted;            /* 0: best first; 1: see kSortedLimit in docs/semantics.md */
  int32_t num_threads;         /* CPU: at most this many; 0: all */
  int32_t by_index;            /* 1: in ascending order of index, whatever `unsorted` says */
  const DLTensor* row_lengths; /* NULL, or int32/int64 of shape (rows) */
  /* At most one of two ways to write another number in place of an index i of row r (the -1 of rows
   * with fewer than k elements stays): page_table[r, i / page_size] * page_size + i % page_size, or
   * row_offsets[r] + i. */
  const DLTensor* page_table;  /* NULL, or int32 of an entry or more a page, the last of which may
                                * be cut short: (rows, pages), or (pages) or (1, pages) for all */
  int64_t page_size;           /* columns of a page; 0 without page_table */
  const DLTensor* row_offsets; /* NULL, or int32/int64 of shape (rows) */
} skim_topk_options;

#define SKIM_TOPK_OPTIONS_INIT \
  { sizeof(skim_topk_options), 0, 0, 0, 0, NULL, NULL, 0, NULL }

/* Bytes of workspace that skim_topk needs for this input (256-byte aligned). `in` has shape
 * (rows, cols) or (cols); its last dimension has stride 1. Depends on shapes, dtypes, strides,
 * alignment, device and options, not on values. `indices` may be NULL (then int64). */
SKIM_EXPORT skim_status skim_topk_workspace(const DLTensor* in, int64_t k,
                                            const skim_topk_options* options,
                                            const DLTensor* indices, size_t* bytes);

/* The k best of every row of `in` into `values` (dtype of `in`) and `indices` (int32 or int64),
 * both of shape (rows, k), or (k) when `in` has one dimension. `options` may be NULL.
 *
 * `stream` is a cudaStream_t of the tensors' device (NULL: the legacy default stream); ignored on
 * the CPU. On the CPU the results are there on return. On a GPU the work is enqueued on the stream
 * and the call returns: all memory, `workspace` too, must stay valid until the stream has got past
 * it. Nothing is synchronised, and the call can be captured into a CUDA graph.
 *
 * `workspace` is memory of the tensors' device, aligned to 256 bytes; calls that may run at the
 * same time need one each. With NULL and 0 bytes skim allocates and frees one: on a GPU in the
 * order of the stream (cudaMallocAsync, cudaFreeAsync). */
SKIM_EXPORT skim_status skim_topk(const DLTensor* in, int64_t k, const skim_topk_options* options,
                                  DLTensor* values, DLTensor* indices, void* workspace,
                                  size_t workspace_bytes, void* stream);

/* One line that describes the plan for this input, into text[0..size), always terminated. */
SKIM_EXPORT skim_status skim_topk_explain(const DLTensor* in, int64_t k,
                                          const skim_topk_options* options, char* text,
                                          size_t size);

/* What the share of top-p is a share of: docs/sampling.md. */
enum {
  SKIM_ORDER_SEQUENTIAL = 0, /* what min-p and top-k leave (vLLM) */
  SKIM_ORDER_HF = 1,         /* what top-k leaves (Hugging Face) */
  SKIM_ORDER_JOINT = 2       /* the full distribution (FlashInfer, SGLang) */
};

/* The distribution whose log-probabilities are returned. */
enum {
  SKIM_LOGPROBS_NONE = 0,
  SKIM_LOGPROBS_RAW = 1,      /* of the allowed tokens: temperature 1, no bias, no filters */
  SKIM_LOGPROBS_PROCESSED = 2 /* what the token was drawn from */
};

/* Begin with SKIM_SAMPLE_OPTIONS_INIT and set at least `seed`; zeros are no defaults here, for
 * temperature and top_p mean something at 0. Fields are only ever added at the end.
 *
 * Each parameter is one value for all rows, or with `row_...` one a row: a contiguous tensor of
 * shape (rows) on the device of the logits, in place of the one value. */
typedef struct {
  size_t struct_size;
  int32_t order;        /* SKIM_ORDER_... */
  int32_t logprobs;     /* SKIM_LOGPROBS_... */
  int64_t top_logprobs; /* so many likeliest tokens of that distribution are returned too */
  int32_t num_threads;  /* CPU: at most this many; 0: all */
  int32_t top_k;        /* 0 or less: off; above the row's length: its length */
  float temperature;    /* 0: the first maximum */
  float top_p;          /* 1 or more: off */
  float min_p;          /* 0: off */
  int32_t reserved;     /* 0 */
  uint64_t seed;        /* the same seed and offset draw the same token from the same row */
  uint64_t offset;      /* row r draws with offset + r, or with row_offset[r] */
  const DLTensor* row_temperature; /* NULL or float32; a NaN or a value below 0 is 0 */
  const DLTensor* row_top_k;       /* NULL or int32 */
  const DLTensor* row_top_p;       /* NULL or float32; NaN is off, a value below 0 is 0 */
  const DLTensor* row_min_p;       /* NULL or float32; NaN and below 0 are off, above 1 is 1 */
  const DLTensor* row_seed;        /* NULL or uint64, or the same bits as int64 */
  const DLTensor* row_offset;      /* NULL or uint64, or the same bits as int64 */
  const DLTensor* row_lengths;     /* NULL, or int32/int64 of shape (rows): so many tokens exist */
  const DLTensor* allow_mask; /* NULL, or int32 of ceil(cols / 32) words a row: bit i % 32 of word
                               * i / 32 allows token i. (words) or (1, words) is for all rows */
  const DLTensor* logit_bias; /* NULL, or float32 of cols a row, added to the logits; (cols) or
                               * (1, cols) is for all rows */
} skim_sample_options;

#define SKIM_SAMPLE_OPTIONS_INIT                                                                 \
  {                                                                                              \
    sizeof(skim_sample_options), SKIM_ORDER_SEQUENTIAL, SKIM_LOGPROBS_NONE, 0, 0, 0, 1.0F, 1.0F, \
        0.0F, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL                      \
  }

/* Bytes of workspace that skim_sample needs for these logits (256-byte aligned): float32, float16
 * or bfloat16 of shape (rows, cols) or (cols), whose last dimension has stride 1. Depends on
 * shapes, dtypes, strides, alignment, device and options, but not on what tensors hold, nor on
 * parameters other than top_k. `tokens` may be NULL (then int64). */
SKIM_EXPORT skim_status skim_sample_workspace(const DLTensor* logits,
                                              const skim_sample_options* options,
                                              const DLTensor* tokens, size_t* bytes);

/* Draws one token of every row of `logits` into `tokens`, int32 or int64 of shape (rows).
 *
 * Where options->logprobs is not 0, `logprobs` (float32, shape (rows)) gets their
 * log-probabilities; where options->top_logprobs is not 0, `top_tokens` (as `tokens`) and
 * `top_logprobs` (float32) get the likeliest tokens and theirs, both of shape (rows, top_logprobs),
 * or (top_logprobs) when `logits` has one dimension. What is not asked for is NULL.
 *
 * A row without an allowed logit above -inf gives token -1 and log-probability -inf, one with an
 * allowed NaN token -1 and NaN. `workspace` and `stream` are as for skim_topk. */
SKIM_EXPORT skim_status skim_sample(const DLTensor* logits, const skim_sample_options* options,
                                    DLTensor* tokens, DLTensor* logprobs, DLTensor* top_tokens,
                                    DLTensor* top_logprobs, void* workspace, size_t workspace_bytes,
                                    void* stream);

/* The steps of sampling as functions of their own: docs/sampling.md. Behind each what it reads of
 * skim_sample_options, with `row_...` as there, beside num_threads and row_lengths; the rest stays
 * as SKIM_SAMPLE_OPTIONS_INIT has it, or is refused. */
enum {
  SKIM_STEP_SOFTMAX = 0,            /* temperature; logits -> probabilities */
  SKIM_STEP_TOP_K_RENORM_PROBS = 1, /* top_k; probabilities -> shares of the first k, else 0 */
  SKIM_STEP_TOP_P_RENORM_PROBS = 2, /* top_p; probabilities -> shares of the nucleus, else 0 */
  SKIM_STEP_TOP_K_MASK_LOGITS = 3,  /* top_k; logits -> the first k of them, else -inf */
  SKIM_STEP_TOP_P_MASK_LOGITS = 4,  /* top_p, temperature; logits -> the nucleus, else -inf */
  SKIM_STEP_SAMPLE_FROM_PROBS = 5   /* seed, offset; probabilities -> tokens */
};

/* Bytes of workspace that a step needs for these rows (256-byte aligned), on what
 * skim_sample_workspace says. `output` may be NULL (then tokens are int64). */
SKIM_EXPORT skim_status skim_sampling_step_workspace(int32_t step, const DLTensor* rows,
                                                     const skim_sample_options* options,
                                                     const DLTensor* output, size_t* bytes);

/* Makes of every row of `rows` (float32, float16 or bfloat16 of shape (rows, cols) or (cols), whose
 * last dimension has stride 1) what the step says, in `output`: probabilities and shares are
 * float32, masked logits have the dtype of the logits, both the shape of `rows`; tokens are int32
 * or int64 of shape (rows). Probabilities are weights, which need not add up to 1.
 *
 * A row with a NaN becomes all NaN, or stays as it is as logits, or gives token -1. One with
 * nothing to draw becomes all 0, or stays, or gives token -1. `workspace` and `stream` are as for
 * skim_topk. */
SKIM_EXPORT skim_status skim_sampling_step(int32_t step, const DLTensor* rows,
                                           const skim_sample_options* options, DLTensor* output,
                                           void* workspace, size_t workspace_bytes, void* stream);

/* The last failure of this thread, or "". Valid until the next call of skim in this thread. */
SKIM_EXPORT const char* skim_last_error(void);

/* SKIM_VERSION_STRING of the library that is loaded. */
SKIM_EXPORT const char* skim_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SKIM_SKIM_H_ */
