// Options of a caller that was compiled against an older or newer skim/skim.h.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "skim/error.h"
#include "skim/skim.h"

namespace skim {

// `known` holds the defaults of this version; `type_name` is the name of the struct.
template <class Options>
Options read_options(const char* type_name, const Options& options, Options known) {
  const std::size_t given = options.struct_size;
  if (given < sizeof(options.struct_size) || given > 4096) {
    throw InvalidRequest(
        fmt::format("options->struct_size = {} is not the size of {}; set it to sizeof({})", given,
                    type_name, type_name));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(&options);
  for (std::size_t i = sizeof(known); i < given; ++i) {
    if (bytes[i] != 0) {
      throw InvalidRequest(
          fmt::format("options has a field at byte {} that version {} of skim does not know; zero "
                      "it or update skim",
                      i, SKIM_VERSION_STRING));
    }
  }
  std::memcpy(&known, &options, std::min(given, sizeof(known)));
  if constexpr (requires { known.reserved; }) {
    if (known.reserved != 0) {
      throw InvalidRequest(
          fmt::format("options->reserved = {} must be 0; begin with the initialiser of {}",
                      known.reserved, type_name));
    }
  }
  return known;
}

// A field that numbers choices from 0.
inline void check_choice(const char* name, std::int32_t value, std::int32_t last) {
  if (value >= 0 && value <= last) return;
  throw InvalidRequest(fmt::format("options->{} = {} is not a choice; set it to 0 {} {}", name,
                                   value, last == 1 ? "or" : "to", last));
}

}  // namespace skim
