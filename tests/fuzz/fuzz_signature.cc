// Stripped console text in any bytes and cuts: what it proves does not depend on the cuts.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/diagnosis/signature.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using bootproof::Finding;
using bootproof::SignatureWatch;
using bootproof::fuzz::require;

bool are_same(const std::optional<Finding>& a, const std::optional<Finding>& b) {
  return a.has_value() == b.has_value() &&
         (!a || (a->signature == b->signature && a->proof == b->proof && a->line == b->line &&
                 a->evidence == b->evidence));
}

}  // namespace

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::size_t cut = std::size_t{data[0]} + 1;
  const std::string bytes(data + 1, data + size);
  const std::string_view text = bytes;

  // Both end with a finished line: what an unfinished one proves may depend on how often it was
  // looked at.
  SignatureWatch whole;
  whole.add_text(text);
  whole.add_text("\n");
  SignatureWatch pieces;
  SignatureWatch screen;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    pieces.add_text(text.substr(at, cut));
    static_cast<void>(pieces.countdown());
    if (cut > 16) {
      screen.show_screen(text.substr(0, at));
      static_cast<void>(screen.certain({}));
      static_cast<void>(screen.settled({}));
    }
  }
  pieces.add_text("\n");
  require(are_same(whole.certain({}), pieces.certain({})));
  // A prompt may have stood alone for a moment and been a stage then; what settles depends on the
  // stage.
  if (whole.stage() == pieces.stage()) {
    require(are_same(whole.settled({}), pieces.settled({})));
  }
  require(
      are_same(whole.explanation("machine.silent", {}), pieces.explanation("machine.silent", {})));
  return 0;
}
