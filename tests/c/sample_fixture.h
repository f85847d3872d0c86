/* Two rows of logits with room for every result. */
#ifndef SKIM_TESTS_C_SAMPLE_FIXTURE_H_
#define SKIM_TESTS_C_SAMPLE_FIXTURE_H_

#include <math.h>
#include <skim/skim.h>
#include <stdint.h>
#include <string.h>

enum { kRows = 2, kCols = 6, kListed = 2 };

typedef struct {
  float elements[kRows * kCols];
  int64_t drawn[kRows], listed[kRows * kListed];
  float drawn_logprobs[kRows], listed_logprobs[kRows * kListed];
  int64_t logits_shape[2], row_shape[1], list_shape[2];
  DLTensor logits, tokens, logprobs, top_tokens, top_logprobs;
  skim_sample_options options;
} Fixture;

static inline DLTensor tensor(void* data, uint8_t code, uint8_t bits, int dimensions,
                              int64_t* shape) {
  const DLTensor made = {data, {kDLCPU, 0}, dimensions, {code, bits, 1}, shape, NULL, 0};
  return made;
}

static inline void set_up(Fixture* fixture) {
  static const float elements[kRows * kCols] = {1, 5, 3, 5, -2, 4, -1, -6, -3, -4, -5, -2};
  const skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  memset(fixture, 0, sizeof(*fixture));
  memcpy(fixture->elements, elements, sizeof(elements));
  fixture->logits_shape[0] = fixture->row_shape[0] = fixture->list_shape[0] = kRows;
  fixture->logits_shape[1] = kCols;
  fixture->list_shape[1] = kListed;
  fixture->logits = tensor(fixture->elements, kDLFloat, 32, 2, fixture->logits_shape);
  fixture->tokens = tensor(fixture->drawn, kDLInt, 64, 1, fixture->row_shape);
  fixture->logprobs = tensor(fixture->drawn_logprobs, kDLFloat, 32, 1, fixture->row_shape);
  fixture->top_tokens = tensor(fixture->listed, kDLInt, 64, 2, fixture->list_shape);
  fixture->top_logprobs = tensor(fixture->listed_logprobs, kDLFloat, 32, 2, fixture->list_shape);
  fixture->options = options;
}

static inline skim_status draw(Fixture* fixture) {
  return skim_sample(&fixture->logits, &fixture->options, &fixture->tokens, NULL, NULL, NULL, NULL,
                     0, NULL);
}

static inline skim_status draw_with_logprobs(Fixture* fixture) {
  return skim_sample(&fixture->logits, &fixture->options, &fixture->tokens, &fixture->logprobs,
                     NULL, NULL, NULL, 0, NULL);
}

static inline int drew(const Fixture* fixture, int64_t first, int64_t second) {
  return fixture->drawn[0] == first && fixture->drawn[1] == second;
}

static inline int is_near(float found, double expected) { return fabs(found - expected) < 1e-5; }

#endif /* SKIM_TESTS_C_SAMPLE_FIXTURE_H_ */
