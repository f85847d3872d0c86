/* Sampling from C11. `sample_capi_test NAME` runs one test, without a name all. */
#include <math.h>
#include <skim/skim.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "sample_fixture.h"

static void greedy(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.options.temperature = 0;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 1, 0));
}

static void filters(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.options.top_k = 1;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 1, 0));
  set_up(&fixture);
  fixture.options.top_p = 0;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 1, 0));
  set_up(&fixture);
  fixture.options.min_p = 1; /* leaves both of the first row's maxima */
  CHECK_OK(draw(&fixture));
  CHECK((fixture.drawn[0] == 1 || fixture.drawn[0] == 3) && fixture.drawn[1] == 0);
}

static void orders(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.options.top_k = 3;
  fixture.options.top_p = 0.9F;
  for (fixture.options.order = 0; fixture.options.order <= SKIM_ORDER_JOINT;
       ++fixture.options.order) {
    CHECK_OK(draw(&fixture));
    CHECK(fixture.drawn[0] == 1 || fixture.drawn[0] == 3 || fixture.drawn[0] == 5);
  }
  CHECK_REFUSED(draw(&fixture), "options->order = 3 is not a choice; set it to 0 to 2");
}

static void one_dimension(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.logits.ndim = 1;
  fixture.logits.shape = &fixture.logits_shape[1];
  fixture.row_shape[0] = 1;
  fixture.options.temperature = 0;
  fixture.drawn[1] = 77;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 1, 77));
}

static void strides_and_offset(void) {
  Fixture fixture;
  int64_t spread[2 * kRows] = {7, 7, 7, 7};
  int64_t token_stride[1] = {2}, row_strides[2] = {-kCols, 1};
  set_up(&fixture);
  fixture.options.temperature = 0;
  fixture.tokens.data = spread;
  fixture.tokens.strides = token_stride;
  fixture.logits.strides = row_strides; /* the rows in reverse */
  fixture.logits.byte_offset = kCols * sizeof(float);
  CHECK_OK(draw(&fixture));
  CHECK(spread[0] == 0 && spread[1] == 7 && spread[2] == 1 && spread[3] == 7);
}

static void int32_tokens(void) {
  Fixture fixture;
  int32_t drawn[kRows] = {0};
  set_up(&fixture);
  fixture.options.temperature = 0;
  fixture.tokens.data = drawn;
  fixture.tokens.dtype.bits = 32;
  CHECK_OK(draw(&fixture));
  CHECK(drawn[0] == 1 && drawn[1] == 0);
}

/* `parameter` is one of the fixture's options. */
static void second_row_is_greedy(Fixture* fixture, const DLTensor** parameter, void* values,
                                 uint8_t code) {
  DLTensor given;
  set_up(fixture);
  given = tensor(values, code, 32, 1, fixture->row_shape);
  *parameter = &given;
  CHECK_OK(draw(fixture));
  CHECK(fixture->drawn[1] == 0);
}

/* One parameter a row, each of which makes the second row greedy and leaves the first free. */
static void row_parameters(void) {
  Fixture fixture;
  float temperature[kRows] = {1, 0}, top_p[kRows] = {1, 0}, min_p[kRows] = {0, 1};
  int32_t top_k[kRows] = {0, 1};
  second_row_is_greedy(&fixture, &fixture.options.row_temperature, temperature, kDLFloat);
  second_row_is_greedy(&fixture, &fixture.options.row_top_k, top_k, kDLInt);
  second_row_is_greedy(&fixture, &fixture.options.row_top_p, top_p, kDLFloat);
  second_row_is_greedy(&fixture, &fixture.options.row_min_p, min_p, kDLFloat);
}

enum { kDraws = 64 };

/* 64 draws from one row of six equal logits. */
static void draw_many(const skim_sample_options* options, int64_t* drawn) {
  static float equal[kCols];
  int64_t shape[2] = {kDraws, kCols}, strides[2] = {0, 1};
  DLTensor logits = tensor(equal, kDLFloat, 32, 2, shape);
  DLTensor tokens = tensor(drawn, kDLInt, 64, 1, shape);
  logits.strides = strides;
  CHECK_OK(skim_sample(&logits, options, &tokens, NULL, NULL, NULL, NULL, 0, NULL));
}

static void seeds_and_offsets(void) {
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  int64_t wanted[kDraws], found[kDraws], shape = kDraws;
  uint64_t seeds[kDraws], offsets[kDraws];
  DLTensor row_seed = tensor(seeds, kDLUInt, 64, 1, &shape);
  DLTensor row_offset = tensor(offsets, kDLInt, 64, 1, &shape); /* the same bits */
  int64_t highest = 0;
  for (int i = 0; i < kDraws; ++i) {
    seeds[i] = UINT64_MAX;
    offsets[i] = 5 + (uint64_t)i;
  }
  options.seed = UINT64_MAX;
  options.offset = 5;
  draw_many(&options, wanted);
  for (int i = 0; i < kDraws; ++i) {
    CHECK(wanted[i] >= 0 && wanted[i] < kCols);
    if (wanted[i] > highest) highest = wanted[i];
  }
  CHECK(highest > 0);
  options.seed = options.offset = 0;
  draw_many(&options, found);
  CHECK(memcmp(wanted, found, sizeof(found)) != 0);
  options.row_seed = &row_seed;
  options.row_offset = &row_offset;
  draw_many(&options, found);
  CHECK(memcmp(wanted, found, sizeof(found)) == 0);
}

static void mask_and_bias(void) {
  Fixture fixture;
  int32_t words[kRows] = {1 << 4, 1 << 2};
  float bias[kRows * kCols] = {0};
  int64_t mask_shape[2] = {kRows, 1}, one_row[2] = {1, kCols};
  DLTensor mask = tensor(words, kDLInt, 32, 2, mask_shape);
  DLTensor biases = tensor(bias, kDLFloat, 32, 2, one_row);
  set_up(&fixture);
  fixture.options.allow_mask = &mask;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 4, 2));
  mask_shape[0] = 1; /* for all rows */
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 4, 4));
  mask.ndim = 1;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 4, 4));

  set_up(&fixture);
  fixture.options.logit_bias = &biases;
  fixture.options.temperature = 0;
  bias[5] = 100;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 5, 5));
  one_row[0] = kRows;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 5, 0));
}

static void row_lengths(void) {
  Fixture fixture;
  int32_t lengths[kRows] = {1, 0};
  DLTensor given;
  set_up(&fixture);
  given = tensor(lengths, kDLInt, 32, 1, fixture.row_shape);
  fixture.options.row_lengths = &given;
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 0, -1));
}

static void logprobs(void) {
  Fixture fixture;
  int32_t words = 1 << 1 | 1 << 3;
  int64_t mask_shape = 1;
  DLTensor mask = tensor(&words, kDLInt, 32, 1, &mask_shape);
  set_up(&fixture);
  fixture.options.allow_mask = &mask; /* equal in the first row, -6 and -4 in the second */
  fixture.options.temperature = 0;
  fixture.options.logprobs = SKIM_LOGPROBS_RAW;
  CHECK_OK(draw_with_logprobs(&fixture));
  CHECK(drew(&fixture, 1, 3));
  CHECK(is_near(fixture.drawn_logprobs[0], -log(2)));
  CHECK(is_near(fixture.drawn_logprobs[1], -log(1 + exp(-2))));

  fixture.options.logprobs = SKIM_LOGPROBS_PROCESSED;
  CHECK_OK(draw_with_logprobs(&fixture));
  CHECK(fixture.drawn_logprobs[0] == 0 && fixture.drawn_logprobs[1] == 0);

  fixture.options.logprobs = 3;
  CHECK_REFUSED(draw_with_logprobs(&fixture), "options->logprobs = 3 is not a choice");
  fixture.options.logprobs = SKIM_LOGPROBS_NONE;
  CHECK_REFUSED(draw_with_logprobs(&fixture), "logprobs");
  fixture.options.logprobs = SKIM_LOGPROBS_RAW;
  CHECK_REFUSED(draw(&fixture), "logprobs");
}

static void top_logprobs(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.elements[0] = fixture.elements[2] = fixture.elements[4] = fixture.elements[5] = -INFINITY;
  fixture.options.logprobs = SKIM_LOGPROBS_RAW;
  fixture.options.top_logprobs = kListed;
  CHECK_OK(skim_sample(&fixture.logits, &fixture.options, &fixture.tokens, &fixture.logprobs,
                       &fixture.top_tokens, &fixture.top_logprobs, NULL, 0, NULL));
  CHECK(fixture.listed[0] == 1 && fixture.listed[1] == 3);
  CHECK(fixture.listed[2] == 0 && fixture.listed[3] == 5);
  CHECK(is_near(fixture.listed_logprobs[0], -log(2)));
  CHECK(is_near(fixture.listed_logprobs[1], -log(2)));
  CHECK(is_near(fixture.listed_logprobs[3] - fixture.listed_logprobs[2], -1));
  CHECK_REFUSED(draw_with_logprobs(&fixture), "top_tokens");
  fixture.options.top_logprobs = kCols + 1;
  CHECK_REFUSED(draw_with_logprobs(&fixture), "top_logprobs = 7");
}

static void special_rows(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.options.logprobs = SKIM_LOGPROBS_RAW;
  for (int i = 0; i < kCols; ++i) fixture.elements[i] = -INFINITY;
  fixture.elements[kCols + 3] = NAN;
  CHECK_OK(draw_with_logprobs(&fixture));
  CHECK(drew(&fixture, -1, -1));
  CHECK(fixture.drawn_logprobs[0] == -INFINITY && isnan(fixture.drawn_logprobs[1]));
}

static void own_workspace(void) {
  Fixture fixture;
  size_t bytes = 0;
  void* workspace;
  set_up(&fixture);
  fixture.options.top_k = 1;
  CHECK_OK(skim_sample_workspace(&fixture.logits, &fixture.options, &fixture.tokens, &bytes));
  CHECK(bytes > 0 && bytes % 256 == 0);
  workspace = aligned_alloc(256, bytes);
  CHECK(workspace != NULL);
  CHECK_OK(skim_sample(&fixture.logits, &fixture.options, &fixture.tokens, NULL, NULL, NULL,
                       workspace, bytes, NULL));
  CHECK(drew(&fixture, 1, 0));
  CHECK_REFUSED(skim_sample(&fixture.logits, &fixture.options, &fixture.tokens, NULL, NULL, NULL,
                            workspace, bytes - 1, NULL),
                "workspace has");
  CHECK_REFUSED(skim_sample(&fixture.logits, &fixture.options, &fixture.tokens, NULL, NULL, NULL,
                            NULL, bytes, NULL),
                "workspace is null");
  free(workspace);
}

int main(int argument_count, char** arguments) {
  static const Test tests[] = {TEST(greedy),
                               TEST(filters),
                               TEST(orders),
                               TEST(one_dimension),
                               TEST(strides_and_offset),
                               TEST(int32_tokens),
                               TEST(row_parameters),
                               TEST(seeds_and_offsets),
                               TEST(mask_and_bias),
                               TEST(row_lengths),
                               TEST(logprobs),
                               TEST(top_logprobs),
                               TEST(special_rows),
                               TEST(own_workspace)};
  return run_tests(tests, sizeof(tests) / sizeof(tests[0]),
                   argument_count > 1 ? arguments[1] : NULL);
}
