// The oracle for a dtype that is known at run time only.
#include "inputs/oracle.h"

#include "inputs/dispatch.h"
#include "inputs/inputs.h"
#include "inputs/number.h"

namespace skim::bench {
std::vector<std::int64_t> oracle_indices(DType dtype, const void* row, std::int64_t cols,
                                         std::int64_t k, bool largest) {
  return dispatch(dtype, [&]<class T>() {
    return oracle_topk(static_cast<const T*>(row), cols, k, largest, number_of<T>);
  });
}

}  // namespace skim::bench
