#include "inspectors/programs/varstore.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// EFI_FIRMWARE_VOLUME_HEADER (PI 1.7, volume 3, 3.2.1), without its block map.
struct VolumeHeader {
  std::array<std::uint8_t, 16> zero_vector;
  Guid file_system;
  Le64 volume_size;
  std::array<std::uint8_t, 4> signature;
  Le32 attributes;
  Le16 header_size;
  Le16 checksum;
  Le16 extended_header_offset;
  std::uint8_t reserved;
  std::uint8_t revision;
};
static_assert(sizeof(VolumeHeader) == 56);

/// VARIABLE_STORE_HEADER (edk2, MdeModulePkg/Include/Guid/VariableFormat.h).
struct StoreHeader {
  Guid signature;
  Le32 size;
  std::uint8_t format;
  std::uint8_t state;
  std::array<std::uint8_t, 6> reserved;
};
static_assert(sizeof(StoreHeader) == 28);

/// VARIABLE_HEADER and AUTHENTICATED_VARIABLE_HEADER (the same).
struct PlainHeader {
  Le16 start_id;
  std::uint8_t state;
  std::uint8_t reserved;
  Le32 attributes;
  Le32 name_size;
  Le32 data_size;
  Guid vendor;
};
static_assert(sizeof(PlainHeader) == 32);

struct AuthenticatedHeader {
  Le16 start_id;
  std::uint8_t state;
  std::uint8_t reserved;
  Le32 attributes;
  Le64 monotonic_count;
  std::array<std::uint8_t, 16> time_stamp;
  Le32 public_key_index;
  Le32 name_size;
  Le32 data_size;
  Guid vendor;
};
static_assert(sizeof(AuthenticatedHeader) == 60);

/// EFI_SIGNATURE_LIST (UEFI 2.10, 32.4.1).
struct ListHeader {
  Guid type;
  Le32 list_size;
  Le32 header_size;
  Le32 signature_size;
};
static_assert(sizeof(ListHeader) == 28);

constexpr std::string_view kNvData = "FFF12B8D-7696-4C8B-A985-2747075B4F50";
constexpr std::string_view kPlainStore = "DDCF3616-3275-4164-98B6-FE85707FFE7D";
constexpr std::string_view kAuthenticatedStore = "AAF32C78-947B-439A-A180-2E144EC37792";

constexpr std::string_view kGlobal = "8BE4DF61-93CA-11D2-AA0D-00E098032B8C";
constexpr std::string_view kImageSecurity = "D719B2CB-3D3A-4596-A3BC-DAD00E67656F";
constexpr std::string_view kSecureBootEnable = "F0A30BC7-AF08-4556-99C4-001009C93A44";
constexpr std::string_view kCustomMode = "C076EC0C-7028-4399-A072-71EE5C448B9F";
constexpr std::string_view kShimLock = "605DAB50-E046-4300-ABB6-3DD810DD8B23";

constexpr std::uint64_t kMostStoreBytes = std::uint64_t{16} << 20U;
constexpr std::size_t kMostStoredSignatures = 16384;
constexpr std::size_t kMostCertificates = 128;

struct TypeRow {
  std::string_view guid;
  std::string_view name;
};

constexpr std::array kTypes{
    TypeRow{kX509List, "X509"},
    TypeRow{kSha256List, "SHA256"},
    TypeRow{"826CA512-CF10-4AC9-B187-BE01496631BD", "SHA1"},
    TypeRow{"0B6E5233-A65C-44C9-9407-D9AB83BFC8BD", "SHA224"},
    TypeRow{"FF3E5307-9FD0-48C9-85F1-8AD56C701E01", "SHA384"},
    TypeRow{"093E0FAE-A6C4-4F50-9F1B-D41E2B89C19A", "SHA512"},
    TypeRow{"3C5766E8-269C-4E34-AA14-ED776E85B3B6", "RSA2048"},
    TypeRow{kX509Sha256List, "X509 SHA256"},
    TypeRow{"7076876E-80C2-4EE6-AAD2-28B349A6865B", "X509 SHA384"},
    TypeRow{"446DBF63-2502-4CDA-BCFA-2465D2B0FE9D", "X509 SHA512"},
};

/// What plain and authenticated headers have in common.
struct VariableRecord {
  std::uint8_t state = 0;
  std::uint32_t attributes = 0;
  std::uint64_t header_size = 0;
  std::uint32_t name_size = 0;
  std::uint32_t data_size = 0;
  Guid vendor{};
};

template <typename Header>
std::optional<VariableRecord> read_record(const ImageView& store, std::uint64_t offset) {
  constexpr std::uint16_t kStartId = 0x55AA;
  const auto header = read_struct<Header>(store, offset);
  if (!header || header->start_id.value() != kStartId) {
    return std::nullopt;
  }
  return VariableRecord{header->state,
                        header->attributes.value(),
                        sizeof(Header),
                        header->name_size.value(),
                        header->data_size.value(),
                        header->vendor};
}

/// Whether the words of the header add up to 0.
bool adds_up(const Bytes& header) {
  std::uint16_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) {
    sum = static_cast<std::uint16_t>(sum + header[i] + (unsigned{header[i + 1]} << 8U));
  }
  return sum == 0;
}

/// Reads the variables; those in deletion count where no newer one of their name is valid.
void read_variables(const ImageView& store, Varstore& result, Findings& findings) {
  constexpr std::uint8_t kAdded = 0x3F;
  constexpr std::uint8_t kInDeletion = 0x3E;
  constexpr std::uint64_t kAlignment = 4;
  const auto same_as = [](const Variable& a) {
    return [&a](const Variable& b) { return a.name == b.name && a.vendor == b.vendor; };
  };
  std::vector<Variable> in_deletion;
  std::uint64_t at = sizeof(StoreHeader);
  for (std::size_t count = 0; count < kMostVariables; ++count) {
    const auto record = result.is_authenticated ? read_record<AuthenticatedHeader>(store, at)
                                                : read_record<PlainHeader>(store, at);
    if (!record) {
      break;  // Erased flash: the end.
    }
    const std::uint64_t data_at = at + record->header_size + record->name_size;
    if (!store.contains(data_at, record->data_size)) {
      findings.add(
          rule("varstore.variable-outside"), store.image_offset(at), "variable store",
          fmt::format("a name of {} and data of {} bytes", record->name_size, record->data_size),
          fmt::format("inside the {} bytes that are left", store.size() - at));
      break;
    }
    if (record->state == kAdded || record->state == kInDeletion) {
      constexpr std::uint32_t kLongestName = 1024;
      Variable variable;
      variable.offset = store.image_offset(at);
      variable.name = printable_utf16(
          store.read(at + record->header_size, std::min(record->name_size, kLongestName)),
          ByteOrder::kLittle);
      variable.vendor = record->vendor;
      variable.attributes = record->attributes;
      variable.data =
          store.read(data_at, std::min<std::uint64_t>(record->data_size, kMostVariableBytes));
      (record->state == kAdded ? result.variables : in_deletion).push_back(std::move(variable));
    }
    at = (data_at + record->data_size + kAlignment - 1) / kAlignment * kAlignment;
  }
  for (Variable& variable : in_deletion) {
    if (std::none_of(result.variables.begin(), result.variables.end(), same_as(variable))) {
      result.variables.push_back(std::move(variable));
    }
  }
}

const Variable* find(const Varstore& store, std::string_view name, std::string_view vendor) {
  const auto found = std::find_if(
      store.variables.begin(), store.variables.end(),
      [&](const Variable& v) { return v.name == name && text_of(v.vendor) == vendor; });
  return found == store.variables.end() ? nullptr : &*found;
}

std::vector<SignatureList> lists_of(const Varstore& store, std::string_view name,
                                    std::string_view vendor, Findings& findings) {
  const Variable* const variable = find(store, name, vendor);
  if (variable == nullptr) {
    return {};
  }
  bool is_whole = false;
  std::vector<SignatureList> lists = read_signature_lists(variable->data, &is_whole);
  const std::string path = fmt::format("variable {}", name);
  if (!is_whole) {
    findings.add(rule("varstore.signature-list"), variable->offset, path,
                 fmt::format("{} lists, then other bytes", lists.size()),
                 "whole signature lists (UEFI 2.10, 32.4.1)");
  }
  for (const SignatureList& list : lists) {
    for (const StoredSignature& signature : list.signatures) {
      if (text_of(list.type) == kX509List && !signature.certificate) {
        findings.add(rule("varstore.unreadable-certificate"), variable->offset, path,
                     fmt::format("{} bytes that are no certificate", signature.data.size()),
                     "an X.509 certificate in DER");
        return lists;  // The others may be beyond what is read.
      }
    }
  }
  return lists;
}

std::optional<bool> flag_of(const Varstore& store, std::string_view name, std::string_view vendor) {
  const Variable* const variable = find(store, name, vendor);
  return variable == nullptr || variable->data.empty() ? std::nullopt
                                                       : std::optional(variable->data[0] == 1);
}

void read_keys(Varstore& store, Findings& findings) {
  store.pk = lists_of(store, "PK", kGlobal, findings);
  store.kek = lists_of(store, "KEK", kGlobal, findings);
  store.db = lists_of(store, "db", kImageSecurity, findings);
  store.dbx = lists_of(store, "dbx", kImageSecurity, findings);
  store.mok_list = lists_of(store, "MokList", kShimLock, findings);
  store.mok_listx = lists_of(store, "MokListX", kShimLock, findings);
  store.secure_boot_enable = flag_of(store, "SecureBootEnable", kSecureBootEnable);
  store.custom_mode = flag_of(store, "CustomMode", kCustomMode);
  store.shim_verifies = !flag_of(store, "MokSBState", kShimLock).value_or(false);
  if (const Variable* const level = find(store, "SbatLevel", kShimLock)) {
    store.sbat_level.assign(level->data.begin(), level->data.end());
  }
  const Variable* const db = find(store, "db", kImageSecurity);
  if (store.enforces_secure_boot() && db == nullptr) {
    const Variable* const pk = find(store, "PK", kGlobal);
    findings.add(rule("varstore.no-db"), pk->offset, "variable PK", "a platform key and no db",
                 "a db with the keys of what has to start");
  }
}

/// Judges the header of the volume; false where nothing behind it can be trusted.
bool judge_volume(const ImageView& file, const VolumeHeader& header, Findings& findings) {
  constexpr std::uint64_t kSizeField = 32;
  constexpr std::uint64_t kChecksumField = 50;
  constexpr std::string_view kPath = "firmware volume header";
  const Bytes bytes = file.read(0, header.header_size.value());
  if (bytes.size() < sizeof(VolumeHeader) || !adds_up(bytes)) {
    findings.add(rule("varstore.header-checksum"), file.image_offset(kChecksumField),
                 std::string(kPath), fmt::format("0x{:04X}", header.checksum.value()),
                 "words that add up to 0 (PI 1.7, volume 3, 3.2.1)");
    return bytes.size() >= sizeof(VolumeHeader);
  }
  if (header.volume_size.value() > file.size()) {
    findings.add(rule("varstore.truncated"), file.image_offset(kSizeField), std::string(kPath),
                 fmt::format("{} bytes", file.size()),
                 fmt::format("{} bytes", header.volume_size.value()));
  }
  return true;
}

}  // namespace

std::string signature_type_name(const Guid& type) {
  const std::string guid = text_of(type);
  const auto* const row =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& r) { return r.guid == guid; });
  return row == kTypes.end() ? guid : std::string(row->name);
}

std::vector<SignatureList> read_signature_lists(ByteSpan bytes, bool* is_whole) {
  MemoryImage source{bytes};
  const ImageView view(source);
  std::vector<SignatureList> lists;
  std::size_t signatures = 0;
  std::size_t certificates = 0;
  std::uint64_t at = 0;
  while (const auto header = read_struct<ListHeader>(view, at)) {
    const std::uint64_t list_size = header->list_size.value();
    const std::uint64_t before = sizeof(ListHeader) + std::uint64_t{header->header_size.value()};
    const std::uint64_t size = header->signature_size.value();
    if (list_size < before || list_size > view.size() - at || size <= sizeof(Guid)) {
      break;
    }
    SignatureList list;
    list.type = header->type;
    const bool is_x509 = text_of(list.type) == kX509List;
    for (std::uint64_t entry = before; entry + size <= list_size; entry += size) {
      if (++signatures > kMostStoredSignatures) {
        break;
      }
      StoredSignature signature;
      signature.owner = read_struct<Guid>(view, at + entry).value_or(Guid{});
      signature.data = view.read(at + entry + sizeof(Guid), size - sizeof(Guid));
      if (is_x509 && ++certificates <= kMostCertificates) {
        signature.certificate = read_certificate(signature.data);
      }
      list.signatures.push_back(std::move(signature));
    }
    lists.push_back(std::move(list));
    at += list_size;
  }
  if (is_whole != nullptr) {
    *is_whole = at == bytes.size();
  }
  return lists;
}

std::optional<Varstore> read_varstore(const ImageView& file, Findings& findings) {
  constexpr std::array<std::uint8_t, 4> kVolumeSignature{'_', 'F', 'V', 'H'};
  constexpr std::uint8_t kFormatted = 0x5A;
  constexpr std::uint8_t kHealthy = 0xFE;
  constexpr std::uint64_t kStoreSizeField = 16;
  constexpr std::uint64_t kStoreStateField = 20;
  constexpr std::uint64_t kLookedAt = std::uint64_t{64} << 10U;
  const Bytes begin = file.read(0, kLookedAt);
  if (!begin.empty() &&
      (is_blank(ByteSpan(begin)) ||
       std::all_of(begin.begin(), begin.end(), [](auto b) { return b == 0xFF; }))) {
    return Varstore{};
  }
  const auto volume = read_struct<VolumeHeader>(file, 0);
  if (!volume || volume->signature != kVolumeSignature || text_of(volume->file_system) != kNvData) {
    return std::nullopt;
  }
  Varstore result;
  if (!judge_volume(file, *volume, findings)) {
    return result;
  }
  const std::uint64_t at = volume->header_size.value();
  const auto header = read_struct<StoreHeader>(file, at);
  const std::string kind = header ? text_of(header->signature) : std::string();
  if (kind != kPlainStore && kind != kAuthenticatedStore) {
    findings.add(rule("varstore.store-header"), file.image_offset(at), "variable store",
                 kind.empty() ? "nothing" : kind, std::string(kAuthenticatedStore));
    return result;
  }
  result.is_authenticated = kind == kAuthenticatedStore;
  result.store_size = header->size.value();
  if (header->format != kFormatted || header->state != kHealthy) {
    findings.add(rule("varstore.store-state"), file.image_offset(at + kStoreStateField),
                 "variable store",
                 fmt::format("format 0x{:02X}, state 0x{:02X}", header->format, header->state),
                 "format 0x5A, state 0xFE");
    return result;
  }
  const std::uint64_t volume_size = volume->volume_size.value();
  if (volume_size < at || result.store_size > volume_size - at) {
    findings.add(rule("varstore.store-outside"), file.image_offset(at + kStoreSizeField),
                 "variable store", fmt::format("{} bytes", result.store_size),
                 fmt::format("inside the volume of {} bytes", volume_size));
  }
  read_variables(file.subview(at, std::min(result.store_size, kMostStoreBytes)), result, findings);
  read_keys(result, findings);
  return result;
}

}  // namespace bootproof::inspectors
