#include "text.h"

#include <fmt/format.h>

#include <sstream>

namespace skim::bench {

std::string us_text(double us) {
  if (us < 10) return fmt::format("{:.2f}", us);
  return us < 1000 ? fmt::format("{:.1f}", us) : fmt::format("{:.0f}", us);
}

std::string paragraph(std::string_view start, std::string_view text, std::size_t indent) {
  std::string lines;
  std::string line = fmt::format("{:<{}}", start, indent);
  bool empty = true;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (!empty && line.size() + 1 + word.size() > kTextWidth) {
      lines += line + "\n";
      line.assign(indent, ' ');
      empty = true;
    }
    line += empty ? word : " " + word;
    empty = false;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return lines + line + "\n";
}

}  // namespace skim::bench
