/* The C API of skim: exact top-k on DLPack tensors. Compiles as C11 and as C++.
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
  int32_t reserved;            /* 0 */
  const DLTensor* row_lengths; /* NULL, or int32/int64 of shape (rows) */
} skim_topk_options;

#define SKIM_TOPK_OPTIONS_INIT \
  { sizeof(skim_topk_options), 0, 0, 0, 0, NULL }

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

/* The last failure of this thread, or "". Valid until the next call of skim in this thread. */
SKIM_EXPORT const char* skim_last_error(void);

/* SKIM_VERSION_STRING of the library that is loaded. */
SKIM_EXPORT const char* skim_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SKIM_SKIM_H_ */
