#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "inspectors/image_view.h"
#include "inspectors/programs/compression.h"

namespace bootproof::inspectors {

/// What a decoder gave.
struct DecoderStep {
  std::size_t size = 0;          ///< Bytes written.
  std::optional<UnpackEnd> end;  ///< Set where nothing follows them.
};

/// One stream of one format, by the library that knows it.
class Unpacker::Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Fills the begin of `into`, which is not empty. Gives no step without bytes or an end.
  virtual DecoderStep read(std::span<std::uint8_t> into) = 0;
  /// Bytes of the input that were used.
  [[nodiscard]] virtual std::uint64_t consumed() const = 0;
  [[nodiscard]] virtual bool is_nested() const { return false; }
};

/// The decoder for a format; null where there is none.
std::unique_ptr<Unpacker::Decoder> make_decoder(const ImageView& input, Compression compression);

}  // namespace bootproof::inspectors
