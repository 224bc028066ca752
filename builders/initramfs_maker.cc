#include "builders/initramfs_maker.h"

#include <archive.h>
#include <fmt/format.h>
#include <lzma.h>
#include <sys/stat.h>

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <variant>

#include "builders/archive_writer.h"
#include "builders/elf_program.h"
#include "builders/kernel_module.h"
#include "builders/keymap.h"
#include "harness/core/text.h"

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

/// The module as it is loaded: as it stands on this host, or unpacked.
std::variant<InputFile, std::string> plain_module(const InputFile& module) {
  if (module.path.extension() == ".ko") {
    return module;
  }
  return module_bytes(module.path);
}

/// Refuses an executable ELF file of another architecture. Firmware for other processors is not
/// executable.
void check_program(const InitramfsInput& input, const ImageFile& file) {
  const auto* source = std::get_if<InputFile>(&file.content);
  if (source == nullptr || !S_ISREG(file.mode) || (file.mode & 0111U) == 0) {
    return;
  }
  const Result<ElfProgram> program = read_elf_program(source->path);
  if (!program) {
    return;  // A script, or a file of any other kind.
  }
  const std::string machine = elf_machine_name(program->machine);
  const std::string_view wanted = name_of(input.recipe.architecture);
  if (machine != wanted) {
    throw error_at(mark_of(input.recipe.files, file.path, input.recipe.busybox.mark),
                   fmt::format("{} is {}, the recipe says {}", escape_for_terminal(file.path),
                               machine, wanted),
                   fmt::format("take the program for {}", wanted));
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
  if (input.recipe.with_device_nodes) {
    add({"/dev/console", std::string(), S_IFCHR | 0600U, 0, 0, 5, 1});
    add({"/dev/null", std::string(), S_IFCHR | 0666U, 0, 0, 1, 3});
  }
  add({"/bin/busybox", input.busybox, S_IFREG | 0755U});
  for (const std::string_view command : kCommands) {
    add({fmt::format("/bin/{}", command), std::string("busybox"), S_IFLNK | 0777U});
  }
  ImageFiles files = input.files;
  if (!input.modules.empty()) {
    // Where the kernel looks for it when it wants a module by itself (CONFIG_MODPROBE_PATH).
    add({"/sbin/modprobe", std::string("/bin/busybox"), S_IFLNK | 0777U});
  }
  for (const auto& [path, module] : input.modules) {
    files.files.push_back({path, plain_module(module), S_IFREG | 0644U});
  }
  for (ImageFile& file : all_files(files, work_folder)) {
    check_program(input, file);
    const auto found = members.find(file.path);
    if (found != members.end() && S_ISDIR(found->second.mode) && !S_ISDIR(file.mode)) {
      throw error_at(
          mark_of(input.recipe.files, file.path, input.recipe.busybox.mark),
          fmt::format("{} is a folder of every initramfs, the recipe has a file there", file.path),
          "take it out");
    }
    add(std::move(file));
  }
  return members;
}

/// Adds the modules and their lists.
void add_modules(const ModulesRecipe& recipe, const InputFinder& finder, InitramfsInput& input) {
  const fs::path folder = finder.folder(recipe.folder);
  // Kernels are installed and fetched as a whole, and `make modules_install` writes this list anew.
  const Result<FileStamp> stamp = stamp_of(folder / "modules.order");
  const AliasSearch search = [&](std::string_view alias) {
    const std::string names = finder.memory().recall(
        fmt::format("modules with alias {} in {}", alias, folder.string()),
        stamp ? stamp->text() : std::string(), stamp.has_value(),
        [&] { return fmt::format("{}", fmt::join(all_with_alias(folder, alias), " ")); });
    std::vector<std::string> list;
    std::istringstream words(names);
    for (std::string name; words >> name;) {
      list.push_back(name);
    }
    return list;
  };
  const ModuleSet set = find_modules(recipe, folder, input.recipe.architecture, search);
  const std::string target = fmt::format("/lib/modules/{}", set.release);
  for (const auto& [path, file] : set.files) {
    input.modules[fmt::format("{}/{}", target, path)] = finder.file({file, recipe.folder.mark});
  }
  for (const auto& [name, text] : set.lists) {
    input.files.files.push_back({fmt::format("{}/{}", target, name), text, S_IFREG | 0644U});
  }
}

}  // namespace

std::span<const std::string_view> busybox_commands() { return kCommands; }

InitramfsInput find_inputs(const InitramfsRecipe& recipe, const InputFinder& finder) {
  InitramfsInput input{recipe, finder.file(recipe.busybox), finder.files(recipe.files)};
  if (recipe.init) {
    input.files.files.push_back({"/init", *recipe.init, S_IFREG | 0755U});
  }
  if (recipe.keymap) {
    const InputFile keymap = finder.file(*recipe.keymap);
    input.files.files.push_back({std::string(kInitramfsKeymap),
                                 binary_keymap(keymap, recipe.keymap->mark), S_IFREG | 0644U});
  }
  if (recipe.modules) {
    add_modules(*recipe.modules, finder, input);
  }
  return input;
}

void describe(const InitramfsInput& input, BuildKey& key) {
  key.add("initramfs", name_of(input.recipe.architecture));
  key.add("compression", std::to_string(static_cast<int>(input.recipe.compression)));
  key.add("busybox", input.busybox);
  key.add(input.files);
  key.add("device nodes", input.recipe.with_device_nodes ? "yes" : "no");
  for (const auto& [path, module] : input.modules) {
    key.add("module", path);
    key.add("sha256", module);
  }
  // Not archive_version_details(): it builds its text anew in one static buffer with every call.
  const auto text = [](const char* version) { return version == nullptr ? "none" : version; };
  key.add_library(fmt::format("{} zlib {} zstd {} lzma {}", archive_version_string(),
                              text(archive_zlib_version()), text(archive_libzstd_version()),
                              lzma_version_string()));
}

std::string_view suffix_of(const InitramfsRecipe& recipe) {
  switch (recipe.compression) {
    case Compression::kGzip:
      return ".cpio.gz";
    case Compression::kXz:
      return ".cpio.xz";
    case Compression::kZstd:
      return ".cpio.zst";
    case Compression::kNone:
      break;
  }
  return ".cpio";
}

void make(const InitramfsInput& input, const BuildPlace& place) {
  check_busybox(input);
  ArchiveWriter writer(place.image, ArchiveForm::kCpio, input.recipe.compression, place.date);
  for (const auto& [path, file] : collect(input, place.work_folder)) {
    writer.add(file);
  }
  writer.close();
}

}  // namespace bootproof
