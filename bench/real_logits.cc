#include "real_logits.h"

#include "shipped_files.h"

namespace skim::bench {

Matrix load_real_logits(const std::string& given) {
  if (!given.empty()) return load_npy(given);
  return load_npy(
      find_shipped("data/smollm2_logits_f16.npy", "The file of real logits is", "--data"));
}

}  // namespace skim::bench
