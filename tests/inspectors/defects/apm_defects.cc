#include "tests/inspectors/defects.h"
#include "tests/inspectors/iso_sample.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kFirst = 2048;
constexpr std::uint64_t kSecond = 4096;

Bytes damaged(const Damage& damage) { return with_damage(hybrid_iso_with_apm(), damage); }

}  // namespace

std::vector<Defect> apm_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("BlocksOf512", damaged([](Patch& p) { p.u8(2, 2); }), "apm.block-size");
  add("SecondEntryBlank", damaged([](Patch& p) { p.fill(kSecond, 512, 0); }), "apm.entry-missing");
  add("ManyEntries",
      damaged([](Patch& p) { p.be32(kFirst + 4, 0xFFFFFFFF).be32(kSecond + 4, 0xFFFFFFFF); }),
      "apm.entry-missing");
  add("CountsDisagree", damaged([](Patch& p) { p.be32(kSecond + 4, 3); }), "apm.map-count");
  add("NoDriverDescriptor", damaged([](Patch& p) { p.text(0, "\x33\xED"); }),
      "apm.no-driver-descriptor");
  add("Outside", damaged([](Patch& p) { p.be32(kSecond + 12, 0xFFFFFFFF); }),
      "apm.partition-outside");
  add("JustOutside", damaged([](Patch& p) { p.be32(kSecond + 12, 19); }), "apm.partition-outside");
  return defects;
}

}  // namespace bootproof::testing
