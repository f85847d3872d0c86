#include "saved_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "report.h"

namespace skim::bench {
namespace {

using Json = nlohmann::json;

template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw std::invalid_argument(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// Empty where the file has no such field, or null.
template <class T>
std::optional<T> optional_field(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

// Schema 1 had names with a comma, which --paths cannot name.
std::string path_name(const std::string& name) {
  return name == "CUB DeviceBatchedTopK, ties by index" ? "CUB DeviceBatchedTopK (ties by index)"
                                                        : name;
}

Status parse_status(const std::string& name) {
  for (const Status status : {Status::ok, Status::not_applicable, Status::wrong, Status::error}) {
    if (name_of(status) == name) return status;
  }
  refuse("status is '{}'", name);
}

Timing timing_of(const Json& json) {
  Timing timing;
  timing.median_us = json.at("median_us").get<double>();
  timing.spread = json.at("spread").get<double>();
  timing.fastest_us = json.value("fastest_us", timing.median_us);
  timing.samples = json.value("samples", 0);
  timing.calls_per_sample = json.value("calls_per_sample", std::int64_t{0});
  return timing;
}

PathResult path_of(const Json& json) {
  PathResult path;
  path.name = path_name(json.at("name").get<std::string>());
  path.version = json.value("version", "");
  path.labels = json.value("labels", std::vector<std::string>{});
  path.own_kernel = json.value("own_kernel", false);
  path.status = parse_status(json.at("status").get<std::string>());
  path.message = json.value("message", "");
  path.not_captured = json.value("not_captured", "");
  path.host_us = optional_field<double>(json, "host_us");
  path.wrong_on = optional_field<std::vector<std::string>>(json, "wrong_on");
  if (path.status == Status::ok) path.timing = timing_of(json.at("timing"));
  return path;
}

SamplingSettings sampling_of(const Json& json) {
  return {json.at("temperature").get<float>(),
          json.at("top_k").get<std::int32_t>(),
          json.at("top_p").get<float>(),
          json.at("min_p").get<float>(),
          parse_order(json.at("order").get<std::string>()),
          parse_logprobs(json.at("logprobs").get<std::string>())};
}

CaseResult case_of(const Json& json) {
  CaseResult result;
  result.bench_case = {json.at("rows").get<std::int64_t>(), json.at("cols").get<std::int64_t>(),
                       json.at("k").get<std::int64_t>(),
                       parse_dtype(json.at("dtype").get<std::string>()),
                       parse_input(json.at("input").get<std::string>())};
  if (const auto sampling = optional_field<Json>(json, "sampling")) {
    result.bench_case.sampling = sampling_of(*sampling);
  }
  result.device = json.at("device").get<std::string>();
  result.threads = json.value("threads", 1);
  result.mode = parse_buffer_mode(json.at("mode").get<std::string>());
  result.inputs = json.value("inputs", 0);
  result.distinct_inputs = json.value("distinct_inputs", result.inputs);
  if (const auto floor = optional_field<Json>(json, "floor")) {
    result.floor = FloorResult{floor->value("variant", ""), timing_of(*floor)};
  }
  if (const auto launch = optional_field<Json>(json, "launch")) result.launch = timing_of(*launch);
  for (const Json& path : json.at("paths")) result.paths.push_back(path_of(path));
  return result;
}

GpuEnvironment gpu_of(const Json& json) {
  GpuEnvironment gpu;
  gpu.name = json.at("name").get<std::string>();
  gpu.driver = json.value("driver", "unknown");
  gpu.cuda = json.value("cuda", "unknown");
  gpu.runtime = json.value("runtime", "unknown");
  gpu.multiprocessors = json.value("multiprocessors", 0);
  gpu.l2_bytes = json.value("l2_bytes", 0LL);
  return gpu;
}

Environment environment_of(const Json& json) {
  Environment environment;
  environment.cpu = json.at("cpu").get<std::string>();
  environment.simd = json.value("simd", "");
  environment.device_threads = json.value("device_threads", 1);
  environment.l2_bytes = json.value("l2_bytes", 0LL);
  if (const auto gpu = optional_field<Json>(json, "gpu")) environment.gpu = gpu_of(*gpu);
  environment.commit = json.at("commit").get<std::string>();
  environment.command = json.value("command", "");
  environment.date = json.at("date").get<std::string>();
  return environment;
}

void require_schema(const Json& json, const std::string& file) {
  const Json version = json.is_object() ? json.value("schema_version", Json()) : Json();
  if (version.is_number_integer() && version >= kOldestSchema && version <= kSchemaVersion) return;
  refuse(
      "'{}' has schema version {}, and this program reads {} to {}: measure again with "
      "`skim bench --json`",
      file, version.is_null() ? "none" : version.dump(), kOldestSchema, kSchemaVersion);
}

std::string text_of_file(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (std::filesystem::is_directory(file) || !(text << stream.rdbuf())) {
    refuse("'{}' cannot be read: name a file of `skim bench --json`", file);
  }
  return text.str();
}

Json json_in(std::string_view text, const std::string& file) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) refuse("'{}' is not JSON: name a file of `skim bench --json`", file);
  return json;
}

// What other commands write says what it is: "crossover", "cliffs".
bool is_of_another_kind(const Json& json) { return json.is_object() && json.contains("kind"); }

SavedRun run_of(const Json& json, const std::string& file) {
  if (is_of_another_kind(json)) {
    refuse("'{}' holds {}, not cases: name a file of `skim bench --json`", file,
           json.at("kind").dump());
  }
  require_schema(json, file);
  try {
    SavedRun run;
    run.file = file;
    run.environment = environment_of(json.at("environment"));
    for (const Json& one : json.at("cases")) run.cases.push_back(case_of(one));
    return run;
  } catch (const std::exception& error) {
    refuse("'{}' is not a result of `skim bench --json`: {}", file, error.what());
  }
}

}  // namespace

SavedRun parse_results(std::string_view text, const std::string& file) {
  return run_of(json_in(text, file), file);
}

SavedRun read_results(const std::string& file) { return parse_results(text_of_file(file), file); }

std::vector<SavedRun> read_results_folder(const std::string& folder) {
  if (!std::filesystem::is_directory(folder)) {
    refuse("'{}' is not a folder: name one that holds results with --results", folder);
  }
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<SavedRun> runs;
  runs.reserve(files.size());
  for (const std::string& file : files) {
    const Json json = json_in(text_of_file(file), file);
    if (!is_of_another_kind(json)) runs.push_back(run_of(json, file));
  }
  return runs;
}

std::string short_name(const SavedRun& run) {
  const std::filesystem::path path(run.file);
  return (path.parent_path().filename() / path.filename()).string();
}

std::string origin_of(const SavedRun& run) {
  return fmt::format("commit {}, {}", run.environment.commit, run.environment.date.substr(0, 10));
}

std::string machine_of(const Environment& environment, std::string_view device) {
  if (device == "cpu") return fmt::format("{} ({})", environment.cpu, environment.simd);
  return environment.gpu ? environment.gpu->name : "no GPU";
}

}  // namespace skim::bench
