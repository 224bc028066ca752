#include "inspectors/loaders/loader_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Names of directories that all lookups together go through, and that are remembered.
constexpr std::size_t kMostNamesRead = 1'000'000;
constexpr std::size_t kMostNamesKept = 100'000;
constexpr std::size_t kMostLookups = 4000;
constexpr std::size_t kLongestPath = 4096;

bool is_blank_character(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && !is_blank_character(text[end])) {
      ++end;
    }
    if (end > at) {
      words.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return words;
}

std::string with_slash(std::string_view path) {
  return path.starts_with('/') ? std::string(path) : "/" + std::string(path);
}

std::vector<ConfigLine> lines_of(std::string_view text) {
  std::vector<ConfigLine> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.push_back({trimmed(line), number});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::uint64_t ConfigText::offset_of(std::size_t line) const {
  if (line_offsets.empty()) {
    return 0;
  }
  return line_offsets[std::clamp<std::size_t>(line, 1, line_offsets.size()) - 1];
}

/// A volume that lists only so many names, and that remembers directories: paths of a
/// configuration lead through the same ones again and again.
class LoaderFiles::BoundedVolume final : public Volume {
 public:
  BoundedVolume(Volume& volume, std::size_t& names_left)
      : volume_(volume), names_left_(names_left) {}

  [[nodiscard]] VolumeKind kind() const override { return volume_.kind(); }
  [[nodiscard]] std::string label() const override { return volume_.label(); }
  [[nodiscard]] std::string uuid() const override { return volume_.uuid(); }
  [[nodiscard]] bool ignores_case() const override { return volume_.ignores_case(); }
  [[nodiscard]] Node root() const override { return volume_.root(); }
  [[nodiscard]] std::vector<Node> list(const Node& directory) override {
    if (names_left_ == 0) {
      return {};
    }
    const auto listed = listed_.find(directory.id);
    std::vector<Node> names = listed == listed_.end() ? volume_.list(directory) : listed->second;
    names_left_ -= std::min(names_left_, names.size() + 1);
    if (listed == listed_.end() && kept_ + names.size() < kMostNamesKept) {
      kept_ += names.size() + 1;
      listed_.emplace(directory.id, names);
    }
    return names;
  }
  [[nodiscard]] std::vector<Extent> extents(const Node& file) override {
    return volume_.extents(file);
  }
  [[nodiscard]] const ImageView& view() const override { return volume_.view(); }

  /// The path as the volume has it where names may differ in case; empty where there is none, or
  /// where a symbolic link stands in it.
  std::string spelling_of(const std::string& asked) {
    std::string_view path = asked;
    std::string spelled;
    Node at = root();
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      const std::string_view part = path.substr(0, end);
      path.remove_prefix(std::min(end + 1, path.size()));
      if (part.empty()) {
        continue;
      }
      const std::vector<Node> names =
          at.kind == NodeKind::kDirectory ? list(at) : std::vector<Node>{};
      auto found = std::find_if(names.begin(), names.end(),
                                [&](const Node& node) { return node.name == part; });
      if (found == names.end()) {
        found = std::find_if(names.begin(), names.end(),
                             [&](const Node& node) { return same_ignoring_case(node.name, part); });
      }
      if (found == names.end()) {
        return {};
      }
      spelled += "/" + found->name;
      at = *found;
    }
    return spelled == asked || at.kind == NodeKind::kSymlink ? std::string() : spelled;
  }

 private:
  Volume& volume_;
  std::size_t& names_left_;
  std::size_t kept_ = 0;
  std::map<std::uint64_t, std::vector<Node>> listed_;
};

LoaderFiles::LoaderFiles(const LoaderWorld& world, Findings& findings)
    : world_(world), findings_(findings), names_left_(kMostNamesRead) {
  for (const LoaderVolume& volume : world.volumes) {
    volumes_.push_back(volume.volume == nullptr
                           ? nullptr
                           : std::make_unique<BoundedVolume>(*volume.volume, names_left_));
  }
}

LoaderFiles::~LoaderFiles() = default;

LoaderFile LoaderFiles::look_up(std::size_t volume, std::string_view path) {
  LoaderFile file;
  if (volume >= volumes_.size() || path.size() > kLongestPath) {
    return file;
  }
  file.volume = volume;
  file.path = with_slash(path);
  if (!volumes_[volume]) {
    file.is_missing = world_.volumes[volume].is_unformatted;
    return file;
  }
  const auto key = std::make_pair(volume, file.path);
  if (const auto known = found_.find(key); known != found_.end()) {
    return known->second;
  }
  if (found_.size() >= kMostLookups || names_left_ == 0) {
    return file;
  }
  BoundedVolume& where = *volumes_[volume];
  file.node = find(where, file.path).node;
  if (!file.node && !where.ignores_case()) {
    file.other_case = printable_text(where.spelling_of(file.path));
  }
  file.is_missing = !file.node && names_left_ > 0;
  found_.emplace(key, file);
  return file;
}

bool LoaderFiles::has_file(std::size_t volume, std::string_view path) {
  const LoaderFile file = look_up(volume, path);
  return file.node && file.node->kind == NodeKind::kFile;
}

std::vector<Node> LoaderFiles::names_in(std::size_t volume, std::string_view path) {
  const LoaderFile directory = look_up(volume, path);
  if (!directory.node || directory.node->kind != NodeKind::kDirectory) {
    return {};
  }
  return volumes_[volume]->list(*directory.node);
}

std::optional<ConfigText> LoaderFiles::read(const LoaderFile& file) {
  if (!file.volume || !file.node || file.node->kind != NodeKind::kFile) {
    return std::nullopt;
  }
  FileContent content(*volumes_[*file.volume], *file.node);
  return read(ImageView(content), name_of(*file.volume, file.path));
}

std::optional<ConfigText> LoaderFiles::read(const ImageView& view, std::string name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_left_ == 0) {
    return std::nullopt;
  }
  ConfigText config;
  config.name = std::move(name);
  const Bytes bytes = view.read(0, std::min(kLongestText, text_left_));
  text_left_ -= std::min<std::uint64_t>(text_left_, bytes.size() + 1);
  if (view.size() > bytes.size()) {
    findings_.add(rule("loader.config-too-large"), view.offset(), config.name,
                  fmt::format("{} bytes", view.size()),
                  fmt::format("at most {} bytes", kLongestText));
  }
  std::size_t begin = 0;
  config.text.assign(bytes.begin(), bytes.end());
  if (config.text.starts_with(kByteOrderMark)) {
    begin = kByteOrderMark.size();
    config.text.erase(0, begin);
    findings_.add(rule("loader.byte-order-mark"), view.offset(), config.name, "ef bb bf",
                  "text from the first byte on");
  }
  config.line_offsets.push_back(view.image_offset(begin));
  for (std::size_t i = 0; i + 1 < config.text.size(); ++i) {
    if (config.text[i] == '\n') {
      config.line_offsets.push_back(view.image_offset(begin + i + 1));
    }
  }
  return config;
}

std::string LoaderFiles::name_of(std::size_t volume, std::string_view path) const {
  const std::string_view device =
      volume < world_.volumes.size() ? std::string_view(world_.volumes[volume].grub_name) : "";
  return printable_text(fmt::format("({}){}", device, with_slash(path)));
}

std::uint64_t LoaderFiles::offset_of(std::size_t volume) const {
  const bool is_readable = volume < volumes_.size() && volumes_[volume];
  return is_readable ? volumes_[volume]->view().offset() : 0;
}

}  // namespace bootproof::inspectors
