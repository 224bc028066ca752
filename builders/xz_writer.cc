#include "builders/xz_writer.h"

#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// liblzma's encoder and the file behind it.
class XzWriter::Stream {
 public:
  explicit Stream(const std::filesystem::path& file)
      : name_(file.string()), out_(file, std::ios::binary) {
    if (!out_) {
      throw system_error(fmt::format("cannot write {}", name_), errno);
    }
    constexpr std::uint32_t kPreset = 6;  // A dictionary of 8 MiB.
    if (lzma_easy_encoder(&encoder_, kPreset, LZMA_CHECK_CRC32) != LZMA_OK) {
      throw Error(ErrorKind::kHost, "cannot start the xz encoder: not enough memory");
    }
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { lzma_end(&encoder_); }

  void code(std::string_view bytes, lzma_action action) {
    if (bytes.empty() && action == LZMA_RUN) {
      return;
    }
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    encoder_.next_in = input.data();
    encoder_.avail_in = input.size();
    lzma_ret result = LZMA_OK;
    do {
      encoder_.next_out = output_.data();
      encoder_.avail_out = output_.size();
      result = lzma_code(&encoder_, action);
      if (result != LZMA_OK && result != LZMA_STREAM_END) {
        throw Error(ErrorKind::kHost, fmt::format("cannot compress {}: liblzma says {}", name_,
                                                  static_cast<int>(result)));
      }
      std::copy(output_.data(), encoder_.next_out, std::ostreambuf_iterator<char>(out_));
    } while (encoder_.avail_in > 0 || (action == LZMA_FINISH && result != LZMA_STREAM_END));
    if (action == LZMA_FINISH) {
      out_.close();
    }
    if (!out_) {
      throw system_error(fmt::format("cannot write {}", name_), errno);
    }
  }

 private:
  std::string name_;
  std::ofstream out_;
  static constexpr std::size_t kBlock = 64U << 10U;
  std::vector<std::uint8_t> output_ = std::vector<std::uint8_t>(kBlock);
  lzma_stream encoder_ = LZMA_STREAM_INIT;
};

XzWriter::XzWriter(const std::filesystem::path& file) : stream_(std::make_unique<Stream>(file)) {}
XzWriter::~XzWriter() = default;

void XzWriter::write(std::string_view bytes) { stream_->code(bytes, LZMA_RUN); }
void XzWriter::close() { stream_->code({}, LZMA_FINISH); }

}  // namespace bootproof
