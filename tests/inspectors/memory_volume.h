#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/volumes/volume.h"

namespace bootproof::testing {

/// A file system made of nothing but what a test adds. Files stand one after the other in an image
/// of its own.
class MemoryVolume final : public inspectors::Volume {
 public:
  explicit MemoryVolume(inspectors::VolumeKind kind, std::string label = {}, std::string uuid = {})
      : kind_(kind), label_(std::move(label)), uuid_(std::move(uuid)) {
    directories_.emplace_back();
    update();
  }

  /// Adds a file, and the directories above it.
  MemoryVolume& add(std::string_view path, std::string_view content) {
    inspectors::Node file;
    file.size = content.size();
    file.id = kFiles + bytes_.size();
    bytes_.insert(bytes_.end(), content.begin(), content.end());
    update();
    return add_node(path, std::move(file));
  }
  MemoryVolume& add_directory(std::string_view path) {
    directory_of(path);
    return *this;
  }
  MemoryVolume& add_link(std::string_view path, std::string target) {
    inspectors::Node link;
    link.kind = inspectors::NodeKind::kSymlink;
    link.target = std::move(target);
    return add_node(path, std::move(link));
  }

  [[nodiscard]] inspectors::VolumeKind kind() const override { return kind_; }
  [[nodiscard]] std::string label() const override { return label_; }
  [[nodiscard]] std::string uuid() const override { return uuid_; }
  [[nodiscard]] bool ignores_case() const override { return kind_ == inspectors::VolumeKind::kFat; }
  [[nodiscard]] inspectors::Node root() const override {
    inspectors::Node root;
    root.kind = inspectors::NodeKind::kDirectory;
    return root;
  }
  [[nodiscard]] std::vector<inspectors::Node> list(const inspectors::Node& directory) override {
    return directory.id < directories_.size() ? directories_[directory.id]
                                              : std::vector<inspectors::Node>{};
  }
  [[nodiscard]] std::vector<inspectors::Extent> extents(const inspectors::Node& file) override {
    return {{file.id - kFiles, file.size}};
  }
  [[nodiscard]] const inspectors::ImageView& view() const override { return *view_; }

 private:
  static constexpr std::uint64_t kFiles = std::uint64_t{1} << 32U;

  void update() {
    source_.emplace(inspectors::ByteSpan(bytes_));
    view_.emplace(*source_);
  }

  /// The index of a directory, which is made where it is not there.
  std::size_t directory_of(std::string_view path) {
    std::size_t at = 0;
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      const std::string name(path.substr(0, end));
      path.remove_prefix(std::min(end + 1, path.size()));
      if (name.empty()) {
        continue;
      }
      const auto found = std::find_if(directories_[at].begin(), directories_[at].end(),
                                      [&](const auto& node) { return node.name == name; });
      if (found != directories_[at].end()) {
        at = found->id < directories_.size() ? static_cast<std::size_t>(found->id) : 0;
        continue;
      }
      inspectors::Node node;
      node.name = name;
      node.kind = inspectors::NodeKind::kDirectory;
      node.id = directories_.size();
      directories_[at].push_back(std::move(node));
      at = directories_.size();
      directories_.emplace_back();
    }
    return at;
  }

  MemoryVolume& add_node(std::string_view path, inspectors::Node node) {
    const std::size_t slash = path.rfind('/');
    node.name = path.substr(slash + 1);
    directories_[directory_of(path.substr(0, slash + 1))].push_back(std::move(node));
    return *this;
  }

  inspectors::VolumeKind kind_;
  std::string label_;
  std::string uuid_;
  inspectors::Bytes bytes_;
  std::optional<inspectors::MemoryImage> source_;
  std::optional<inspectors::ImageView> view_;
  std::vector<std::vector<inspectors::Node>> directories_;
};

}  // namespace bootproof::testing
