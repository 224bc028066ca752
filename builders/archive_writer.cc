#include "builders/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "builders/tools.h"
#include "builders/xz_writer.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct FreeArchive {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

/// libarchive's writer, and what compresses behind it.
class ArchiveWriter::Archive {
 public:
  Archive(fs::path file, ArchiveForm form, Compression compression, std::int64_t date)
      : file_(std::move(file)), date_(date), handle_(archive_write_new()) {
    check(form == ArchiveForm::kCpio ? archive_write_set_format_cpio_newc(handle_.get())
                                     : archive_write_set_format_pax_restricted(handle_.get()));
    if (form == ArchiveForm::kTar) {  // Names are bytes; else they would have to be UTF-8.
      check(archive_write_set_format_option(handle_.get(), "pax", "hdrcharset", "BINARY"));
    }
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
      case Compression::kXz:
        xz_.emplace(file_);
        break;
    }
    check(archive_write_set_bytes_in_last_block(handle_.get(), 1));
    if (xz_) {
      check(archive_write_open(handle_.get(), this, nullptr, &Archive::compress, nullptr));
    } else {
      check(archive_write_open_filename(handle_.get(), file_.c_str()));
    }
  }

  void add(const ImageFile& file) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), file.path.c_str() + 1);
    archive_entry_set_mode(entry.get(), file.mode);
    archive_entry_set_uid(entry.get(), file.owner);
    archive_entry_set_gid(entry.get(), file.group);
    archive_entry_set_mtime(entry.get(), date_, 0);
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

  void close() {
    check(archive_write_close(handle_.get()));
    if (xz_) {
      xz_->close();
    }
  }

 private:
  /// What libarchive calls with the bytes of the archive. No exception may pass through it.
  static la_ssize_t compress(archive* handle, void* self, const void* bytes, size_t size) {
    try {
      static_cast<Archive*>(self)->xz_->write({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (const Error& error) {
      archive_set_error(handle, EIO, "%s", error.message().c_str());
      return -1;
    }
  }

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
  std::int64_t date_;
  std::optional<XzWriter> xz_;  ///< Outlives the handle, which writes to it to its end.
  std::unique_ptr<archive, FreeArchive> handle_;
  la_int64_t inode_ = 0;
};

ArchiveWriter::ArchiveWriter(const fs::path& file, ArchiveForm form, Compression compression,
                             std::int64_t date)
    : archive_(std::make_unique<Archive>(file, form, compression, date)) {}
ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::add(const ImageFile& file) { archive_->add(file); }
void ArchiveWriter::close() { archive_->close(); }

void write_tar(const std::vector<ImageFile>& files, const fs::path& tar, std::int64_t date) {
  ArchiveWriter writer(tar, ArchiveForm::kTar, Compression::kNone, date);
  for (const ImageFile& file : files) {
    writer.add(file);
  }
  writer.close();
}

}  // namespace bootproof
