// Any EFI program, varstore, signature or SBAT level at all: damage to a healthy sample, or the
// input itself.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace {

using bootproof::fuzz::apply_records;
using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using bootproof::inspectors::Authenticode;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::check_digests;
using bootproof::inspectors::Finding;
using bootproof::inspectors::Findings;
using bootproof::inspectors::ImageView;
using bootproof::inspectors::MemoryImage;
using bootproof::inspectors::read_authenticode;
using bootproof::inspectors::read_certificate;
using bootproof::inspectors::read_pe;
using bootproof::inspectors::read_sbat;
using bootproof::inspectors::read_sbat_level;
using bootproof::inspectors::read_shim_sbat_level;
using bootproof::inspectors::read_shim_vendor;
using bootproof::inspectors::read_signature_lists;
using bootproof::inspectors::read_uki;
using bootproof::inspectors::read_varstore;
using bootproof::inspectors::secure_boot_answer;
using bootproof::inspectors::SecureBootAnswer;
using bootproof::inspectors::shim_answer;
using bootproof::inspectors::shim_self_check;
using bootproof::inspectors::Uki;
using bootproof::inspectors::Variable;
namespace samples = bootproof::testing;

const Bytes& shim() {
  static const Bytes kShim = samples::program_of(samples::shim_sections(samples::ca_certificate()));
  return kShim;
}

const Bytes& varstore() {
  static const Bytes kVarstore = samples::varstore_of(samples::sample_variables());
  return kVarstore;
}

/// Seeds in code; the last choice is the input as it is.
constexpr unsigned kChoices = 6;
Bytes sample(unsigned choice) {
  static const Bytes kProgram = samples::efi_program();
  static const Bytes kSigned = samples::sign(kProgram);
  static const Bytes kUki = samples::uki_program();
  switch (choice) {
    case 0:
      return kProgram;
    case 1:
      return kSigned;
    case 2:
      return kUki;
    case 3:
      return shim();
    default:
      return varstore();
  }
}

/// First byte: which sample, or the rest as it is. Second: how much is cut off, in parts of 256.
/// Then records of damage with offsets of two bytes.
Bytes bytes_of(std::span<const std::uint8_t> input) {
  const unsigned choice = input[0] % kChoices;
  const std::size_t cut = input[1];
  input = input.subspan(2);
  if (choice + 1 == kChoices) {
    return {input.begin(), input.end()};
  }
  Bytes bytes = sample(choice);
  apply_records(input, 2, bytes);
  bytes.resize(bytes.size() - bytes.size() * cut / 256);
  return bytes;
}

void require_reason(const SecureBootAnswer& answer) {
  require(!answer.reason.empty() && is_printable(answer.reason));
}

/// All that is found in a program; asks all that can be asked of it.
std::vector<Finding> findings_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  const ImageView file(source);
  Findings findings;
  if (const auto pe = read_pe(file, "program", findings)) {
    const Authenticode authenticode = read_authenticode(file, *pe, "program", findings);
    check_digests(file, *pe, authenticode, "program", findings);
    read_sbat(file, *pe, "program", findings);
    const Uki uki = read_uki(file, *pe, "program", findings);
    require(is_printable(uki.stub) && is_printable(uki.os_name) &&
            is_printable(uki.cmdline.value_or("")) && is_printable(uki.kernel_version));
    read_shim_vendor(file, *pe, "program", findings);
    read_shim_sbat_level(file, *pe);

    MemoryImage shim_source{ByteSpan(shim())};
    MemoryImage store_source{ByteSpan(varstore())};
    Findings of_samples;
    const ImageView shim_view(shim_source);
    const auto shim_pe = read_pe(shim_view, "shim", of_samples);
    const auto store = read_varstore(ImageView(store_source), of_samples);
    require_reason(secure_boot_answer(file, *pe, *store));
    require_reason(shim_answer(shim_view, *shim_pe, file, *pe, *store));
    require_reason(shim_answer(file, *pe, shim_view, *shim_pe, *store));
    require_reason(shim_self_check(file, *pe, *store));
  }
  if (const auto store = read_varstore(file, findings)) {
    for (const Variable& variable : store->variables) {
      require(is_printable(variable.name));
    }
  }
  return findings.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes bytes = bytes_of({data, size});
  const std::vector<Finding> findings = findings_of(bytes);
  require_printable(findings);
  require(findings == findings_of(bytes));
  read_signature_lists(bytes);
  read_certificate(bytes);
  read_sbat_level(std::string(bytes.begin(), bytes.end()));
  return 0;
}
