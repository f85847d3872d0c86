#include <skim/skim.h>
#include <stdio.h>

int main(void) {
  float row[3] = {0.5F, 2.5F, 1.5F};
  float chosen[2];
  int64_t places[2], cols = 3, k = 2, stride = 1;
  DLTensor in = {row, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, &cols, &stride, 0};
  DLTensor values = {chosen, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, &k, &stride, 0};
  DLTensor indices = {places, {kDLCPU, 0}, 1, {kDLInt, 64, 1}, &k, &stride, 0};
  if (skim_topk(&in, k, NULL, &values, &indices, NULL, 0, NULL) != SKIM_OK) {
    puts(skim_last_error());
    return 1;
  }
  printf("%d %d with skim %s\n", (int)places[0], (int)places[1], skim_version());
  return places[0] == 1 && places[1] == 2 ? 0 : 1;
}
