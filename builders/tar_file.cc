#include "builders/tar_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "builders/tools.h"
#include "harness/core/error.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct FreeArchive {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

/// A tar being written.
class TarWriter {
 public:
  explicit TarWriter(fs::path file) : file_(std::move(file)), handle_(archive_write_new()) {
    check(archive_write_set_format_pax_restricted(handle_.get()));
    check(archive_write_add_filter_none(handle_.get()));
    check(archive_write_open_filename(handle_.get(), file_.c_str()));
  }

  void add(const ImageFile& file) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    const auto* source = std::get_if<InputFile>(&file.content);
    const auto* text = std::get_if<std::string>(&file.content);
    archive_entry_set_pathname(entry.get(), file.path.c_str() + 1);
    archive_entry_set_mode(entry.get(), file.mode);
    archive_entry_set_uid(entry.get(), file.owner);
    archive_entry_set_gid(entry.get(), file.group);
    archive_entry_set_mtime(entry.get(), kSourceDate, 0);
    archive_entry_set_rdevmajor(entry.get(), file.device_major);
    archive_entry_set_rdevminor(entry.get(), file.device_minor);
    archive_entry_set_size(entry.get(), 0);
    if (S_ISLNK(file.mode)) {
      archive_entry_set_symlink(entry.get(), text->c_str());
    } else if (S_ISREG(file.mode)) {
      archive_entry_set_size(
          entry.get(),
          static_cast<la_int64_t>(source != nullptr ? fs::file_size(source->path) : text->size()));
    }
    check(archive_write_header(handle_.get(), entry.get()));
    if (S_ISREG(file.mode)) {
      if (source != nullptr) {
        copy(source->path);
      } else {
        write(*text);
      }
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
};

}  // namespace

void write_tar(const std::vector<ImageFile>& files, const fs::path& tar) {
  TarWriter writer(tar);
  for (const ImageFile& file : files) {
    writer.add(file);
  }
  writer.close();
}

}  // namespace bootproof
