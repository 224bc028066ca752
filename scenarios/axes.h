#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/words.h"

namespace bootproof {

/// One value of the axis `firmware`: a word, or a build that the file names under `firmware`, which
/// then is treated as the word that it is like.
struct FirmwareChoice {
  Firmware word = Firmware::kSeabios;
  std::string build;  ///< The name of the build; empty: the one that is installed.

  FirmwareChoice() = default;
  FirmwareChoice(Firmware its_word) : word(its_word) {}  // NOLINT: a word is a choice.
  FirmwareChoice(Firmware its_word, std::string its_build)
      : word(its_word), build(std::move(its_build)) {}
  operator Firmware() const { return word; }  // NOLINT: and a choice is used as its word.
  auto operator<=>(const FirmwareChoice&) const = default;
  bool operator==(const FirmwareChoice&) const = default;
  bool operator==(Firmware other) const { return word == other; }
};

/// As scenario files and the ids of cells write it.
std::string_view name_of(const FirmwareChoice& choice);

/// What a cell is besides medium, firmware, device and machine: one value of each further axis.
struct CellOptions {
  Controller controller = Controller::kDefault;
  Hide hide = Hide::kNothing;
  bool removable = true;
  std::uint32_t larger_mib = 0;
  bool read_only = false;
  bool tpm = false;

  auto operator<=>(const CellOptions&) const = default;
};

/// The further axes of a scenario, or what a filter wants of them. Empty: the default alone, in a
/// filter any value.
struct OptionAxes {
  std::vector<Controller> controller;
  std::vector<Hide> hide;
  std::vector<bool> removable;
  std::vector<std::uint32_t> larger_mib;
  std::vector<bool> read_only;
  std::vector<bool> tpm;
};

/// All products of the values, in the order of the axes; at least one.
std::vector<CellOptions> products(const OptionAxes& axes);

/// How many products() there are, but at most `most`.
std::size_t count_products(const OptionAxes& axes, std::size_t most);

/// Whether `options` have one of the wanted values on each axis that `wanted` names.
bool allows(const OptionAxes& wanted, const CellOptions& options);

/// What the id of a cell gets for its options: `.nec-xhci.hidden-el-torito.fixed.larger-64M.tpm`.
/// Defaults are not told.
std::string id_suffix(const CellOptions& options);

}  // namespace bootproof
