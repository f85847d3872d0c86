#include "json_parts.h"
#include "published.h"
#include "report.h"

namespace skim::bench {
namespace {

using Json = OrderedJson;

Json json_of(int number) { return number; }

Json json_of(const GpuEnvironment& gpu) {
  return {{"name", gpu.name},
          {"driver", gpu.driver},
          {"cuda", gpu.cuda},
          {"runtime", gpu.runtime},
          {"multiprocessors", gpu.multiprocessors},
          {"l2_bytes", gpu.l2_bytes}};
}

Json json_of(const Published& published) {
  return {{"pytorch_us", published.pytorch_us},
          {"triton_us", published.triton_us},
          {"gpu", kPublishedGpu},
          {"date", kPublishedDate}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? json_of(*value) : Json(nullptr);
}

Json json_of(const SmClock& clock) {
  return {{"before", or_null(clock.before)}, {"after", or_null(clock.after)}};
}

Json json_of(const SamplingSettings& settings) {
  return {{"text", to_string(settings)},
          {"temperature", settings.temperature},
          {"top_k", settings.top_k},
          {"top_p", settings.top_p},
          {"min_p", settings.min_p},
          {"order", skim::to_string(settings.order)},
          {"logprobs", skim::to_string(settings.logprobs)}};
}

Json json_of(const PathResult& path) {
  Json json = {{"name", path.name},
               {"version", path.version},
               {"own_kernel", path.own_kernel},
               {"labels", path.labels},
               {"status", name_of(path.status)}};
  if (path.status == Status::ok) {
    json["timing"] = json_of(path.timing);
    if (path.host_us) json["host_us"] = *path.host_us;
  } else {
    json["message"] = path.message;
  }
  if (!path.not_captured.empty()) json["not_captured"] = path.not_captured;
  if (path.wrong_on) json["wrong_on"] = *path.wrong_on;
  if (const OtherInput* worst = worst_of(path)) {
    json["worst"] = {{"input", worst->input}, {"median_us", worst->median_us}};
    for (const OtherInput& other : path.others) json["others_us"][other.input] = other.median_us;
  }
  return json;
}

Json json_of(const CaseResult& result) {
  const PathResult* baseline = baseline_of(result);
  Json json = {{"rows", result.bench_case.rows},
               {"cols", result.bench_case.cols},
               {"k", result.bench_case.k},
               {"dtype", skim::name_of(result.bench_case.dtype)},
               {"input", input_name(result.bench_case)},
               {"bytes", bytes_of(result.bench_case)},
               {"device", result.device},
               {"threads", result.threads},
               {"mode", name_of(result.mode)},
               {"inputs", result.inputs},
               {"distinct_inputs", result.distinct_inputs},
               {"published", or_null(published_for(result.bench_case))},
               {"remark", remark_on(result.bench_case)},
               {"baseline", baseline ? Json(baseline->name) : Json(nullptr)},
               {"floor", nullptr},
               {"paths", Json::array()}};
  if (result.bench_case.sampling) json["sampling"] = json_of(*result.bench_case.sampling);
  if (!result.real_rows.empty()) json["real_rows"] = result.real_rows;
  if (result.floor) {
    json["floor"] = json_of(result.floor->timing);
    json["floor"]["variant"] = result.floor->variant;
  }
  if (result.launch) json["launch"] = json_of(*result.launch);
  if (result.sm_clock) json["sm_clock_mhz"] = json_of(*result.sm_clock);
  for (const PathResult& path : result.paths) json["paths"].push_back(json_of(path));
  return json;
}

}  // namespace

OrderedJson json_of(const Timing& timing) {
  return {{"median_us", timing.median_us},
          {"fastest_us", timing.fastest_us},
          {"spread", timing.spread},
          {"samples", timing.samples},
          {"calls_per_sample", timing.calls_per_sample}};
}

OrderedJson json_of(const Environment& environment) {
  Json libraries = Json::object();
  for (const auto& [name, version] : environment.libraries) libraries[name] = version;
  return {{"cpu", environment.cpu},
          {"simd", environment.simd},
          {"device_threads", environment.device_threads},
          {"l2_bytes", environment.l2_bytes},
          {"gpu", or_null(environment.gpu)},
          {"libraries", libraries},
          {"commit", environment.commit},
          {"command", environment.command},
          {"date", environment.date}};
}

std::string json_of(const Environment& environment, const std::vector<CaseResult>& results) {
  Json cases = Json::array();
  for (const CaseResult& result : results) cases.push_back(json_of(result));
  const Json json = {
      {"schema_version", kSchemaVersion}, {"environment", json_of(environment)}, {"cases", cases}};
  return json.dump(2) + "\n";
}

}  // namespace skim::bench
