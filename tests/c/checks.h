/* Checks that count and print what fails, and the loop over a table of tests, without a framework:
 * the C API must do without the C++ standard library. One test program includes this once. */
#ifndef SKIM_TESTS_C_CHECKS_H_
#define SKIM_TESTS_C_CHECKS_H_

#include <skim/skim.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition) check((condition), #condition, __LINE__)
#define CHECK_OK(call) check_status((call), SKIM_OK, "", __LINE__)
#define CHECK_REFUSED(call, text) check_status((call), SKIM_INVALID_REQUEST, (text), __LINE__)

static inline void check(int holds, const char* what, int line) {
  if (holds) return;
  ++failures;
  printf("line %d: %s does not hold; last error: '%s'\n", line, what, skim_last_error());
}

/* `text` is a part of the message; "" stands for no message at all. */
static inline void check_status(skim_status status, skim_status expected, const char* text,
                                int line) {
  const char* const message = skim_last_error();
  const int right = *text == '\0' ? *message == '\0' : strstr(message, text) != NULL;
  if (status == expected && right) return;
  ++failures;
  printf("line %d: status %d instead of %d; message '%s', expected '%s'\n", line, (int)status,
         (int)expected, message, text);
}

typedef struct {
  const char* name;
  void (*run)(void);
} Test;

#define TEST(name) \
  { #name, name }

/* `name` is that of one test, or NULL for all; returns the exit status. */
static inline int run_tests(const Test* tests, size_t count, const char* name) {
  size_t ran = 0;
  for (size_t i = 0; i < count; ++i) {
    if (name != NULL && strcmp(name, tests[i].name) != 0) continue;
    tests[i].run();
    ++ran;
  }
  if (ran == 0) {
    printf("no test is called '%s'\n", name);
    return 2;
  }
  printf("%zu tests, %d failures\n", ran, failures);
  return failures == 0 ? 0 : 1;
}

#endif /* SKIM_TESTS_C_CHECKS_H_ */
