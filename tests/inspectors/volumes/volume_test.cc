#include "tests/inspectors/volumes/volume_test.h"

#include <fmt/format.h>

#include <sstream>

namespace bootproof::testing {

using inspectors::Bytes;
using inspectors::FileContent;
using inspectors::ImageView;
using inspectors::Node;
using inspectors::NodeKind;
using inspectors::Volume;

namespace {

std::string bytes_of(Volume& volume, const Node& file) {
  FileContent content(volume, file);
  const ImageView view(content);
  std::string text;
  for (std::uint64_t at = 0; at < view.size();) {
    const Bytes piece = view.read(at, ImageView::kLongestRead);
    if (piece.empty()) {
      break;
    }
    text.append(piece.begin(), piece.end());
    at += piece.size();
  }
  return text;
}

void collect(Volume& volume, const Node& directory, const std::string& path, int depth,
             std::map<std::string, std::string>& all) {
  constexpr int kDeepest = 16;
  for (const Node& node : volume.list(directory)) {
    const std::string name = path + "/" + node.name;
    switch (node.kind) {
      case NodeKind::kDirectory:
        all[name + "/"];
        if (depth < kDeepest) {
          collect(volume, node, name, depth + 1, all);
        }
        break;
      case NodeKind::kSymlink:
        all[name] = "-> " + node.target;
        break;
      default:
        all[name] = bytes_of(volume, node);
    }
  }
}

}  // namespace

std::string VolumeTest::tree() const {
  std::string many;
  for (int i = 0; i < 20000; ++i) {
    many += fmt::format("{}\n", i);
  }
  const auto add = [&](const std::string& name, const std::string& text) {
    static_cast<void>(folder_.write("tree/" + name, text));
  };
  add("EFI/BOOT/BOOTX64.EFI", "MZ" + many);
  add("EFI/BOOT/grub.cfg", "set timeout=1\n");
  add("boot/vmlinuz-6.1.0-amd64", many + many);
  add("boot/a rather long name with blanks, more than twenty-six characters.txt", "long");
  add("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC.txt", "unicode");
  add("empty", "");
  add("one.byt", "1");
  add("UPPER.TXT", "upper");
  add("lower.txt", "lower");
  add("Mixed.Txt", "mixed");
  add("a/b/c/d/e/deep.txt", "deep");
  for (int i = 0; i < 100; ++i) {
    add(fmt::format("many/file number {}", i), fmt::format("{}", i));
  }
  return (folder_.path() / "tree").string();
}

std::map<std::string, std::string> content_of(Volume& volume) {
  std::map<std::string, std::string> all;
  collect(volume, volume.root(), "", 0, all);
  return all;
}

std::map<std::string, std::string> content_of_folder(const std::filesystem::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = "/" + entry.path().lexically_relative(folder).string();
    if (entry.is_symlink()) {
      all[name] = "-> " + std::filesystem::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      all[name + "/"];
    } else {
      all[name] = content_of(entry.path());
    }
  }
  return all;
}

std::map<std::string, std::string> blkid_of(const std::string& image) {
  std::map<std::string, std::string> all;
  const auto output = output_of({"blkid", "-p", "-o", "export", image});
  std::istringstream lines(output.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) {
      std::string value = line.substr(equals + 1);
      std::erase(value, '\\');
      all[line.substr(0, equals)] = value;
    }
  }
  return all;
}

std::string text_of(std::vector<inspectors::Finding> findings) {
  std::string text;
  for (const inspectors::Finding& finding : findings) {
    text += fmt::format("{} at {} in {}: found {}, expected {}\n", finding.rule, finding.offset,
                        finding.path, finding.found, finding.expected);
  }
  return text;
}

}  // namespace bootproof::testing
