// One line for each step of the flow.
#include <fmt/format.h>

#include "problem/step_kind.h"
#include "skim/sample.h"
#include "skim/topk.h"

namespace skim {

std::string to_string(const TensorView& view) {
  return fmt::format("{} {}x{} row_stride={} at {} on {}", name_of(view.dtype), view.rows,
                     view.cols, view.row_stride, view.data, to_string(view.device));
}

std::string to_string(TopkAlgorithm algorithm) {
  switch (algorithm) {
    case TopkAlgorithm::nothing:
      return "nothing";
    case TopkAlgorithm::group_maxima:
      return "group_maxima";
    case TopkAlgorithm::filter:
      return "filter";
    case TopkAlgorithm::radix_select:
      return "radix_select";
    case TopkAlgorithm::warp_maxima:
      return "warp_maxima";
    case TopkAlgorithm::cluster_maxima:
      return "cluster_maxima";
    case TopkAlgorithm::register_sort:
      return "register_sort";
    case TopkAlgorithm::bucket_select:
      return "bucket_select";
    case TopkAlgorithm::cluster_buckets:
      return "cluster_buckets";
    case TopkAlgorithm::sample_select:
      return "sample_select";
  }
  return "unknown";
}

std::string to_string(CtaTeam team) { return team == CtaTeam::cluster ? "cluster" : "grid"; }

namespace {

const char* order_of(const TopkProblem& problem) {
  if (problem.by_index) return "by_index";
  return problem.sorted ? "sorted" : "unsorted";
}

}  // namespace

std::string to_string(const TopkProblem& problem) {
  std::string text = fmt::format(
      "topk rows={} cols={} k={} {} {} {} index={} row_stride={} alignment={} on {}", problem.rows,
      problem.cols, problem.k, name_of(problem.dtype), problem.largest ? "largest" : "smallest",
      order_of(problem), name_of(problem.index_dtype), problem.row_stride, problem.alignment,
      to_string(problem.device));
  if (problem.has_row_lengths)
    text += fmt::format(" row_lengths={}", name_of(problem.row_lengths_dtype));
  if (problem.transform == IndexTransform::page_table)
    text += fmt::format(" page_size={}", problem.page_size);
  if (problem.transform == IndexTransform::row_offsets)
    text += fmt::format(" row_offsets={}", name_of(problem.row_offsets_dtype));
  if (problem.num_threads > 0) text += fmt::format(" num_threads<={}", problem.num_threads);
  return text;
}

namespace {

std::string geometry_of(TopkAlgorithm algorithm, const CpuGeometry& cpu) {
  std::string text = fmt::format(" simd={} threads={} splits={} buffer={}", to_string(cpu.simd),
                                 cpu.threads, cpu.splits, cpu.buffer);
  if (algorithm == TopkAlgorithm::group_maxima) {
    text += fmt::format(" tile_cols={} group_vectors={}", cpu.tile_cols, cpu.group_vectors);
  }
  return text;
}

std::string geometry_of(TopkAlgorithm algorithm, const CudaGeometry& cuda) {
  std::string text = fmt::format(" ctas={}", cuda.ctas);
  if (algorithm != TopkAlgorithm::radix_select)
    text += fmt::format(" team={}", to_string(cuda.team));
  text += fmt::format(" threads={} vectors={}", cuda.threads, cuda.vectors);
  if (cuda.lanes > 0) text += fmt::format(" lanes={}", cuda.lanes);
  if (cuda.groups_per_warp > 0) text += fmt::format(" groups_per_warp={}", cuda.groups_per_warp);
  if (cuda.groups > 0) text += fmt::format(" groups={}", cuda.groups);
  if (cuda.sample_ctas > 0) text += fmt::format(" sample_ctas={}", cuda.sample_ctas);
  if (algorithm == TopkAlgorithm::cluster_maxima) text += fmt::format(" wanted={}", cuda.wanted);
  if (algorithm != TopkAlgorithm::radix_select) text += fmt::format(" capacity={}", cuda.capacity);
  return text;
}

}  // namespace

std::string to_string(const TopkPlan& plan) {
  std::string text = to_string(plan.algorithm);
  if (plan.algorithm != TopkAlgorithm::nothing) {
    text += plan.problem.device.kind == DeviceKind::cpu ? geometry_of(plan.algorithm, plan.cpu)
                                                        : geometry_of(plan.algorithm, plan.cuda);
  }
  return text + fmt::format(" workspace={}B reads={}B", plan.workspace_bytes, plan.bytes_read);
}

std::string to_string(FilterOrder order) {
  switch (order) {
    case FilterOrder::sequential:
      return "sequential";
    case FilterOrder::hf:
      return "hf";
    case FilterOrder::joint:
      return "joint";
  }
  return "unknown";
}

std::string to_string(LogprobKind kind) {
  switch (kind) {
    case LogprobKind::none:
      return "none";
    case LogprobKind::raw:
      return "raw";
    case LogprobKind::processed:
      return "processed";
  }
  return "unknown";
}

std::string to_string(const SampleProblem& problem) {
  std::string text = fmt::format(
      "sample rows={} cols={} {} order={} token={} row_stride={} alignment={} on {}", problem.rows,
      problem.cols, name_of(problem.dtype), to_string(problem.order), name_of(problem.token_dtype),
      problem.row_stride, problem.alignment, to_string(problem.device));
  if (problem.top_k_each) {
    text += " top_k=each";
  } else if (problem.most_top_k > 0) {
    text += fmt::format(" top_k={}", problem.most_top_k);
  }
  if (problem.logprobs != LogprobKind::none)
    text += fmt::format(" logprobs={} top={}", to_string(problem.logprobs), problem.top_logprobs);
  if (problem.has_row_lengths)
    text += fmt::format(" row_lengths={}", name_of(problem.row_lengths_dtype));
  if (problem.has_allow_mask) text += " allow_mask";
  if (problem.has_logit_bias) text += " logit_bias";
  if (problem.num_threads > 0) text += fmt::format(" num_threads<={}", problem.num_threads);
  return text;
}

std::string to_string(const SamplePlan& plan) {
  if (plan.problem.device.kind == DeviceKind::cuda) {
    const CudaSampleGeometry& cuda = plan.cuda;
    const std::string lists =
        cuda.list_threads > 0 ? fmt::format(" top_lists threads={}", cuda.list_threads) : "";
    return fmt::format(
        "sample row_masses ctas={} team={} threads={} tiles={} {} candidates={}{} reads={}B",
        cuda.ctas, to_string(cuda.team), cuda.threads, cuda.tiles,
        cuda.held ? "held" : "read again", cuda.candidates, lists, plan.bytes_read);
  }
  std::string text = fmt::format("sample simd={} threads={}", to_string(plan.simd), plan.threads);
  for (int i = 0; i < plan.selection_count; ++i) {
    const SampleSelection& selection = plan.selections[i];
    text += fmt::format(" up to {}: {}{}", selection.most, to_string(selection.algorithm),
                        geometry_of(selection.algorithm, selection.cpu));
  }
  return text + fmt::format(" workspace={}B reads={}B", plan.workspace_bytes, plan.bytes_read);
}

std::string to_string(SamplingStep step) { return kind_of(step).name; }

std::string to_string(const StepProblem& problem) {
  std::string text = fmt::format("{} rows={} cols={} {} output={} row_stride={} alignment={} on {}",
                                 to_string(problem.step), problem.rows, problem.cols,
                                 name_of(problem.dtype), name_of(problem.output_dtype),
                                 problem.row_stride, problem.alignment, to_string(problem.device));
  if (problem.top_k_each) {
    text += " top_k=each";
  } else if (problem.most_top_k > 0) {
    text += fmt::format(" top_k={}", problem.most_top_k);
  }
  if (problem.has_row_lengths)
    text += fmt::format(" row_lengths={}", name_of(problem.row_lengths_dtype));
  if (problem.num_threads > 0) text += fmt::format(" num_threads<={}", problem.num_threads);
  return text;
}

std::string to_string(const StepPlan& plan) {
  if (plan.problem.device.kind == DeviceKind::cuda) {
    return fmt::format("{} threads={} reads={}B", to_string(plan.problem.step),
                       plan.rows.cuda.threads, plan.bytes_read);
  }
  return fmt::format("{} simd={} threads={} workspace={}B reads={}B", to_string(plan.problem.step),
                     to_string(plan.rows.simd), plan.rows.threads, plan.workspace_bytes,
                     plan.bytes_read);
}

}  // namespace skim
