#include "inspectors/programs/initramfs_tree.h"

#include <algorithm>
#include <set>
#include <utility>

#include "inspectors/path_parts.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostPending = 8192;  ///< Parts of a path and of the links in it.

/// A path's directory and last part, without slashes at the end.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::pair(std::string_view(), path)
                                         : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

/// fs/binfmt_script.c: what follows "#!" in the first 256 bytes of the file.
ProgramHead read_script(ByteSpan bytes) {
  constexpr std::size_t kLineBytes = 256;  // BINPRM_BUF_SIZE
  const ByteSpan buffer = bytes.first(std::min(bytes.size(), kLineBytes));
  const std::string text(buffer.begin(), buffer.end());
  const std::size_t newline = text.find('\n');
  ProgramHead head;
  head.line = text.substr(0, std::min(newline, kLineBytes - 1));
  const std::size_t begin = head.line.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) {
    return head;  // No interpreter: the kernel does not start it.
  }
  using namespace std::string_view_literals;
  const std::size_t end = head.line.find_first_of(" \t\0"sv, begin);
  const bool is_cut =
      newline == std::string::npos && end == std::string::npos && bytes.size() >= kLineBytes;
  if (!is_cut) {
    head.kind = ProgramKind::kScript;
    head.interpreter = head.line.substr(begin, end == std::string::npos ? end : end - begin);
  }
  return head;
}

}  // namespace

std::optional<ProgramHead> read_program_head(ByteSpan first_bytes) {
  if (first_bytes.size() >= 2 && first_bytes[0] == '#' && first_bytes[1] == '!') {
    return read_script(first_bytes);
  }
  MemoryImage source(first_bytes);
  const auto elf = read_elf(ImageView(source));
  if (!elf || (elf->type != kElfExecutable && elf->type != kElfShared)) {
    return std::nullopt;
  }
  ProgramHead head;
  if (!elf->loads.empty()) {
    head.kind = elf->has_interpreter ? ProgramKind::kDynamicElf : ProgramKind::kStaticElf;
  }
  head.architecture = elf->architecture;
  head.interpreter = elf->interpreter.value_or("");
  return head;
}

InitramfsTree::InitramfsTree() {
  nodes_.emplace_back();
  nodes_.front().mode = kTypeDirectory | 0755U;
  const Index dev = make(kRoot, "dev", kTypeDirectory | 0755U);
  const Index console = make(dev, "console", kTypeCharacter | 0600U);
  nodes_[console].rdev_major = 5;
  nodes_[console].rdev_minor = 1;
  make(kRoot, "root", kTypeDirectory | 0700U);
}

InitramfsTree::Index InitramfsTree::make(Index parent, std::string_view name, std::uint32_t mode) {
  const auto index = static_cast<Index>(nodes_.size());
  nodes_.emplace_back();
  nodes_.back().mode = mode;
  nodes_.back().parent = parent;
  nodes_[parent].children.insert_or_assign(std::string(name), index);
  return index;
}

bool InitramfsTree::clear(Index parent, std::string_view name, std::uint32_t mode) {
  auto& children = nodes_[parent].children;
  const auto old = children.find(name);
  if (old == children.end() || ((nodes_[old->second].mode ^ mode) & kTypeMask) == 0) {
    return true;
  }
  if (!nodes_[old->second].children.empty()) {
    return false;  // rmdir() of a directory that is not empty.
  }
  --nodes_[old->second].names;
  children.erase(old);
  return true;
}

InitramfsTree::Added InitramfsTree::add(const CpioEntry& entry, std::string target,
                                        std::uint64_t image_offset) {
  const auto [directory, name] = split(entry.name);
  const std::uint32_t type = entry.mode & kTypeMask;
  if (name.empty() || name == "." || name == "..") {
    return {};  // The root, which is there.
  }
  const Found parent = find(directory);
  if (!parent.node || !nodes_[*parent.node].is(kTypeDirectory)) {
    return {std::nullopt, true};
  }
  const bool is_link = type == kTypeSymlink;
  if (!clear(*parent.node, name, is_link ? 0 : entry.mode)) {
    return {};
  }
  const auto& children = nodes_[*parent.node].children;
  const auto old = children.find(name);
  const auto key = std::tuple(entry.major, entry.minor, entry.ino, type);
  const bool may_be_link = entry.nlink >= 2 && !is_link && type != kTypeDirectory;
  const auto link = may_be_link ? links_.find(key) : links_.end();
  Index index = 0;
  if (link != links_.end()) {
    index = link->second;
    if (old == children.end() || old->second != index) {
      if (old != children.end()) {
        --nodes_[old->second].names;
      }
      nodes_[*parent.node].children.insert_or_assign(std::string(name), index);
      ++nodes_[index].names;
    }
  } else if (old != children.end()) {
    index = old->second;
  } else {
    index = make(*parent.node, name, entry.mode);
  }
  if (may_be_link && link == links_.end()) {
    links_.emplace(key, index);
  }
  Node& made = nodes_[index];
  const bool keeps_content = link != links_.end() && entry.body_size == 0;
  made.mode = entry.mode;
  made.image_offset = image_offset;
  made.rdev_major = entry.rdev_major;
  made.rdev_minor = entry.rdev_minor;
  made.target = std::move(target);
  if (!keeps_content) {
    made.head.reset();
    made.is_empty = entry.body_size == 0;
  }
  return {index, false};
}

InitramfsTree::Found InitramfsTree::find(std::string_view path) const {
  struct Step {
    Index node;
    std::string_view name;
  };
  std::vector<Step> walked{{kRoot, {}}};
  PathParts parts(path);
  Found found;
  while (const auto part = parts.next()) {
    if (++steps_ >= kMostSteps || parts.left() >= kMostPending) {
      return found;
    }
    if (*part == "..") {
      if (walked.size() > 1) {
        walked.pop_back();
      }
      continue;
    }
    const Node& directory = nodes_[walked.back().node];
    const auto child = directory.children.find(*part);
    if (child == directory.children.end()) {
      found.is_dangling_link = parts.links() > 0;
      return found;
    }
    const Node& node = nodes_[child->second];
    if (!node.is(kTypeSymlink)) {
      walked.push_back({child->second, child->first});
      continue;
    }
    if (!parts.follow(node.target)) {
      found.is_dangling_link = true;
      return found;
    }
    if (node.target.starts_with('/')) {
      walked.resize(1);
    }
    steps_ += node.target.size() / 16;
  }
  found.node = walked.back().node;
  for (const Step& step : walked) {
    if (!step.name.empty()) {
      found.path += "/";
      found.path += step.name;
    }
  }
  found.path = found.path.empty() ? "/" : found.path;
  return found;
}

std::vector<std::string> InitramfsTree::absent(const std::vector<std::string>& names) const {
  std::set<std::string_view> left(names.begin(), names.end());
  for (const Node& node : nodes_) {
    if (left.empty()) {
      break;
    }
    for (const auto& child : node.children) {
      left.erase(child.first);
    }
  }
  return {left.begin(), left.end()};
}

}  // namespace bootproof::inspectors
