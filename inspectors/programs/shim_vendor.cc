#include <fmt/format.h>

#include <array>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/programs/secure_boot.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// The table at the begin of .vendor_cert (shim's cert.S): sizes and offsets from the section's
/// begin of what the vendor allows and refuses.
struct VendorTable {
  Le32 db_size;
  Le32 dbx_size;
  Le32 db_offset;
  Le32 dbx_offset;
};
static_assert(sizeof(VendorTable) == 16);

constexpr std::string_view kSection = ".vendor_cert";

/// A certificate in DER, or signature lists: shim is built with either.
bool take_keys(const Bytes& bytes, std::vector<Certificate>& certificates,
               std::vector<Bytes>& digests) {
  constexpr std::uint8_t kDerSequence = 0x30;
  if (bytes.empty()) {
    return true;
  }
  if (bytes.front() == kDerSequence) {
    if (auto certificate = read_certificate(bytes)) {
      certificates.push_back(std::move(*certificate));
      return true;
    }
  }
  bool is_whole = false;
  for (SignatureList& list : read_signature_lists(bytes, &is_whole)) {
    const std::string type = text_of(list.type);
    for (StoredSignature& signature : list.signatures) {
      if (signature.certificate) {
        certificates.push_back(std::move(*signature.certificate));
      } else if (type == kSha256List) {
        digests.push_back(std::move(signature.data));
      } else if (type == kX509List) {
        is_whole = false;
      }
    }
  }
  return is_whole;
}

}  // namespace

bool is_shim(const PeImage& pe) { return pe.section(kSection) != nullptr; }

ShimVendor read_shim_vendor(const ImageView& shim, const PeImage& pe, const std::string& path,
                            Findings& findings) {
  ShimVendor vendor;
  const PeSection* const section = pe.section(kSection);
  if (section == nullptr || !shim.contains(section->raw_offset, section->content_size())) {
    return vendor;  // A section outside the file is a finding of read_pe().
  }
  const ImageView view = content_of(shim, *section);
  const std::string where = fmt::format("{}, section {}", path, kSection);
  const auto table = read_struct<VendorTable>(view, 0);
  const auto is_inside = [&](const Le32& offset, const Le32& size) {
    return size.value() == 0 || view.contains(offset.value(), size.value());
  };
  if (!table || !is_inside(table->db_offset, table->db_size) ||
      !is_inside(table->dbx_offset, table->dbx_size)) {
    findings.add(rule("secure-boot.vendor-table"), view.offset(), where,
                 table ? fmt::format("{} bytes from {}, {} bytes from {}", table->db_size.value(),
                                     table->db_offset.value(), table->dbx_size.value(),
                                     table->dbx_offset.value())
                       : "no table",
                 fmt::format("inside the section of {} bytes", view.size()));
    return vendor;
  }
  const bool is_db_good = take_keys(view.read(table->db_offset.value(), table->db_size.value()),
                                    vendor.db_certificates, vendor.db_digests);
  const bool is_dbx_good = take_keys(view.read(table->dbx_offset.value(), table->dbx_size.value()),
                                     vendor.dbx_certificates, vendor.dbx_digests);
  if (!is_db_good || !is_dbx_good) {
    findings.add(
        rule("secure-boot.vendor-certificate"),
        view.image_offset(is_db_good ? table->dbx_offset.value() : table->db_offset.value()), where,
        "other bytes", "an X.509 certificate in DER, or signature lists");
  }
  return vendor;
}

}  // namespace bootproof::inspectors
