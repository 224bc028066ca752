#include "reports/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/escape.h"
#include "reports/terminal_width.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kLongestName = 60;

std::string property_of(const CaseResult& result, std::string_view name) {
  return cut_middle(one_line(value_of(result.properties, name)), kLongestName);
}

/// What stands in one field, and how it is coloured.
struct Field {
  std::string text;
  std::string_view colour;
};

/// The reasons for what was not booted, each once.
class Reasons {
 public:
  std::size_t number_of(const std::string& reason) {
    const auto known = std::find(reasons_.begin(), reasons_.end(), reason);
    if (known != reasons_.end()) {
      return static_cast<std::size_t>(known - reasons_.begin()) + 1;
    }
    reasons_.push_back(reason);
    return reasons_.size();
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      out += fmt::format("  [{}] {}\n", i + 1, reasons_[i]);
    }
    return out;
  }

 private:
  std::vector<std::string> reasons_;
};

std::string_view mark_of(const Foretold& foretold) {
  switch (foretold.agreement) {
    case Agreement::kContradicted:
      return "!";
    case Agreement::kDoubtful:
      return "?";
    case Agreement::kHeld:
    case Agreement::kUnproved:
      break;
  }
  return "";
}

Field field_of(const CaseResult& result, Reasons& reasons) {
  const Verdict& verdict = result.verdict();
  const std::string time = duration_text(result.duration());
  const std::string_view mark = mark_of(result.foretold);
  switch (verdict.outcome) {
    case Outcome::kPassed: {
      const std::string how = verdict.cause.empty()
                                  ? one_line(verdict.stage)
                                  : fmt::format("fails({})", one_line(verdict.cause));
      return {fmt::format("ok{} {} {}", mark, how, time), colours::kGreen};
    }
    case Outcome::kFailed:
      return {fmt::format("FAILED{}({}) {}", mark, one_line(verdict.cause), time), colours::kRed};
    case Outcome::kError:
      return {fmt::format("ERROR({})", one_line(verdict.cause)), colours::kMagenta};
    case Outcome::kSkipped:
      break;
  }
  const bool is_impossible = verdict.cause.starts_with("case.") && verdict.cause != "case.not-run";
  return {fmt::format("{} [{}]", is_impossible ? "impossible" : "skipped",
                      reasons.number_of(one_line(
                          verdict.hint.empty() ? verdict.message
                                               : verdict.message + "; to do: " + verdict.hint))),
          colours::kYellow};
}

/// Names in order of first appearance.
void remember(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

/// The cases of one medium.
struct Block {
  std::string medium;
  std::vector<std::string> firmwares;
  std::vector<std::string> devices;
  std::vector<const CaseResult*> cases;
};

std::vector<Block> blocks_of(const RunResult& run) {
  std::vector<Block> blocks;
  for (const CaseResult& result : run.cases) {
    const std::string medium = property_of(result, "medium");
    const std::string firmware = property_of(result, "firmware");
    if (medium.empty() || firmware.empty()) {
      continue;
    }
    auto block = std::find_if(blocks.begin(), blocks.end(),
                              [&](const Block& one) { return one.medium == medium; });
    if (block == blocks.end()) {
      blocks.push_back({medium, {}, {}, {}});
      block = std::prev(blocks.end());
    }
    remember(block->firmwares, firmware);
    remember(block->devices, property_of(result, "device"));
    block->cases.push_back(&result);
  }
  return blocks;
}

/// What stands where a firmware's row meets a device's column: "-" where there is no case, and each
/// of several where scenarios share a place.
Field field_at(const Block& block, const std::string& firmware, const std::string& device,
               Reasons& reasons) {
  Field all{"", {}};
  bool is_first = true;
  for (const CaseResult* one : block.cases) {
    if (property_of(*one, "firmware") == firmware && property_of(*one, "device") == device) {
      const Field field = field_of(*one, reasons);
      all.text += (is_first ? "" : ", ") + field.text;
      all.colour = is_first || all.colour == field.colour ? field.colour : std::string_view{};
      is_first = false;
    }
  }
  return is_first ? Field{"-", {}} : all;
}

std::string table_of(const Block& block, Reasons& reasons, const TextStyle& style) {
  std::vector<std::vector<Field>> rows;
  std::vector<std::size_t> widths{columns_of(block.medium)};
  for (const std::string& device : block.devices) {
    widths.push_back(columns_of(device));
  }
  for (const std::string& firmware : block.firmwares) {
    std::vector<Field> row{{"  " + firmware, {}}};
    for (const std::string& device : block.devices) {
      row.push_back(field_at(block, firmware, device, reasons));
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(row[i].text));
    }
    rows.push_back(std::move(row));
  }
  std::string out = pad(block.medium, widths[0]);
  for (std::size_t i = 0; i < block.devices.size(); ++i) {
    out += fmt::format("{}{}", kGap, pad(block.devices[i], widths[i + 1]));
  }
  out = out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  for (const std::vector<Field>& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? "" : kGap;
      line += coloured(i + 1 == row.size() ? row[i].text : pad(row[i].text, widths[i]),
                       row[i].colour, style);
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace

std::string matrix_table(const RunResult& run, const TextStyle& style) {
  std::string out;
  Reasons reasons;
  bool has_doubt = false;
  bool has_contradiction = false;
  for (const Block& block : blocks_of(run)) {
    out += (out.empty() ? "" : "\n") + table_of(block, reasons, style);
    for (const CaseResult* one : block.cases) {
      has_doubt |= one->foretold.agreement == Agreement::kDoubtful;
      has_contradiction |= one->foretold.agreement == Agreement::kContradicted;
    }
  }
  if (out.empty()) {
    return out;
  }
  out += reasons.text();
  out += has_contradiction ? "  ! contradicts what the inspection of the medium foretells\n" : "";
  out += has_doubt ? "  ? the inspection of the medium could not tell\n" : "";
  return out;
}

}  // namespace bootproof
