// Texts for people: times, and paragraphs behind a word in the margin.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skim::bench {

inline constexpr std::size_t kTextWidth = 99;

std::string us_text(double us);  // "4.19", "36.6", "1840"

// `start`, padded to `indent` columns, then `text`, broken between words where a line would be
// longer than kTextWidth; further lines begin in the same column. Ends with a line's end.
std::string paragraph(std::string_view start, std::string_view text, std::size_t indent = 11);

}  // namespace skim::bench
