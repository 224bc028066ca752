#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/authenticode.h"
#include "inspectors/programs/pe.h"
#include "inspectors/programs/sbat.h"
#include "inspectors/programs/varstore.h"

namespace bootproof::inspectors {

/// What becomes of a program where Secure Boot is asked.
enum class SecureBootVerdict : std::uint8_t {
  kStarts,       ///< It is verified and starts.
  kRefused,      ///< It is refused.
  kNotEnforced,  ///< It starts, since nothing is verified: setup mode, or switched off.
};

/// "starts", "refused", "not enforced".
std::string_view name_of(SecureBootVerdict verdict);

/// A verdict and why, in a printable sentence: "signed by CN=A, which chains to db entry CN=B".
struct SecureBootAnswer {
  SecureBootVerdict verdict = SecureBootVerdict::kRefused;
  std::string reason;

  [[nodiscard]] bool starts() const { return verdict != SecureBootVerdict::kRefused; }
};

/// Whether firmware with this varstore starts a program (UEFI 2.10, 32.5.3; edk2's
/// DxeImageVerificationLib). Reads the whole file: it is hashed.
SecureBootAnswer secure_boot_answer(const ImageView& file, const PeImage& pe,
                                    const Varstore& varstore);

/// The certificates that a shim was built with: its section .vendor_cert (shim's cert.S).
struct ShimVendor {
  std::vector<Certificate> db_certificates;  ///< One, or those of a signature list.
  std::vector<Bytes> db_digests;             ///< SHA-256 of programs.
  std::vector<Certificate> dbx_certificates;
  std::vector<Bytes> dbx_digests;
};

/// Whether a program is a shim: it has the section .vendor_cert.
bool is_shim(const PeImage& pe);

/// Reads what a shim trusts by itself; empty for a program that is none. A table that is wrong is a
/// finding.
ShimVendor read_shim_vendor(const ImageView& shim, const PeImage& pe, const std::string& path,
                            Findings& findings);

/// How shim meets a program.
enum class ShimRequest : std::uint8_t {
  kStart,   ///< Shim starts it itself: GRUB, systemd-boot, MokManager.
  kVerify,  ///< A loader asks shim to verify it (the shim lock protocol): kernels started by GRUB.
};

/// Whether a shim starts a program, or lets a loader start it: by the vendor's certificate, MokList
/// or db, and only where its SBAT is not revoked; what shim starts itself has to have an SBAT. Both
/// files are read; the program is hashed. Says nothing about whether firmware starts the shim.
SecureBootAnswer shim_answer(const ImageView& shim, const PeImage& shim_pe, const ImageView& file,
                             const PeImage& pe, const Varstore& varstore,
                             ShimRequest request = ShimRequest::kStart);

/// Whether a shim goes on after firmware started it: it stops with "SBAT self-check failed" where
/// its own SBAT is revoked by the varstore's SbatLevel.
SecureBootAnswer shim_self_check(const ImageView& shim, const PeImage& pe,
                                 const Varstore& varstore);

}  // namespace bootproof::inspectors
