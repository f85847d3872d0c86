#include "support/gpu_job.h"

#include <stdexcept>

namespace skim::test {
namespace {

std::span<const std::byte> bytes_of(const bench::Matrix& matrix) {
  return {static_cast<const std::byte*>(matrix.data()), matrix.bytes()};
}

bench::Matrix matrix_of(const JobSpec& spec) {
  return bench::make_matrix(spec.dtype, spec.rows, spec.cols, spec.distribution, spec.seed);
}

TensorView view_of(const JobSpec& spec, const void* data) {
  return {data, spec.dtype, spec.rows, spec.cols, spec.cols, kGpu};
}

TopkPlan plan_of(const JobSpec& spec, const GpuBytes& input, const Variant& variant) {
  const auto plan =
      plan_variant(make_problem({view_of(spec, input.data()), spec.k, {}, {}}), variant);
  if (!plan) throw std::logic_error("no plan for the variant '" + variant.name + "'");
  return *plan;
}

GpuBytes repeated(const std::vector<std::byte>& bytes, int times) {
  std::vector<std::byte> all;
  for (int time = 0; time < times; ++time) all.insert(all.end(), bytes.begin(), bytes.end());
  return GpuBytes(all);
}

}  // namespace

JobResult result_on_cpu(const bench::Matrix& input, std::int64_t k) {
  const auto results = static_cast<std::size_t>(input.rows() * k);
  JobResult result{std::vector<std::byte>(results * size_of(input.dtype())),
                   std::vector<std::byte>(results * sizeof(std::int64_t))};
  topk({input.data(), input.dtype(), input.rows(), input.cols(), input.cols(), DeviceId{}}, k,
       {result.values.data(), input.dtype(), input.rows(), k, k, DeviceId{}},
       {result.indices.data(), DType::i64, input.rows(), k, k, DeviceId{}});
  return result;
}

GpuJob::GpuJob(const JobSpec& spec, const Variant& variant)
    : spec_(spec),
      input_(bytes_of(matrix_of(spec))),
      plan_(plan_of(spec, input_, variant)),
      workspace_(plan_.workspace_bytes),
      wanted_(result_on_cpu(matrix_of(spec), spec.k)),
      wanted_values_(repeated(wanted_.values, spec.places)),
      wanted_indices_(repeated(wanted_.indices, spec.places)),
      values_(wanted_values_.size()),
      indices_(wanted_indices_.size()) {
  poison();
  wait_for_gpu([] { return "a job being set up"; });
}

void GpuJob::poison() const {
  constexpr int kPoison = 0xCD;
  workspace_.fill(kPoison);
  values_.fill(kPoison);
  indices_.fill(kPoison);
}

void GpuJob::enqueue(Stream stream, int place) const {
  const auto number = static_cast<std::size_t>(place);
  run(bind(plan_, {view_of(spec_, input_.data()),
                   {values_.data() + number * wanted_.values.size(), spec_.dtype, spec_.rows,
                    spec_.k, spec_.k, kGpu},
                   {indices_.data() + number * wanted_.indices.size(), DType::i64, spec_.rows,
                    spec_.k, spec_.k, kGpu},
                   {},
                   workspace_.data(),
                   workspace_.size()}),
      stream);
}

bool GpuJob::right() const {
  const GpuRegion regions[] = {{values_.data(), wanted_values_.data(), values_.size()},
                               {indices_.data(), wanted_indices_.data(), indices_.size()}};
  return all_as_wanted(regions, [this] { return to_string(plan_); });
}

}  // namespace skim::test
