// The command line, parsed and resolved into cases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cases.h"
#include "clock.h"

namespace skim::bench {

enum class Command : std::uint8_t { bench, explain, verify, crossover, cliffs, info };

// Ascending; empty for the usual ones.
struct GridOptions {
  std::vector<std::int64_t> rows, cols, ks;
  DType dtype = DType::bf16;
};

struct Options {
  Command command = Command::info;
  std::string command_line;
  Operation operation = Operation::topk;  // bench
  std::vector<Case> cases;
  bool shapes_given = false;  // by --sweep, --batch, --vocab, --k or --dtype
  bool inputs_given = false;  // by --dist
  std::vector<std::string> paths;
  bool cuda = false;
  bool device_given = false;  // by --device, not by what is there
  int threads = 1;
  BufferMode mode = BufferMode::cold;
  int rounds = 25;
  std::uint64_t seed = 0;
  bool strict = false;
  bool worst = false;
  bool profile = false;
  std::string json;
  std::string data;     // the file of real logits; empty: the shipped one
  std::string compare;  // an earlier run's file
  std::string gpu;      // explain: the GPU to plan for, here or not
  std::string results;  // explain: the folder of measured results; empty: the shipped one
  std::string shapes;   // crossover: of one's own, as text
  std::string plans;    // crossover: for those shapes
  std::vector<std::string> boundaries;  // crossover: only those that begin so; empty: all
  GridOptions cliffs;
  std::string from;                   // cliffs: a file to compare in place of measuring
  std::optional<Matrix> real_logits;  // loaded where a case needs them
};

// Thrown for --help and --version: not an error; `text` goes to standard output.
struct HelpRequested {
  std::string text;
};

// Throws std::invalid_argument with one sentence on wrong usage.
Options parse_options(int argc, const char* const* argv);

}  // namespace skim::bench
