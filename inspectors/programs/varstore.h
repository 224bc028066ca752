#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/guid.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/certificate.h"

namespace bootproof::inspectors {

/// An EFI_SIGNATURE_DATA (UEFI 2.10, 32.4.1).
struct StoredSignature {
  Guid owner{};
  Bytes data;                              ///< A certificate in DER, or a digest.
  std::optional<Certificate> certificate;  ///< Where it is an X.509 certificate that can be read.
};

/// An EFI_SIGNATURE_LIST (UEFI 2.10, 32.4.1).
struct SignatureList {
  Guid type{};
  std::vector<StoredSignature> signatures;
};

/// Types of signature lists, as text_of gives them.
constexpr std::string_view kX509List = "A5C059A1-94E4-4AA7-87B5-AB155C2BF072";
constexpr std::string_view kSha256List = "C1C41626-504C-4092-ACA9-41F936934328";
constexpr std::string_view kX509Sha256List = "3BD2A492-96C0-4079-B420-FCF98EF103ED";

/// "X509", "SHA256", ... or the GUID.
std::string signature_type_name(const Guid& type);

/// A variable that is valid, neither deleted nor half written.
struct Variable {
  std::uint64_t offset = 0;  ///< In the file.
  std::string name;          ///< Printable.
  Guid vendor{};
  std::uint32_t attributes = 0;
  Bytes data;  ///< At most kMostVariableBytes.
};

/// A flash image with the variables of edk2's OVMF or AAVMF.
struct Varstore {
  std::uint64_t store_size = 0;   ///< Of the variable store, in bytes.
  bool is_authenticated = false;  ///< Whether it can hold Secure Boot's variables.
  std::vector<Variable> variables;
  std::vector<SignatureList> pk;
  std::vector<SignatureList> kek;
  std::vector<SignatureList> db;
  std::vector<SignatureList> dbx;
  std::vector<SignatureList> mok_list;   ///< MokList, shim's own.
  std::vector<SignatureList> mok_listx;  ///< MokListX: what shim refuses.
  /// SecureBootEnable; nothing where it was never set, which is as good as on.
  std::optional<bool> secure_boot_enable;
  std::optional<bool> custom_mode;  ///< CustomMode.
  bool shim_verifies = true;        ///< Whether shim verifies: MokSBState does not say no.
  std::string sbat_level;           ///< SbatLevel, text as it is; empty where there is none.

  /// No platform key: nothing is enforced, and anybody may enrol keys.
  [[nodiscard]] bool is_in_setup_mode() const { return pk.empty(); }
  /// Whether firmware verifies what it starts.
  [[nodiscard]] bool enforces_secure_boot() const {
    return !is_in_setup_mode() && secure_boot_enable.value_or(true);
  }
};

/// The most variables, and the most bytes of one, that are read.
constexpr std::size_t kMostVariables = 4096;
constexpr std::uint64_t kMostVariableBytes = std::uint64_t{1} << 20U;

/// Gives the keys with which Secure Boot is judged, or null where they are not known. Asked only
/// where a program is to be verified: reading keys costs more than reading most media.
using KeySource = std::function<const Varstore*()>;

/// Reads a varstore: the firmware volume (PI 1.7, volume 3, 3.2.1), its variable store and
/// variables. Nothing where the file is none. A blank file is one without variables: firmware
/// formats it (AAVMF_VARS.fd is such a file).
std::optional<Varstore> read_varstore(const ImageView& file, Findings& findings);

/// Reads a sequence of signature lists, as PK, KEK, db and dbx hold them. What doesn't fit is left
/// out; `is_whole`, where given, says whether all was read.
std::vector<SignatureList> read_signature_lists(ByteSpan bytes, bool* is_whole = nullptr);

}  // namespace bootproof::inspectors
