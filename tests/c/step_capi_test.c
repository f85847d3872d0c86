/* The steps of sampling from C11. `step_capi_test NAME` runs one test, without a name all. */
#include <math.h>
#include <skim/skim.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "sample_fixture.h"

typedef struct {
  Fixture rows; /* its logits */
  float found[kRows * kCols];
  DLTensor output;
} Step;

static void set_up_step(Step* step) {
  set_up(&step->rows);
  memset(step->found, 0, sizeof(step->found));
  step->output = tensor(step->found, kDLFloat, 32, 2, step->rows.logits_shape);
}

static skim_status apply(Step* step, int32_t number) {
  return skim_sampling_step(number, &step->rows.logits, &step->rows.options, &step->output, NULL, 0,
                            NULL);
}

static int row_is(const float* row, float a, float b, float c, float d, float e, float f) {
  const float expected[kCols] = {a, b, c, d, e, f};
  return memcmp(row, expected, sizeof(expected)) == 0;
}

static void softmax(void) {
  Step step;
  double sum = 0;
  set_up_step(&step);
  CHECK_OK(apply(&step, SKIM_STEP_SOFTMAX));
  for (int i = 0; i < kCols; ++i) sum += (double)step.found[i];
  CHECK(is_near((float)sum, 1));
  CHECK(is_near(step.found[0] / step.found[1], exp(-4)));
  CHECK(step.found[1] == step.found[3]);
  step.rows.options.temperature = 0;
  CHECK_OK(apply(&step, SKIM_STEP_SOFTMAX));
  CHECK(row_is(step.found, 0, 1, 0, 0, 0, 0) && row_is(step.found + kCols, 1, 0, 0, 0, 0, 0));
}

static void renormalised(void) {
  Step step; /* the logits as weights: those below 0 count as 0, so the second row has none */
  set_up_step(&step);
  step.rows.options.top_k = 2;
  CHECK_OK(apply(&step, SKIM_STEP_TOP_K_RENORM_PROBS));
  CHECK(row_is(step.found, 0, 0.5F, 0, 0.5F, 0, 0));
  CHECK(row_is(step.found + kCols, 0, 0, 0, 0, 0, 0));
  set_up_step(&step);
  step.rows.options.top_p = 0.5F; /* of 18: the first 5 and 5 */
  CHECK_OK(apply(&step, SKIM_STEP_TOP_P_RENORM_PROBS));
  CHECK(row_is(step.found, 0, 0.5F, 0, 0.5F, 0, 0));
}

static void masked(void) {
  Step step;
  set_up_step(&step);
  step.rows.options.top_k = 1;
  CHECK_OK(apply(&step, SKIM_STEP_TOP_K_MASK_LOGITS));
  CHECK(row_is(step.found, -INFINITY, 5, -INFINITY, -INFINITY, -INFINITY, -INFINITY));
  set_up_step(&step);
  step.rows.options.top_p = 0.6F;
  CHECK_OK(apply(&step, SKIM_STEP_TOP_P_MASK_LOGITS));
  CHECK(row_is(step.found, -INFINITY, 5, -INFINITY, 5, -INFINITY, -INFINITY));
}

static void tokens(void) {
  Step step;
  int32_t narrow[kRows] = {7, 7};
  set_up_step(&step);
  for (step.rows.options.seed = 0; step.rows.options.seed < 50; ++step.rows.options.seed) {
    CHECK_OK(skim_sampling_step(SKIM_STEP_SAMPLE_FROM_PROBS, &step.rows.logits, &step.rows.options,
                                &step.rows.tokens, NULL, 0, NULL));
    CHECK(step.rows.drawn[0] >= 0 && step.rows.drawn[0] != 4 && step.rows.drawn[0] < kCols);
    CHECK(step.rows.drawn[1] == -1);
    step.rows.tokens.data = narrow;
    step.rows.tokens.dtype.bits = 32;
    CHECK_OK(skim_sampling_step(SKIM_STEP_SAMPLE_FROM_PROBS, &step.rows.logits, &step.rows.options,
                                &step.rows.tokens, NULL, 0, NULL));
    CHECK(narrow[0] == step.rows.drawn[0] && narrow[1] == -1);
    step.rows.tokens.data = step.rows.drawn;
    step.rows.tokens.dtype.bits = 64;
  }
}

static void row_parameters(void) {
  Step step;
  int32_t top_k[kRows] = {1, 0};
  float temperature[kRows] = {1, 0};
  DLTensor each = tensor(top_k, kDLInt, 32, 1, NULL);
  set_up_step(&step);
  each.shape = step.rows.row_shape;
  step.rows.options.row_top_k = &each;
  CHECK_OK(apply(&step, SKIM_STEP_TOP_K_MASK_LOGITS));
  CHECK(row_is(step.found, -INFINITY, 5, -INFINITY, -INFINITY, -INFINITY, -INFINITY));
  CHECK(row_is(step.found + kCols, -1, -6, -3, -4, -5, -2));
  set_up_step(&step);
  each = tensor(temperature, kDLFloat, 32, 1, step.rows.row_shape);
  step.rows.options.row_temperature = &each;
  CHECK_OK(apply(&step, SKIM_STEP_SOFTMAX));
  CHECK(row_is(step.found + kCols, 1, 0, 0, 0, 0, 0) && step.found[0] > 0);
}

static void row_lengths(void) {
  Step step;
  int64_t lengths[kRows] = {1, 0};
  DLTensor given = tensor(lengths, kDLInt, 64, 1, NULL);
  set_up_step(&step);
  given.shape = step.rows.row_shape;
  step.rows.options.row_lengths = &given;
  CHECK_OK(apply(&step, SKIM_STEP_SOFTMAX));
  CHECK(row_is(step.found, 1, 0, 0, 0, 0, 0) && row_is(step.found + kCols, 0, 0, 0, 0, 0, 0));
}

static void one_dimension(void) {
  Step step;
  set_up_step(&step);
  step.rows.logits.ndim = step.output.ndim = 1;
  step.rows.logits.shape = step.output.shape = &step.rows.logits_shape[1];
  step.rows.options.temperature = 0;
  step.found[kCols] = 77;
  CHECK_OK(apply(&step, SKIM_STEP_SOFTMAX));
  CHECK(row_is(step.found, 0, 1, 0, 0, 0, 0) && step.found[kCols] == 77);
}

static void own_workspace(void) {
  Step step;
  size_t bytes = 0;
  void* workspace;
  set_up_step(&step);
  step.rows.options.temperature = 0;
  CHECK_OK(skim_sampling_step_workspace(SKIM_STEP_SOFTMAX, &step.rows.logits, &step.rows.options,
                                        NULL, &bytes));
  CHECK(bytes > 0);
  workspace = aligned_alloc(256, bytes);
  CHECK_OK(skim_sampling_step(SKIM_STEP_SOFTMAX, &step.rows.logits, &step.rows.options,
                              &step.output, workspace, bytes, NULL));
  CHECK(row_is(step.found, 0, 1, 0, 0, 0, 0));
  CHECK_REFUSED(skim_sampling_step(SKIM_STEP_SOFTMAX, &step.rows.logits, &step.rows.options,
                                   &step.output, workspace, bytes - 1, NULL),
                "workspace has");
  free(workspace);
}

static void refusals(void) {
  Step step;
  size_t bytes = 0;
  set_up_step(&step);
  CHECK_REFUSED(apply(&step, -1), "step = -1 is not a choice; set it to 0 to 5");
  CHECK_REFUSED(apply(&step, 256), "step = 256 is not a choice");
  CHECK_REFUSED(skim_sampling_step(0, &step.rows.logits, NULL, &step.output, NULL, 0, NULL),
                "options is null");
  CHECK_REFUSED(skim_sampling_step(0, NULL, &step.rows.options, &step.output, NULL, 0, NULL),
                "logits is null");
  CHECK_REFUSED(skim_sampling_step(1, NULL, &step.rows.options, &step.output, NULL, 0, NULL),
                "probs is null");
  CHECK_REFUSED(skim_sampling_step(0, &step.rows.logits, &step.rows.options, NULL, NULL, 0, NULL),
                "probs is null");
  CHECK_REFUSED(skim_sampling_step_workspace(0, &step.rows.logits, &step.rows.options, NULL, NULL),
                "bytes is null");
  CHECK_OK(skim_sampling_step_workspace(5, &step.rows.logits, &step.rows.options, NULL, &bytes));
  step.rows.options.top_k = 3;
  CHECK_REFUSED(apply(&step, SKIM_STEP_SOFTMAX), "softmax has no use for top_k");
  set_up_step(&step);
  step.rows.options.order = SKIM_ORDER_HF;
  CHECK_REFUSED(apply(&step, SKIM_STEP_SOFTMAX), "softmax has no use for options->order");
  set_up_step(&step);
  step.rows.options.logit_bias = &step.output;
  CHECK_REFUSED(apply(&step, SKIM_STEP_SOFTMAX), "no use for options->logit_bias");
  set_up_step(&step);
  step.output.dtype.bits = 16;
  CHECK_REFUSED(apply(&step, SKIM_STEP_SOFTMAX), "probs has dtype float16");
}

int main(int argument_count, char** arguments) {
  static const Test tests[] = {TEST(softmax),       TEST(renormalised),   TEST(masked),
                               TEST(tokens),        TEST(row_parameters), TEST(row_lengths),
                               TEST(one_dimension), TEST(own_workspace),  TEST(refusals)};
  return run_tests(tests, sizeof(tests) / sizeof(tests[0]),
                   argument_count > 1 ? arguments[1] : NULL);
}
