#include <fmt/format.h>

#include <algorithm>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Whether a device is a disk of the machine, and no network, memory disk or loopback.
bool is_disk(std::string_view device) {
  const std::string_view disk = device.substr(0, device.find(','));
  const std::size_t letters = std::min(disk.find_first_of("0123456789"), disk.size());
  const std::string_view kind = disk.substr(0, letters);
  return letters < disk.size() && (kind == "hd" || kind == "cd" || kind == "fd" || kind == "ahci" ||
                                   kind == "ata" || kind == "usb");
}

}  // namespace

std::string GrubEvaluator::place() const {
  std::string place = fmt::format("{}, line {}", source_->text.name, line_);
  if (entry_ != &top_) {
    place += fmt::format(", entry '{}'", entry_->title);
  }
  return place;
}

void GrubEvaluator::not_followed(std::string what) {
  constexpr std::size_t kMost = 32;
  std::vector<std::string>& all = config_.not_followed;
  if (all.size() < kMost && std::find(all.begin(), all.end(), what) == all.end()) {
    all.push_back(std::move(what));
  }
}

void GrubEvaluator::judge_entry(const Rule& rule_of_default, std::string found,
                                std::string expected) {
  const bool is_default = entry_ == &top_ || entry_->is_default;
  entry_->problems.push_back(fmt::format("{}: {}", rule_of_default.sentence, found));
  findings_.add(
      is_default && conditions_ == 0 ? rule_of_default : rule("loader.other-entry-broken"),
      offset(), place(), std::move(found), std::move(expected));
}

GrubDevice GrubEvaluator::device_of(const GrubArgument& name, const GrubFileName& split,
                                    bool& is_uncertain) const {
  const GrubArgument root = value_of("root");
  is_uncertain = name.is_uncertain || (!split.device && root.is_uncertain);
  return find_grub_device(files_.world(), split.device ? *split.device : root.text);
}

void GrubEvaluator::judge_device(const GrubDevice& device, const std::string& name) {
  const std::string printable = printable_text(name);
  if (device.state == GrubDeviceState::kForeign) {
    not_followed(fmt::format("the device ({})", printable));
  }
  if (device.state == GrubDeviceState::kMissing) {
    entry_->problems.push_back(fmt::format("({}) is not on this medium", printable));
  }
  if (device.state == GrubDeviceState::kKnown || is_in_condition_ ||
      !judged_devices_.insert(name).second) {
    return;
  }
  if (device.state == GrubDeviceState::kMissing) {
    findings_.add(rule("grub.device-missing"), offset(), place(), fmt::format("({})", printable),
                  "a partition of this medium");
  } else if (is_disk(name)) {
    findings_.add(rule("grub.other-disk"), offset(), place(), fmt::format("({})", printable),
                  "a device of this medium");
  }
}

LoaderFile GrubEvaluator::file_of(const GrubArgument& name) {
  const GrubFileName split = split_grub_file_name(name.text);
  bool is_uncertain = false;
  const GrubDevice device = device_of(name, split, is_uncertain);
  LoaderFile file;
  if (name.text.empty()) {
    if (!is_uncertain && !is_in_condition_) {
      judge_entry(rule("grub.file-name-empty"), "an empty name", "a file name");
    }
  } else if (is_uncertain || device.state != GrubDeviceState::kKnown) {
    if (!is_uncertain) {
      judge_device(device, split.device ? *split.device : value_of("root").text);
    }
  } else if (split.is_block_list) {
    file.volume = device.volume;
  } else if (!split.path.starts_with('/')) {
    if (!is_in_condition_) {
      judge_entry(rule("grub.relative-path"), printable_text(name.text),
                  fmt::format("/{}", printable_text(split.path)));
    }
  } else {
    const std::ptrdiff_t failed_search =
        split.device ? name.failed_search
                     : std::max(name.failed_search, value_of("root").failed_search);
    // An entry that names a partition without a file system was written for another disk.
    const bool is_other_disk = entry_ != &top_ && failed_search < 0 &&
                               files_.world().volumes[device.volume].is_unformatted;
    const bool is_readable = is_other_disk || can_read(device.volume) != Truth::kNo;
    if (is_other_disk) {
      file.volume = device.volume;
    } else if (is_readable) {
      file = files_.look_up(device.volume, split.path);
    }
    const bool is_lost = (file.is_missing || !is_readable) && !is_in_condition_;
    if (is_lost && failed_search >= 0) {
      file.is_explained = true;
      report_search(failed_search, printable_text(split.path));
    } else if (is_lost && !is_readable) {
      judge_entry(rule("grub.volume-unreadable"),
                  fmt::format("({}) without {}", files_.world().volumes[device.volume].grub_name,
                              modules_->missing_for(device.volume)),
                  fmt::format("a volume that GRUB can read, with {}", printable_text(split.path)));
    }
  }
  file.name = printable_text(name.text);
  file.line = line_;
  file.offset = offset();
  return file;
}

void GrubEvaluator::report_search(std::ptrdiff_t index, const std::string& found) {
  FailedSearch& search = searches_.at(static_cast<std::size_t>(index));
  entry_->problems.push_back(
      fmt::format("the search for {} finds no volume, and {} is not where GRUB looks then",
                  search.what, found));
  const bool is_default = entry_ == &top_ || entry_->is_default;
  if (!search.is_reported) {
    search.is_reported = true;
    findings_.add(is_default && conditions_ == 0 ? rule("grub.search-finds-nothing")
                                                 : rule("loader.other-entry-broken"),
                  search.offset, search.path, fmt::format("no volume with {}", search.what),
                  fmt::format("the volume that has {}", found));
  }
}

Truth GrubEvaluator::ask_file(GrubFileTest test, const GrubArgument& name) {
  const GrubFileName split = split_grub_file_name(name.text);
  bool is_uncertain = false;
  const GrubDevice device = device_of(name, split, is_uncertain);
  if (is_uncertain) {
    return Truth::kUnknown;
  }
  if (device.state != GrubDeviceState::kKnown) {
    return device.state == GrubDeviceState::kMissing ? Truth::kNo : Truth::kUnknown;
  }
  if (!split.path.starts_with('/')) {
    return Truth::kNo;
  }
  if (can_read(device.volume) == Truth::kNo) {
    return Truth::kNo;
  }
  const LoaderFile file = files_.look_up(device.volume, split.path);
  if (!file.node) {
    return file.is_missing ? Truth::kNo : Truth::kUnknown;
  }
  const bool is_directory = file.node->kind == NodeKind::kDirectory;
  switch (test) {
    case GrubFileTest::kIsDirectory:
      return truth_of(is_directory);
    case GrubFileTest::kIsFile:
      return truth_of(!is_directory);
    case GrubFileTest::kIsNotEmpty:
      return truth_of(!is_directory && file.node->size > 0);
    case GrubFileTest::kExists:
      break;
  }
  return Truth::kYes;
}

}  // namespace bootproof::inspectors
