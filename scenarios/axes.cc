#include "scenarios/axes.h"

#include <fmt/format.h>

#include <algorithm>

namespace bootproof {
namespace {

template <typename Value>
void multiply(std::vector<CellOptions>& cells, const std::vector<Value>& axis,
              Value CellOptions::*member) {
  if (axis.empty()) {
    return;
  }
  std::vector<CellOptions> all;
  all.reserve(cells.size() * axis.size());
  for (const CellOptions& cell : cells) {
    for (const Value value : axis) {
      all.push_back(cell);
      all.back().*member = value;
    }
  }
  cells = std::move(all);
}

template <typename Value>
bool has(const std::vector<Value>& wanted, Value value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

std::string_view name_of(const FirmwareChoice& choice) {
  return choice.build.empty() ? name_of(choice.word) : std::string_view(choice.build);
}

std::vector<CellOptions> products(const OptionAxes& axes) {
  std::vector<CellOptions> cells(1);
  multiply(cells, axes.controller, &CellOptions::controller);
  multiply(cells, axes.hide, &CellOptions::hide);
  multiply(cells, axes.removable, &CellOptions::removable);
  multiply(cells, axes.larger_mib, &CellOptions::larger_mib);
  multiply(cells, axes.read_only, &CellOptions::read_only);
  multiply(cells, axes.tpm, &CellOptions::tpm);
  return cells;
}

std::size_t count_products(const OptionAxes& axes, std::size_t most) {
  std::size_t count = 1;
  for (const std::size_t length :
       {axes.controller.size(), axes.hide.size(), axes.removable.size(), axes.larger_mib.size(),
        axes.read_only.size(), axes.tpm.size()}) {
    count = std::min(most, count * std::max<std::size_t>(1, std::min(most, length)));
  }
  return count;
}

bool allows(const OptionAxes& wanted, const CellOptions& options) {
  return has(wanted.controller, options.controller) && has(wanted.hide, options.hide) &&
         has(wanted.removable, options.removable) && has(wanted.larger_mib, options.larger_mib) &&
         has(wanted.read_only, options.read_only) && has(wanted.tpm, options.tpm);
}

std::string id_suffix(const CellOptions& options) {
  std::string suffix;
  if (options.controller != Controller::kDefault) {
    suffix += fmt::format(".{}", name_of(options.controller));
  }
  if (options.hide != Hide::kNothing) {
    suffix += fmt::format(".hidden-{}", name_of(options.hide));
  }
  if (!options.removable) {
    suffix += ".fixed";
  }
  if (options.larger_mib > 0) {
    suffix += fmt::format(".larger-{}M", options.larger_mib);
  }
  if (options.read_only) {
    suffix += ".read-only";
  }
  if (options.tpm) {
    suffix += ".tpm";
  }
  return suffix;
}

}  // namespace bootproof
