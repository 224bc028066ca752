#include "builders/initramfs_maker.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "builders/elf_program.h"
#include "builders/tools.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 65> kCommands{
    "ash",      "awk",    "basename", "cat",     "chmod",    "chroot", "clear",  "cp",
    "cut",      "date",   "dd",       "df",      "dirname",  "dmesg",  "du",     "echo",
    "env",      "expr",   "false",    "find",    "free",     "getty",  "grep",   "gunzip",
    "gzip",     "halt",   "head",     "hexdump", "hostname", "id",     "insmod", "ip",
    "kill",     "less",   "ln",       "losetup", "ls",       "lsmod",  "mkdir",  "mknod",
    "modprobe", "more",   "mount",    "mv",      "poweroff", "printf", "ps",     "pwd",
    "readlink", "reboot", "rm",       "sed",     "seq",      "setsid", "sh",     "sleep",
    "sort",     "stty",   "sync",     "tail",    "test",     "true",   "umount", "uname",
    "wc"};

constexpr std::array<std::string_view, 13> kFolders{
    "/bin",  "/dev", "/etc", "/mnt", "/proc",    "/root",    "/run",
    "/sbin", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/sbin"};

using Members = std::map<std::string, ImageFile>;

void check_busybox(const InitramfsInput& input) {
  const ElfProgram program = value_or_throw(read_elf_program(input.busybox.path));
  const std::string machine = elf_machine_name(program.machine);
  const std::string_view wanted = name_of(input.recipe.architecture);
  if (machine != wanted) {
    throw error_at(
        input.recipe.busybox.mark,
        fmt::format("busybox is {}, the recipe says {}", machine, wanted),
        fmt::format("take {{package: busybox-static, architecture: {}, file: /bin/busybox}}",
                    input.recipe.architecture == Architecture::kX86_64 ? "amd64" : "arm64"));
  }
  if (program.has_interpreter) {
    throw error_at(input.recipe.busybox.mark,
                   "busybox needs shared libraries, which the initramfs does not have",
                   "take a static one, such as that of the package busybox-static");
  }
}

Members collect(const InitramfsInput& input, const fs::path& work_folder) {
  Members members;
  const auto add = [&](ImageFile file) { members[file.path] = std::move(file); };
  for (const std::string_view folder : kFolders) {
    add({std::string(folder), std::string(), S_IFDIR | 0755U});
  }
  members["/tmp"].mode = S_IFDIR | S_ISVTX | 0777U;
  // Documentation/admin-guide/devices.txt.
  add({"/dev/console", std::string(), S_IFCHR | 0600U, 0, 0, 5, 1});
  add({"/dev/null", std::string(), S_IFCHR | 0666U, 0, 0, 1, 3});
  add({"/bin/busybox", input.busybox, S_IFREG | 0755U});
  for (const std::string_view command : kCommands) {
    add({fmt::format("/bin/{}", command), std::string("busybox"), S_IFLNK | 0777U});
  }
  for (ImageFile& file : all_files(input.files, work_folder)) {
    const auto found = members.find(file.path);
    if (found != members.end() && S_ISDIR(found->second.mode) && !S_ISDIR(file.mode)) {
      throw Error(
          ErrorKind::kScenario,
          fmt::format("{} is a folder of every initramfs, the recipe has a file there", file.path));
    }
    add(std::move(file));
  }
  return members;
}

struct FreeArchive {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

/// A cpio archive being written.
class CpioWriter {
 public:
  CpioWriter(fs::path file, Compression compression)
      : file_(std::move(file)), handle_(archive_write_new()) {
    check(archive_write_set_format_cpio_newc(handle_.get()));
    switch (compression) {
      case Compression::kNone:
        break;
      case Compression::kGzip:
        check(archive_write_add_filter_gzip(handle_.get()));
        check(archive_write_set_filter_option(handle_.get(), "gzip", "timestamp", nullptr));
        break;
      case Compression::kZstd:
        check(archive_write_add_filter_zstd(handle_.get()));
        break;
    }
    check(archive_write_set_bytes_in_last_block(handle_.get(), 1));
    check(archive_write_open_filename(handle_.get(), file_.c_str()));
  }

  void add(const ImageFile& file) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), file.path.c_str() + 1);
    archive_entry_set_mode(entry.get(), file.mode);
    archive_entry_set_uid(entry.get(), file.owner);
    archive_entry_set_gid(entry.get(), file.group);
    archive_entry_set_mtime(entry.get(), kSourceDate, 0);
    archive_entry_set_ino64(entry.get(), ++inode_);
    archive_entry_set_nlink(entry.get(), S_ISDIR(file.mode) ? 2 : 1);
    archive_entry_set_rdevmajor(entry.get(), file.device_major);
    archive_entry_set_rdevminor(entry.get(), file.device_minor);
    archive_entry_set_size(entry.get(), 0);
    const auto* source = std::get_if<InputFile>(&file.content);
    const auto* text = std::get_if<std::string>(&file.content);
    if (S_ISLNK(file.mode)) {
      archive_entry_set_symlink(entry.get(), text->c_str());
    } else if (source != nullptr) {
      archive_entry_set_size(entry.get(), static_cast<la_int64_t>(fs::file_size(source->path)));
    } else {
      archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text->size()));
    }
    check(archive_write_header(handle_.get(), entry.get()));
    if (source != nullptr) {
      copy(source->path);
    } else if (S_ISREG(file.mode)) {
      write(*text);
    }
  }

  void close() { check(archive_write_close(handle_.get())); }

 private:
  void check(int result) {
    if (result != ARCHIVE_OK) {
      const char* const why = archive_error_string(handle_.get());
      throw Error(ErrorKind::kHost,
                  fmt::format("cannot write {}: {}", file_.string(), why == nullptr ? "?" : why));
    }
  }

  void write(std::string_view bytes) {
    if (archive_write_data(handle_.get(), bytes.data(), bytes.size()) !=
        static_cast<la_ssize_t>(bytes.size())) {
      check(ARCHIVE_FATAL);
    }
  }

  void copy(const fs::path& source) {
    constexpr std::size_t kBlock = 256U << 10U;
    std::string block(kBlock, '\0');
    std::ifstream stream(source, std::ios::binary);
    while (stream) {
      stream.read(block.data(), static_cast<std::streamsize>(block.size()));
      write(std::string_view(block).substr(0, static_cast<std::size_t>(stream.gcount())));
    }
    if (!stream.eof()) {
      throw Error(ErrorKind::kHost, fmt::format("cannot read {}", source.string()));
    }
  }

  fs::path file_;
  std::unique_ptr<archive, FreeArchive> handle_;
  la_int64_t inode_ = 0;
};

}  // namespace

std::span<const std::string_view> busybox_commands() { return kCommands; }

InitramfsInput find_inputs(const InitramfsRecipe& recipe, const InputFinder& finder) {
  InitramfsInput input{recipe, finder.file(recipe.busybox), finder.files(recipe.files)};
  if (recipe.init) {
    input.files.files.push_back({"/init", *recipe.init, S_IFREG | 0755U});
  }
  return input;
}

void describe(const InitramfsInput& input, BuildKey& key) {
  key.add("initramfs", name_of(input.recipe.architecture));
  key.add("compression", std::to_string(static_cast<int>(input.recipe.compression)));
  key.add("busybox", input.busybox);
  key.add(input.files);
  // Not archive_version_details(): it builds its text anew in one static buffer with every call.
  const auto text = [](const char* version) { return version == nullptr ? "none" : version; };
  key.add_library(fmt::format("{} zlib {} zstd {}", archive_version_string(),
                              text(archive_zlib_version()), text(archive_libzstd_version())));
}

std::string_view suffix_of(const InitramfsRecipe& recipe) {
  switch (recipe.compression) {
    case Compression::kGzip:
      return ".cpio.gz";
    case Compression::kZstd:
      return ".cpio.zst";
    case Compression::kNone:
      break;
  }
  return ".cpio";
}

void make(const InitramfsInput& input, const BuildPlace& place) {
  check_busybox(input);
  CpioWriter writer(place.image, input.recipe.compression);
  for (const auto& [path, file] : collect(input, place.work_folder)) {
    writer.add(file);
  }
  writer.close();
}

}  // namespace bootproof
