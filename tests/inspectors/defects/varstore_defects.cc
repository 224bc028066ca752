#include <utility>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kStore = 72;
constexpr std::uint64_t kFirstVariable = kStore + 28;
constexpr std::size_t kDb = 5;  // In sample_variables().

Bytes damaged(const Damage& damage) { return with_damage(varstore_of(sample_variables()), damage); }

Bytes with_db(Bytes data) {
  std::vector<SampleVariable> variables = sample_variables();
  variables[kDb].data = std::move(data);
  return varstore_of(variables);
}

}  // namespace

std::vector<Defect> varstore_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes file, std::string_view rule) {
    defects.push_back({std::move(name), std::move(file), rule});
  };
  add("HeaderChecksum", damaged([](Patch& p) { p.le16(50, 0x1234); }), "varstore.header-checksum");
  Bytes cut = varstore_of(sample_variables());
  cut.resize(8192);
  add("Cut", std::move(cut), "varstore.truncated");
  add("StoreHeader", damaged([](Patch& p) { p.u8(kStore, 0); }), "varstore.store-header");
  add("StoreNotFormatted", damaged([](Patch& p) { p.u8(kStore + 20, 0xFF); }),
      "varstore.store-state");
  add("StoreNotHealthy", damaged([](Patch& p) { p.u8(kStore + 21, 0xFC); }),
      "varstore.store-state");
  add("StoreTooLarge", damaged([](Patch& p) { p.le32(kStore + 16, 0x10000); }),
      "varstore.store-outside");
  add("VariableTooLarge", damaged([](Patch& p) { p.le32(kFirstVariable + 40, 0xFFFFFFFF); }),
      "varstore.variable-outside");
  Bytes list = x509_list(ca_certificate());
  list.resize(list.size() + 5);
  add("BytesBehindList", with_db(list), "varstore.signature-list");
  Patch(list).le32(16, 0xFFFFFFFF);
  add("ListTooLarge", with_db(std::move(list)), "varstore.signature-list");
  add("UnreadableCertificate", with_db(x509_list(bytes_of("no certificate"))),
      "varstore.unreadable-certificate");
  std::vector<SampleVariable> without_db = sample_variables();
  without_db.erase(without_db.begin() + kDb);
  add("NoDb", varstore_of(without_db), "varstore.no-db");
  return defects;
}

}  // namespace bootproof::testing
