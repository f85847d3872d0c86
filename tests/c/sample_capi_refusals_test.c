/* What sampling refuses from C11. With a NAME one test is run, without all. */
#include <math.h>
#include <skim/skim.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "checks.h"
#include "sample_fixture.h"

/* The options of a caller that was compiled against another version of the header. */
static void struct_size(void) {
  Fixture fixture;
  struct {
    skim_sample_options known;
    int64_t future[4];
  } newer;
  set_up(&fixture);
  memset(&newer, 0, sizeof(newer));
  newer.known = fixture.options;
  newer.known.struct_size = sizeof(newer);
  newer.known.temperature = 0;
  CHECK_OK(
      skim_sample(&fixture.logits, &newer.known, &fixture.tokens, NULL, NULL, NULL, NULL, 0, NULL));
  newer.future[1] = 1;
  CHECK_REFUSED(
      skim_sample(&fixture.logits, &newer.known, &fixture.tokens, NULL, NULL, NULL, NULL, 0, NULL),
      "does not know");
  fixture.options.temperature = 0;
  fixture.options.logit_bias = &fixture.tokens; /* unknown to the older caller */
  fixture.options.struct_size = offsetof(skim_sample_options, logit_bias);
  CHECK_OK(draw(&fixture));
  CHECK(drew(&fixture, 1, 0));
  fixture.options.struct_size = 0;
  CHECK_REFUSED(draw(&fixture), "sizeof(skim_sample_options)");
  set_up(&fixture);
  fixture.options.reserved = 5;
  CHECK_REFUSED(draw(&fixture), "options->reserved = 5 must be 0");
}

static void null_arguments(void) {
  Fixture fixture;
  size_t bytes = 0;
  set_up(&fixture);
  CHECK_REFUSED(
      skim_sample(&fixture.logits, NULL, &fixture.tokens, NULL, NULL, NULL, NULL, 0, NULL),
      "options is null; pass SKIM_SAMPLE_OPTIONS_INIT with a seed");
  CHECK_REFUSED(
      skim_sample(NULL, &fixture.options, &fixture.tokens, NULL, NULL, NULL, NULL, 0, NULL),
      "logits is null");
  CHECK_REFUSED(
      skim_sample(&fixture.logits, &fixture.options, NULL, NULL, NULL, NULL, NULL, 0, NULL),
      "tokens is null");
  CHECK_REFUSED(skim_sample_workspace(&fixture.logits, &fixture.options, NULL, NULL),
                "bytes is null");
  CHECK_OK(skim_sample_workspace(&fixture.logits, &fixture.options, NULL, &bytes));
  fixture.tokens.shape = NULL;
  CHECK_REFUSED(draw(&fixture), "tokens has a null shape");
}

static void parameters(void) {
  Fixture fixture;
  double wide[kRows] = {1, 1};
  int64_t shape[2] = {kRows, 1};
  DLTensor given = tensor(wide, kDLFloat, 64, 1, shape);
  set_up(&fixture);
  fixture.options.temperature = -1;
  CHECK_REFUSED(draw(&fixture), "temperature = -1");
  fixture.options.temperature = NAN;
  CHECK_REFUSED(draw(&fixture), "temperature = nan");
  set_up(&fixture);
  fixture.options.row_temperature = &given;
  CHECK_REFUSED(draw(&fixture), "row_temperature has dtype float64, but it is made of float32");
  given.dtype.bits = 32;
  shape[0] = 3;
  CHECK_REFUSED(draw(&fixture), "row_temperature has 3 entries for rows = 2");
  shape[0] = kRows;
  given.ndim = 2;
  CHECK_REFUSED(draw(&fixture), "row_temperature has 2 dimensions; pass one entry a row");
  given.ndim = 1;
  given.data = NULL;
  CHECK_REFUSED(draw(&fixture), "row_temperature has a null data pointer");
  given.data = (char*)wide + 1;
  CHECK_REFUSED(draw(&fixture), "temperature at");
  given.data = wide;
  given.device.device_type = kDLCUDA;
  CHECK_REFUSED(draw(&fixture), "row_temperature is on cuda:0 but logits is on cpu");
  set_up(&fixture);
  given = tensor(wide, kDLFloat, 32, 1, shape);
  fixture.options.row_seed = &given;
  CHECK_REFUSED(draw(&fixture), "row_seed has dtype float32, but it is made of uint64 or int64");
}

static void shapes_and_dtypes(void) {
  Fixture fixture;
  DLTensor mask;
  set_up(&fixture);
  fixture.logits.dtype.bits = 64;
  CHECK_REFUSED(draw(&fixture), "float64");
  set_up(&fixture);
  fixture.tokens.dtype.bits = 16;
  CHECK_REFUSED(draw(&fixture), "int16");
  set_up(&fixture);
  fixture.tokens.ndim = 2;
  CHECK_REFUSED(draw(&fixture), "tokens has 2 dimensions; pass one entry a row");
  set_up(&fixture);
  fixture.row_shape[0] = 3;
  CHECK_REFUSED(draw(&fixture), "tokens has shape 3 x 1, but the plan needs 2 x 1");
  set_up(&fixture);
  mask = tensor(fixture.elements, kDLInt, 32, 2, fixture.logits_shape);
  fixture.options.allow_mask = &mask;
  CHECK_REFUSED(draw(&fixture), "allow_mask has shape 2 x 6");
  set_up(&fixture);
  fixture.tokens.data = fixture.elements;
  CHECK_REFUSED(draw(&fixture), "tokens overlaps logits");

  set_up(&fixture); /* no rows, and no memory for them */
  fixture.logits_shape[0] = fixture.row_shape[0] = 0;
  fixture.logits.data = fixture.tokens.data = NULL;
  CHECK_OK(draw(&fixture));
}

static void devices(void) {
  Fixture fixture;
  size_t bytes = 0;
  set_up(&fixture);
  fixture.tokens.device.device_type = kDLCUDA;
  CHECK_REFUSED(draw(&fixture), "tokens is on cuda:0");
  fixture.logits.device.device_type = kDLCUDA;
  CHECK(draw(&fixture) == SKIM_DEVICE_ERROR);
  CHECK(skim_sample_workspace(&fixture.logits, &fixture.options, NULL, &bytes) ==
        SKIM_DEVICE_ERROR);
}

int main(int argument_count, char** arguments) {
  static const Test tests[] = {TEST(struct_size), TEST(null_arguments), TEST(parameters),
                               TEST(shapes_and_dtypes), TEST(devices)};
  return run_tests(tests, sizeof(tests) / sizeof(tests[0]),
                   argument_count > 1 ? arguments[1] : NULL);
}
