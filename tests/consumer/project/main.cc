#include <skim/topk.h>

#include <iostream>
#include <span>
#include <vector>

int main() {
  const std::vector<float> row = {0.5F, 2.5F, 1.5F};
  const auto result = skim::topk(std::span<const float>(row), 2);
  std::cout << result.indices[0] << ' ' << result.indices[1] << '\n';
  return result.indices == std::vector<std::int64_t>{1, 2} ? 0 : 1;
}
