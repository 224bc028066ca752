#include "inspectors/loaders/kernel_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "inspectors/loaders/loader_files.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// A way to name a volume on the command line, and what of the volume it names.
struct VolumeArgument {
  std::string_view prefix;
  enum class By : std::uint8_t { kUuid, kLabel, kPartitionUuid, kPartitionLabel } by;
};

constexpr std::array kVolumeArguments{
    VolumeArgument{"root=UUID=", VolumeArgument::By::kUuid},
    VolumeArgument{"root=LABEL=", VolumeArgument::By::kLabel},
    VolumeArgument{"root=PARTUUID=", VolumeArgument::By::kPartitionUuid},
    VolumeArgument{"root=PARTLABEL=", VolumeArgument::By::kPartitionLabel},
    VolumeArgument{"root=/dev/disk/by-uuid/", VolumeArgument::By::kUuid},
    VolumeArgument{"root=/dev/disk/by-label/", VolumeArgument::By::kLabel},
    VolumeArgument{"root=/dev/disk/by-partuuid/", VolumeArgument::By::kPartitionUuid},
    VolumeArgument{"root=/dev/disk/by-partlabel/", VolumeArgument::By::kPartitionLabel},
    // dracut's live media, Anaconda's installer, Arch's live media.
    VolumeArgument{"root=live:CDLABEL=", VolumeArgument::By::kLabel},
    VolumeArgument{"root=live:LABEL=", VolumeArgument::By::kLabel},
    VolumeArgument{"root=live:UUID=", VolumeArgument::By::kUuid},
    VolumeArgument{"inst.stage2=hd:LABEL=", VolumeArgument::By::kLabel},
    VolumeArgument{"inst.stage2=hd:UUID=", VolumeArgument::By::kUuid},
    VolumeArgument{"archisolabel=", VolumeArgument::By::kLabel},
    VolumeArgument{"archisosearchuuid=", VolumeArgument::By::kUuid},
};

bool is_x86(LoaderPlatform platform) {
  return platform == LoaderPlatform::kBios || platform == LoaderPlatform::kUefiX64 ||
         platform == LoaderPlatform::kUefiIa32;
}

bool is_arm(LoaderPlatform platform) {
  return platform == LoaderPlatform::kUefiAarch64 || platform == LoaderPlatform::kUefiArm;
}

std::string path_of(const LoaderEntry& entry) {
  return fmt::format("{}, line {}, entry '{}'", entry.file, entry.line, entry.title);
}

/// The number that one hexadecimal digit stands for, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// `\x20` is how udev and dracut write a blank in a label.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\x") && i + 3 < text.size() && hex_value(text[i + 2]) >= 0 &&
        hex_value(text[i + 3]) >= 0) {
      out.push_back(static_cast<char>(16 * hex_value(text[i + 2]) + hex_value(text[i + 3])));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return printable_text(out);
}

enum class Answer : std::uint8_t { kYes, kNo, kUnknown };

/// Whether one of the volumes is the one that is named.
Answer is_among(const LoaderWorld& world, VolumeArgument::By by, const std::string& value) {
  bool is_known = false;
  for (const LoaderVolume& volume : world.volumes) {
    const bool is_content = by == VolumeArgument::By::kUuid || by == VolumeArgument::By::kLabel;
    if (is_content && volume.volume == nullptr) {
      return Answer::kUnknown;
    }
    is_known |= is_content || !volume.partition_uuid.empty();
    const bool is_same = by == VolumeArgument::By::kUuid
                             ? same_ignoring_case(volume.volume->uuid(), value)
                         : by == VolumeArgument::By::kLabel ? volume.volume->label() == value
                         : by == VolumeArgument::By::kPartitionUuid
                             ? same_ignoring_case(volume.partition_uuid, value)
                             : volume.partition_label == value;
    if (is_same) {
      return Answer::kYes;
    }
  }
  return is_known ? Answer::kNo : Answer::kUnknown;
}

void judge_volumes(LoaderEntry& entry, const std::vector<std::string_view>& words,
                   const LoaderWorld& world, Findings& findings) {
  for (const std::string_view word : words) {
    const auto* const row = std::find_if(
        kVolumeArguments.begin(), kVolumeArguments.end(),
        [&](const VolumeArgument& argument) { return word.starts_with(argument.prefix); });
    if (row == kVolumeArguments.end()) {
      continue;
    }
    std::string_view value = word.substr(row->prefix.size());
    // "hd:LABEL=X:/path", and "PARTUUID=.../PARTNROFF=1" that counts on from a partition.
    value = value.substr(0, value.find(':'));
    if (value.empty() || value.find('/') != std::string_view::npos) {
      continue;
    }
    if (is_among(world, row->by, unescaped(value)) == Answer::kNo) {
      findings.add(rule("loader.root-not-found"), entry.offset, path_of(entry), std::string(word),
                   "what a volume of this medium is called");
      entry.problems.push_back(fmt::format("{} names no volume of this medium", word));
    }
  }
}

void judge_console(const LoaderEntry& entry, const std::vector<std::string_view>& words,
                   LoaderPlatform platform, Findings& findings) {
  constexpr std::string_view kConsole = "console=";
  std::vector<std::string_view> consoles;
  for (const std::string_view word : words) {
    if (word.starts_with(kConsole)) {
      consoles.push_back(word.substr(kConsole.size()));
    }
  }
  const auto names = [&](std::string_view device) {
    return std::any_of(consoles.begin(), consoles.end(),
                       [&](std::string_view console) { return console.starts_with(device); });
  };
  const std::string_view right = is_arm(platform) ? "ttyAMA" : "ttyS";
  const std::string_view other = is_arm(platform) ? "ttyS" : "ttyAMA";
  const std::string expected = fmt::format("console={}0", right);
  if (names(right) || names("hvc") || names("uart") || names("pl011")) {
    return;
  }
  if (names(other)) {
    findings.add(rule("loader.wrong-serial-console"), entry.offset, path_of(entry),
                 fmt::format("console={}", fmt::join(consoles, " console=")), expected);
  } else if (!consoles.empty() || is_x86(platform)) {
    // Without any console= other machines take the one that their firmware's tables name.
    findings.add(rule("loader.no-serial-console"), entry.offset, path_of(entry),
                 consoles.empty() ? "no console="
                                  : fmt::format("console={}", fmt::join(consoles, " console=")),
                 expected);
  }
}

}  // namespace

void judge_kernel_arguments(LoaderEntry& entry, const LoaderWorld& world, Findings& findings) {
  const std::string arguments = entry.arguments;
  const std::vector<std::string_view> words = words_of(arguments);
  const bool is_linux =
      !entry.initrds.empty() || std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word.starts_with("root=") || word.starts_with("console=");
      });
  if (!entry.kernel || !is_linux) {
    return;
  }
  judge_volumes(entry, words, world, findings);
  judge_console(entry, words, world.platform, findings);
}

}  // namespace bootproof::inspectors
