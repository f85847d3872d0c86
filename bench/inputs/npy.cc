// The .npy format, as far as real logits need it:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <bit>
#include <cstdint>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "inputs/inputs.h"

namespace skim::bench {
namespace {

static_assert(std::endian::native == std::endian::little, "load_npy copies little-endian elements");

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw std::runtime_error("'" + path + "' " + what +
                           "; pass a C-order two-dimensional .npy file of float16 or float32");
}

std::string read_exactly(std::ifstream& file, const std::string& path, std::size_t count) {
  std::string bytes(count, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(count))) {
    refuse(path, "ends before its .npy header does");
  }
  return bytes;
}

std::string read_header(std::ifstream& file, const std::string& path) {
  const std::string start = read_exactly(file, path, 8);
  if (std::string_view(start).substr(0, 6) != "\x93NUMPY") refuse(path, "is not a .npy file");
  const int major = static_cast<unsigned char>(start[6]);
  if (major < 1 || major > 3) refuse(path, "has the unknown .npy version " + std::to_string(major));
  const std::string length_bytes = read_exactly(file, path, major == 1 ? 2 : 4);
  std::size_t length = 0;
  for (auto byte = length_bytes.rbegin(); byte != length_bytes.rend(); ++byte) {
    length = length * 256 + static_cast<unsigned char>(*byte);
  }
  if (length > 65536) refuse(path, "has a header of " + std::to_string(length) + " bytes");
  return read_exactly(file, path, length);
}

DType dtype_of_header(const std::string& header, const std::string& path) {
  std::smatch found;
  if (!std::regex_search(header, found, std::regex("'descr': *'([^']*)'"))) {
    refuse(path, "names no dtype in its header");
  }
  if (found[1] == "<f2") return DType::f16;
  if (found[1] == "<f4") return DType::f32;
  refuse(path, "has the dtype '" + found[1].str() + "'");
}

std::int64_t size_of_header(const std::ssub_match& digits, const std::string& path) {
  try {
    return std::stoll(digits.str());
  } catch (const std::out_of_range&) {
    refuse(path, "has a dimension of " + digits.str());
  }
}

}  // namespace

Matrix load_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, "cannot be opened");
  const std::string header = read_header(file, path);
  const DType dtype = dtype_of_header(header, path);
  if (header.find("'fortran_order': False") == std::string::npos) refuse(path, "is not in C order");
  std::smatch shape;
  if (!std::regex_search(header, shape, std::regex(R"('shape': *\((\d+), *(\d+),?\))"))) {
    refuse(path, "does not have two dimensions");
  }
  Matrix matrix(dtype, size_of_header(shape[1], path), size_of_header(shape[2], path));
  file.read(static_cast<char*>(matrix.data()), static_cast<std::streamsize>(matrix.bytes()));
  if (static_cast<std::size_t>(file.gcount()) != matrix.bytes()) {
    refuse(path, "holds " + std::to_string(file.gcount()) +
                     " bytes of elements where its shape needs " + std::to_string(matrix.bytes()));
  }
  if (file.peek() != std::ifstream::traits_type::eof())
    refuse(path, "holds more than its shape says");
  return matrix;
}

}  // namespace skim::bench
