#include "phases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

#include "text.h"

namespace skim::bench {
namespace {

using Cycles = std::span<const std::int64_t>;  // of a CTA, one a phase

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

std::int64_t sum(Cycles cta) { return std::accumulate(cta.begin(), cta.end(), std::int64_t{0}); }

// Those who write results got through all phases; of several, the slowest made the row wait.
bool finishes_after(Cycles cta, Cycles other) {
  const bool wrote = cta.back() > 0;
  return wrote != (other.back() > 0) ? wrote : sum(cta) > sum(other);
}

struct Ctas {
  std::vector<Cycles> all;
  std::vector<Cycles> finishing;  // one a row
};

Ctas ctas_of(const PhaseRecords& records) {
  Ctas ctas;
  for (const std::vector<std::int64_t>& call : records.calls) {
    for (std::size_t at = 0; at < call.size(); at += kMostPhases) {
      const Cycles cta(call.data() + at, records.names.size());
      const bool first_of_row = ctas.all.size() % static_cast<std::size_t>(records.ctas) == 0;
      ctas.all.push_back(cta);
      if (first_of_row) {
        ctas.finishing.push_back(cta);
      } else if (finishes_after(cta, ctas.finishing.back())) {
        ctas.finishing.back() = cta;
      }
    }
  }
  return ctas;
}

template <class CyclesOf>
double median_over(const std::vector<Cycles>& ctas, CyclesOf cycles_of) {
  std::vector<double> numbers;
  numbers.reserve(ctas.size());
  for (const Cycles cta : ctas) numbers.push_back(static_cast<double>(cycles_of(cta)));
  return median(std::move(numbers));
}

template <class CyclesOf>
PhaseMedian median_phase(std::string name, const Ctas& ctas, CyclesOf cycles_of) {
  return {std::move(name), median_over(ctas.finishing, cycles_of),
          median_over(ctas.all, cycles_of)};
}

std::string us_of(double cycles, std::optional<int> megahertz) {
  return megahertz ? fmt::format("{:.2f}", cycles / *megahertz) : "";
}

std::string row_of(const PhaseMedian& phase, const PhaseProfile& profile) {
  std::string row = fmt::format("  {:<16} {:>10.0f}", phase.name, phase.finishing);
  if (profile.records.ctas > 1) row += fmt::format(" {:>10.0f}", phase.all);
  return row + fmt::format(" {:>8}\n", us_of(phase.finishing, profile.megahertz));
}

std::string heading(const PhaseProfile& profile) {
  std::string text = fmt::format("  {:<16} {:>10}", "phase", "cycles");
  if (profile.records.ctas > 1) text += fmt::format(" {:>10}", "all CTAs");
  return text + fmt::format(" {:>8}\n", profile.megahertz ? "us" : "");
}

std::string footnote(const PhaseProfile& profile) {
  std::string text =
      fmt::format("medians over the rows of {} calls, ", profile.records.calls.size());
  text += profile.records.ctas > 1
              ? fmt::format("of the CTA that finishes a row and of all {}; ", profile.records.ctas)
              : "of the first row of each CTA; ";
  text += profile.megahertz
              ? fmt::format("multiprocessors at {} MHz; ", *profile.megahertz)
              : "no microseconds, because NVML does not say what the multiprocessors run at; ";
  return paragraph("",
                   text +
                       "the rest of a call is its launch, its end and waiting for a "
                       "multiprocessor, and a clock that is read takes time of its own",
                   2);
}

}  // namespace

PhaseMedians medians_of(const PhaseRecords& records) {
  const Ctas ctas = ctas_of(records);
  PhaseMedians medians;
  for (std::size_t phase = 0; phase < records.names.size(); ++phase) {
    medians.phases.push_back(
        median_phase(records.names[phase], ctas, [phase](Cycles cta) { return cta[phase]; }));
  }
  medians.together = median_phase("together", ctas, sum);
  return medians;
}

std::string table_of(const PhaseProfile& profile) {
  const PhaseMedians medians = medians_of(profile.records);
  std::string text = fmt::format("{}\n{}", profile.plan, heading(profile));
  for (const PhaseMedian& phase : medians.phases) text += row_of(phase, profile);
  text += row_of(medians.together, profile);
  const int width = profile.records.ctas > 1 ? 38 : 27;
  text +=
      fmt::format("  {:<{}} {:>8}\n", "one call", width, fmt::format("{:.2f}", profile.call_us));
  return text + footnote(profile);
}

std::string json_of(const Environment& environment, const PhaseProfile& profile) {
  const auto json_of_phase = [&](const PhaseMedian& phase) {
    OrderedJson json = {{"name", phase.name},
                        {"cycles_of_finishing_cta", phase.finishing},
                        {"cycles_of_all_ctas", phase.all}};
    if (profile.megahertz) json["us"] = phase.finishing / *profile.megahertz;
    return json;
  };
  const PhaseMedians medians = medians_of(profile.records);
  OrderedJson phases = OrderedJson::array();
  for (const PhaseMedian& phase : medians.phases) phases.push_back(json_of_phase(phase));
  const Case& bench_case = profile.bench_case;
  const OrderedJson json = {
      {"environment", json_of(environment)},
      {"profile",
       {{"rows", bench_case.rows},
        {"cols", bench_case.cols},
        {"k", bench_case.k},
        {"dtype", skim::name_of(bench_case.dtype)},
        {"input", input_name(bench_case)},
        {"plan", profile.plan},
        {"ctas_of_a_row", profile.records.ctas},
        {"calls", profile.records.calls.size()},
        {"sm_clock_mhz", profile.megahertz ? OrderedJson(*profile.megahertz) : OrderedJson()},
        {"phases", phases},
        {"together", json_of_phase(medians.together)},
        {"call_us", profile.call_us}}}};
  return json.dump(2) + "\n";
}

}  // namespace skim::bench
