/* Top-k, and what skim/skim.h says of itself, from C11. `capi_test NAME` runs one test, without a
 * name all. */
#include <skim/skim.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"

/* A 2 x 6 input and 2 x 3 results. */
typedef struct {
  float elements[12];
  float chosen[6];
  int64_t places[6];
  int64_t in_shape[2], in_strides[2], out_shape[2], out_strides[2];
  DLTensor in, values, indices;
} Fixture;

static DLTensor tensor(void* data, uint8_t code, uint8_t bits, int64_t* shape, int64_t* strides) {
  const DLTensor made = {data, {kDLCPU, 0}, 2, {code, bits, 1}, shape, strides, 0};
  return made;
}

static void set_up(Fixture* fixture) {
  static const float elements[12] = {1, 5, 3, 5, -2, 4, -1, -6, -3, -4, -5, -2};
  memset(fixture, 0, sizeof(*fixture));
  memcpy(fixture->elements, elements, sizeof(elements));
  fixture->in_shape[0] = fixture->out_shape[0] = 2;
  fixture->in_shape[1] = fixture->in_strides[0] = 6;
  fixture->out_shape[1] = fixture->out_strides[0] = 3;
  fixture->in_strides[1] = fixture->out_strides[1] = 1;
  fixture->in = tensor(fixture->elements, kDLFloat, 32, fixture->in_shape, fixture->in_strides);
  fixture->values = tensor(fixture->chosen, kDLFloat, 32, fixture->out_shape, fixture->out_strides);
  fixture->indices = tensor(fixture->places, kDLInt, 64, fixture->out_shape, fixture->out_strides);
}

static skim_status select_3(Fixture* fixture, const skim_topk_options* options) {
  return skim_topk(&fixture->in, 3, options, &fixture->values, &fixture->indices, NULL, 0, NULL);
}

static int are(const int64_t* found, int64_t a, int64_t b, int64_t c) {
  return found[0] == a && found[1] == b && found[2] == c;
}

static int have_values(const float* found, float a, float b, float c) {
  const float expected[3] = {a, b, c};
  return memcmp(found, expected, sizeof(expected)) == 0;
}

static void selects(void) {
  Fixture fixture;
  const skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  set_up(&fixture);
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 1, 3, 5));
  CHECK(are(fixture.places + 3, 0, 5, 2));
  CHECK(have_values(fixture.chosen, 5, 5, 4));
  CHECK(have_values(fixture.chosen + 3, -1, -2, -3));
}

static void one_dimension(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.in.ndim = fixture.values.ndim = fixture.indices.ndim = 1;
  fixture.in.shape = &fixture.in_shape[1];
  fixture.in.strides = &fixture.in_strides[1];
  fixture.values.shape = fixture.indices.shape = &fixture.out_shape[1];
  fixture.values.strides = fixture.indices.strides = &fixture.out_strides[1];
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(are(fixture.places, 1, 3, 5));
  CHECK(are(fixture.places + 3, 0, 0, 0)); /* beyond the one row */
}

static void strides_and_offset(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.in.strides = fixture.values.strides = fixture.indices.strides = NULL; /* contiguous */
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(are(fixture.places + 3, 0, 5, 2));

  set_up(&fixture);
  fixture.in_strides[0] = -6; /* the rows in reverse */
  fixture.in.byte_offset = 6 * sizeof(float);
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(are(fixture.places, 0, 5, 2));
  CHECK(are(fixture.places + 3, 1, 3, 5));

  set_up(&fixture);
  fixture.in_strides[0] = 0; /* one row twice, one element in */
  fixture.in_shape[1] = 5;
  fixture.in.byte_offset = sizeof(float);
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(are(fixture.places, 0, 2, 4));
  CHECK(are(fixture.places + 3, 0, 2, 4));
}

static void options_null(void) {
  Fixture fixture;
  set_up(&fixture);
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(are(fixture.places, 1, 3, 5));
}

static void smallest_and_unsorted(void) {
  Fixture fixture;
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  set_up(&fixture);
  options.smallest = 1;
  options.unsorted = 1; /* three results still come in order of value */
  options.num_threads = 1;
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 4, 0, 2));
  CHECK(are(fixture.places + 3, 1, 4, 3));
}

static void row_lengths(void) {
  Fixture fixture;
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  int32_t lengths[2] = {4, 1};
  int64_t shape = 2, stride = 1;
  DLTensor given = tensor(lengths, kDLInt, 32, &shape, &stride);
  set_up(&fixture);
  given.ndim = 1;
  options.row_lengths = &given;
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 1, 3, 2));
  CHECK(are(fixture.places + 3, 0, -1, -1));
  CHECK(fixture.chosen[5] < -3e38F);

  given.dtype.code = kDLFloat;
  CHECK_REFUSED(select_3(&fixture, &options), "row_lengths");
  given.dtype.code = kDLInt;
  shape = 3;
  CHECK_REFUSED(select_3(&fixture, &options), "row_lengths has 3 entries");
  shape = 2;
  given.ndim = 2;
  CHECK_REFUSED(select_3(&fixture, &options), "row_lengths has 2 dimensions");
  given.ndim = 1;
  given.data = NULL;
  CHECK_REFUSED(select_3(&fixture, &options), "row_lengths");
}

static void int32_indices(void) {
  Fixture fixture;
  int32_t places[6] = {0};
  set_up(&fixture);
  fixture.indices.data = places;
  fixture.indices.dtype.bits = 32;
  CHECK_OK(select_3(&fixture, NULL));
  CHECK(places[0] == 1 && places[1] == 3 && places[2] == 5 && places[3] == 0);
}

static void own_workspace(void) {
  Fixture fixture;
  size_t bytes = 0, same = 0;
  void* workspace;
  char text[32];
  set_up(&fixture);
  CHECK_OK(skim_topk_workspace(&fixture.in, 3, NULL, NULL, &bytes));
  CHECK_OK(skim_topk_workspace(&fixture.in, 3, NULL, &fixture.indices, &same));
  CHECK(bytes > 0 && bytes % 256 == 0 && bytes == same);
  workspace = aligned_alloc(256, bytes);
  CHECK(workspace != NULL);
  CHECK_OK(
      skim_topk(&fixture.in, 3, NULL, &fixture.values, &fixture.indices, workspace, bytes, NULL));
  CHECK(are(fixture.places, 1, 3, 5));
  snprintf(text, sizeof(text), "%zu", bytes);
  CHECK_REFUSED(skim_topk(&fixture.in, 3, NULL, &fixture.values, &fixture.indices, workspace,
                          bytes - 1, NULL),
                text);
  CHECK_REFUSED(skim_topk(&fixture.in, 3, NULL, &fixture.values, &fixture.indices,
                          (char*)workspace + 64, bytes, NULL),
                "workspace");
  CHECK_REFUSED(
      skim_topk(&fixture.in, 3, NULL, &fixture.values, &fixture.indices, NULL, bytes, NULL),
      "workspace is null");
  free(workspace);
}

/* The options of a caller that was compiled against another version of the header. */
static void struct_size(void) {
  Fixture fixture;
  struct {
    skim_topk_options known;
    int64_t future[4];
  } newer;
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  set_up(&fixture);
  memset(&newer, 0, sizeof(newer));
  newer.known.struct_size = sizeof(newer);
  newer.known.smallest = 1;
  CHECK_OK(select_3(&fixture, &newer.known));
  CHECK(are(fixture.places, 4, 0, 2));
  newer.future[2] = 1;
  CHECK_REFUSED(select_3(&fixture, &newer.known), "does not know");

  options.smallest = 1;
  options.unsorted = -1;
  options.struct_size = offsetof(skim_topk_options, unsorted); /* older: knew nothing of unsorted */
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 4, 0, 2));
  options.struct_size = 0;
  CHECK_REFUSED(select_3(&fixture, &options), "struct_size = 0");
  options.struct_size = 3;
  CHECK_REFUSED(select_3(&fixture, &options), "struct_size = 3");
  options.struct_size = (size_t)-1;
  CHECK_REFUSED(select_3(&fixture, &options), "struct_size");

  options.struct_size = sizeof(options);
  options.unsorted = 0;
  options.by_index = 5;
  CHECK_REFUSED(select_3(&fixture, &options), "options->by_index = 5");
}

static void transforms(void) {
  Fixture fixture;
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  int32_t pages[6] = {7, 0, 9, 4, 5, 6};
  int64_t offsets[2] = {100, -3};
  int64_t pages_shape[2] = {2, 3}, pages_strides[2] = {3, 1}, rows_shape[1] = {2};
  DLTensor page_table = tensor(pages, kDLInt, 32, pages_shape, pages_strides);
  DLTensor row_offsets = tensor(offsets, kDLInt, 64, rows_shape, NULL);
  row_offsets.ndim = 1;
  set_up(&fixture);

  options.by_index = 1;
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 1, 3, 5));
  CHECK(are(fixture.places + 3, 0, 2, 5));
  CHECK(have_values(fixture.chosen + 3, -1, -3, -2));

  options.by_index = 0;
  options.page_table = &page_table;
  options.page_size = 2;
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 15, 1, 19));
  CHECK(are(fixture.places + 3, 8, 13, 10));
  pages_shape[0] = 1; /* for all rows */
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places + 3, 14, 19, 0));
  options.page_size = 0;
  CHECK_REFUSED(select_3(&fixture, &options), "page_size = 0");
  options.page_size = 1;
  CHECK_REFUSED(select_3(&fixture, &options), "6 pages");
  page_table.dtype.bits = 64;
  CHECK_REFUSED(select_3(&fixture, &options), "page_table has dtype int64");

  options.page_table = NULL;
  options.row_offsets = &row_offsets;
  CHECK_REFUSED(select_3(&fixture, &options), "page_size = 1");
  options.page_size = 0;
  CHECK_OK(select_3(&fixture, &options));
  CHECK(are(fixture.places, 101, 103, 105));
  CHECK(are(fixture.places + 3, -3, 2, -1));
  fixture.indices.data = offsets;
  CHECK_REFUSED(select_3(&fixture, &options), "indices overlaps row_offsets");
}

static void null_arguments(void) {
  Fixture fixture;
  size_t bytes = 0;
  set_up(&fixture);
  CHECK_REFUSED(skim_topk(NULL, 3, NULL, &fixture.values, &fixture.indices, NULL, 0, NULL),
                "in is null");
  CHECK_REFUSED(skim_topk(&fixture.in, 3, NULL, NULL, &fixture.indices, NULL, 0, NULL),
                "values is null");
  CHECK_REFUSED(skim_topk(&fixture.in, 3, NULL, &fixture.values, NULL, NULL, 0, NULL),
                "indices is null");
  CHECK_REFUSED(skim_topk_workspace(NULL, 3, NULL, NULL, &bytes), "in is null");
  CHECK_REFUSED(skim_topk_workspace(&fixture.in, 3, NULL, NULL, NULL), "bytes is null");
  CHECK_REFUSED(skim_topk_explain(&fixture.in, 3, NULL, NULL, 5), "text");
  fixture.in.shape = NULL;
  CHECK_REFUSED(select_3(&fixture, NULL), "in has a null shape");
  set_up(&fixture);
  fixture.in.data = NULL;
  CHECK_REFUSED(select_3(&fixture, NULL), "null data");
  set_up(&fixture);
  fixture.indices.data = NULL;
  CHECK_REFUSED(select_3(&fixture, NULL), "indices has a null data");
}

static void dtypes(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.in.dtype.lanes = 4;
  CHECK_REFUSED(select_3(&fixture, NULL), "float32 x 4 lanes");
  set_up(&fixture);
  fixture.in.dtype.code = kDLComplex;
  CHECK_REFUSED(select_3(&fixture, NULL), "in has dtype complex");
  set_up(&fixture);
  fixture.in.dtype.code = kDLUInt; /* uint32 */
  CHECK_REFUSED(select_3(&fixture, NULL), "in has dtype uint32");
  set_up(&fixture);
  fixture.values.dtype.code = kDLInt;
  CHECK_REFUSED(select_3(&fixture, NULL), "values has dtype int32");
  set_up(&fixture);
  fixture.indices.dtype.code = kDLFloat;
  CHECK_REFUSED(select_3(&fixture, NULL), "float64");
  set_up(&fixture);
  fixture.indices.dtype.bits = 16;
  CHECK_REFUSED(select_3(&fixture, NULL), "int16");
}

static void shapes(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.in.ndim = 3;
  CHECK_REFUSED(select_3(&fixture, NULL), "in has 3 dimensions");
  set_up(&fixture);
  fixture.in.ndim = 0;
  CHECK_REFUSED(select_3(&fixture, NULL), "in has 0 dimensions");
  set_up(&fixture);
  fixture.in_strides[1] = 2;
  CHECK_REFUSED(select_3(&fixture, NULL), "column stride of 2");
  set_up(&fixture);
  fixture.out_strides[1] = 2;
  CHECK_REFUSED(select_3(&fixture, NULL), "column stride of 2");
  set_up(&fixture);
  fixture.out_shape[1] = 2;
  CHECK_REFUSED(select_3(&fixture, NULL), "2 x 3");
  set_up(&fixture);
  fixture.out_strides[0] = 2;
  CHECK_REFUSED(select_3(&fixture, NULL), "row_stride 2");
  set_up(&fixture);
  fixture.in_shape[0] = -2;
  CHECK_REFUSED(select_3(&fixture, NULL), "rows = -2");

  set_up(&fixture); /* no rows, and no memory for them */
  fixture.in_shape[0] = fixture.out_shape[0] = 0;
  fixture.in.data = fixture.values.data = fixture.indices.data = NULL;
  CHECK_OK(select_3(&fixture, NULL));
}

static void devices(void) {
  Fixture fixture;
  size_t bytes = 0;
  set_up(&fixture);
  fixture.in.device.device_type = kDLMetal;
  CHECK_REFUSED(select_3(&fixture, NULL), "device type 8");
  set_up(&fixture);
  fixture.values.device.device_type = kDLCUDA;
  CHECK_REFUSED(select_3(&fixture, NULL), "values is on cuda:0");
  set_up(&fixture);
  fixture.in.device.device_type = kDLCUDA;
  fixture.in.device.device_id = 63; /* on no machine */
  check_status(skim_topk_workspace(&fixture.in, 3, NULL, NULL, &bytes), SKIM_DEVICE_ERROR,
               "no CUDA device: ", __LINE__);
  fixture.values.device = fixture.indices.device = fixture.in.device;
  check_status(select_3(&fixture, NULL), SKIM_DEVICE_ERROR, "no CUDA device: ", __LINE__);
  set_up(&fixture);
  fixture.in.device.device_type = kDLCUDAManaged;
  CHECK_REFUSED(select_3(&fixture, NULL), "in is in managed memory, which names no device");
  set_up(&fixture);
  fixture.in.device.device_type = kDLCUDAHost; /* pinned memory of the host */
  CHECK_OK(select_3(&fixture, NULL));
}

static void problem_refusals(void) {
  Fixture fixture;
  size_t bytes = 0;
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  set_up(&fixture);
  CHECK_REFUSED(skim_topk_workspace(&fixture.in, 7, NULL, NULL, &bytes), "k = 7 exceeds cols = 6");
  CHECK_REFUSED(skim_topk_workspace(&fixture.in, -1, NULL, NULL, &bytes), "k = -1");
  options.num_threads = -3;
  CHECK_REFUSED(skim_topk_workspace(&fixture.in, 3, &options, NULL, &bytes), "num_threads = -3");
  fixture.in_strides[0] = INT64_MAX;
  CHECK_REFUSED(skim_topk_workspace(&fixture.in, 3, NULL, NULL, &bytes), "row_stride");
}

static void bind_refusals(void) {
  Fixture fixture;
  set_up(&fixture);
  fixture.in.byte_offset = 1;
  CHECK_REFUSED(select_3(&fixture, NULL), "aligned");
  set_up(&fixture);
  fixture.values.data = fixture.elements;
  CHECK_REFUSED(select_3(&fixture, NULL), "values overlaps in");
  set_up(&fixture);
  fixture.values.data = fixture.places;
  CHECK_REFUSED(select_3(&fixture, NULL), "indices overlaps values");
}

static void explain(void) {
  Fixture fixture;
  char text[512], cut[8];
  set_up(&fixture);
  CHECK_OK(skim_topk_explain(&fixture.in, 3, NULL, text, sizeof(text)));
  CHECK(strstr(text, "float32") != NULL && strchr(text, '\n') == NULL);
  memset(cut, 'x', sizeof(cut));
  CHECK_OK(skim_topk_explain(&fixture.in, 3, NULL, cut, sizeof(cut)));
  CHECK(strlen(cut) == sizeof(cut) - 1 && memcmp(cut, text, sizeof(cut) - 1) == 0);
  CHECK_REFUSED(skim_topk_explain(&fixture.in, 3, NULL, text, 0), "text");
  CHECK_REFUSED(skim_topk_explain(&fixture.in, 9, NULL, text, sizeof(text)), "k = 9");
}

static void last_error(void) {
  Fixture fixture;
  set_up(&fixture);
  CHECK_REFUSED(skim_topk(NULL, 3, NULL, NULL, NULL, NULL, 0, NULL), "null");
  CHECK(*skim_last_error() != '\0');
  CHECK_OK(select_3(&fixture, NULL)); /* clears it */
}

static void version(void) { CHECK(strcmp(skim_version(), SKIM_VERSION_STRING) == 0); }

int main(int argument_count, char** arguments) {
  static const Test tests[] = {TEST(selects),
                               TEST(one_dimension),
                               TEST(strides_and_offset),
                               TEST(options_null),
                               TEST(smallest_and_unsorted),
                               TEST(row_lengths),
                               TEST(int32_indices),
                               TEST(own_workspace),
                               TEST(struct_size),
                               TEST(null_arguments),
                               TEST(dtypes),
                               TEST(shapes),
                               TEST(devices),
                               TEST(problem_refusals),
                               TEST(bind_refusals),
                               TEST(transforms),
                               TEST(explain),
                               TEST(last_error),
                               TEST(version)};
  return run_tests(tests, sizeof(tests) / sizeof(tests[0]),
                   argument_count > 1 ? arguments[1] : NULL);
}
