#include "harness/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <openssl/evp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <system_error>

#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopyBlock = 256U << 10U;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

DigestContext start_sha256() {
  DigestContext context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorKind::kHost, "OpenSSL can't compute SHA-256",
                "check the OpenSSL configuration of this host");
  }
  return context;
}

std::string finish(EVP_MD_CTX* context) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(context, digest.data(), &length);
  std::string text;
  for (const unsigned char byte : std::span(digest).first(length)) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

Error failed(std::string_view action, const fs::path& file, int code) {
  return system_error(fmt::format("cannot {} {}", action, file.string()), code);
}

void write_all(int fd, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      throw failed("write", file, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Result<std::string> read_file(const fs::path& file, std::uint64_t limit) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) {
    return tl::unexpected(failed("open", file, errno));
  }
  std::string bytes;
  std::array<char, 64U << 10U> block{};
  while (true) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return tl::unexpected(failed("read", file, errno));
    }
    if (got == 0) {
      return bytes;
    }
    bytes.append(block.data(), static_cast<std::size_t>(got));
    if (bytes.size() > limit) {
      return tl::unexpected(Error(
          ErrorKind::kHost,
          fmt::format("{} is larger than the {} bytes that are read of it", file.string(), limit)));
    }
  }
}

namespace {

void write_and_rename(const fs::path& file, std::string_view bytes, bool flush) {
  static std::atomic<unsigned> count{0};  // Several threads may write the same file.
  const fs::path temporary = fmt::format("{}.{}.{}.part", file.string(), ::getpid(), ++count);
  const auto remove_and_throw = [&](const Error& error) {
    std::error_code ignored;  // The first error is the one to tell.
    fs::remove(temporary, ignored);
    throw error;
  };
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) {
    throw failed("create", file, errno);
  }
  try {
    write_all(fd.get(), bytes, file);
  } catch (const Error& error) {
    remove_and_throw(error);
  }
  if (flush && ::fsync(fd.get()) != 0 && errno != EINVAL && errno != EROFS) {
    remove_and_throw(failed("write", file, errno));
  }
  if (::close(fd.release()) != 0) {
    remove_and_throw(failed("write", file, errno));
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    remove_and_throw(failed("replace", file, errno));
  }
}

}  // namespace

void write_file_atomically(const fs::path& file, std::string_view bytes) {
  write_and_rename(file, bytes, true);
}

void replace_file(const fs::path& file, std::string_view bytes) {
  write_and_rename(file, bytes, false);
}

void create_folders(const fs::path& folder, std::string_view remedy) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    throw system_error(fmt::format("cannot create the folder {}", folder.string()), code.value(),
                       std::string(remedy));
  }
  if (!fs::is_directory(folder, code)) {
    throw Error(ErrorKind::kHost, fmt::format("{} is not a folder", folder.string()),
                "move it away or choose another folder");
  }
}

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never changed.
  return {value == nullptr ? "" : value};
}

fs::path cache_folder() {
  if (const fs::path own = environment_path("BOOTPROOF_CACHE"); !own.empty()) {
    return fs::absolute(own);
  }
  if (const fs::path xdg = environment_path("XDG_CACHE_HOME"); xdg.is_absolute()) {
    return xdg / "bootproof";
  }
  if (const fs::path home = environment_path("HOME"); home.is_absolute()) {
    return home / ".cache" / "bootproof";
  }
  throw Error(ErrorKind::kHost, "no place for the cache: neither HOME nor XDG_CACHE_HOME is set",
              "set BOOTPROOF_CACHE to a folder that only this user can write");
}

Result<std::vector<FileRun>> data_runs(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) {
    return tl::unexpected(system_error("cannot read a file", errno));
  }
  std::vector<FileRun> runs;
  off_t end = 0;
  while (end < status.st_size) {
    const off_t begin = ::lseek(file, end, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) {
      break;  // Nothing but a hole is left.
    }
    end = begin < 0 ? begin : ::lseek(file, begin, SEEK_HOLE);
    if (end < 0) {
      return tl::unexpected(system_error("cannot read a file", errno));
    }
    runs.push_back({static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end - begin)});
  }
  return runs;
}

namespace {

/// Copies a run by the kernel, as far as it does that between these two files.
std::uint64_t copy_by_kernel(int source, int target, const FileRun& run) {
  auto from = static_cast<off_t>(run.offset);
  off_t to = from;
  std::uint64_t done = 0;
  while (done < run.size) {
    const ssize_t count = ::copy_file_range(source, &from, target, &to, run.size - done, 0);
    if (count <= 0) {
      break;  // Whatever the reason is, the bytes can still be read and written.
    }
    done += static_cast<std::uint64_t>(count);
  }
  return done;
}

/// Copies a run through memory; what is missing at its end is no error, for the file was cut.
void copy_by_hand(int source, int target, const FileRun& run, const fs::path& from,
                  const fs::path& to) {
  std::string block(kCopyBlock, '\0');
  for (std::uint64_t done = 0; done < run.size;) {
    const auto offset = static_cast<off_t>(run.offset + done);
    const ssize_t got = ::pread(source, block.data(),
                                std::min<std::uint64_t>(block.size(), run.size - done), offset);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw failed("read", from, errno);
    }
    if (got == 0) {
      return;
    }
    for (ssize_t written = 0; written < got;) {
      const ssize_t count = ::pwrite(target, block.data() + written,
                                     static_cast<std::size_t>(got - written), offset + written);
      if (count < 0 && errno != EINTR) {
        throw failed("write", to, errno);
      }
      written += std::max<ssize_t>(count, 0);
    }
    done += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

void copy_keeping_holes(const fs::path& from, const fs::path& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) {
    throw failed("open", from, errno);
  }
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!target) {
    throw failed("create", to, errno);
  }
  if (::ioctl(target.get(), FICLONE, source.get()) == 0) {
    return;
  }
  struct stat status {};
  if (::fstat(source.get(), &status) != 0 || ::ftruncate(target.get(), status.st_size) != 0) {
    throw failed("write", to, errno);
  }
  for (const FileRun& run : value_or_throw(data_runs(source.get()))) {
    const std::uint64_t done = copy_by_kernel(source.get(), target.get(), run);
    copy_by_hand(source.get(), target.get(), {run.offset + done, run.size - done}, from, to);
  }
}

Result<std::string> sha256_of_file(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) {
    return tl::unexpected(failed("open", file, errno));
  }
  const DigestContext context = start_sha256();
  const std::string zeros(kCopyBlock, '\0');
  std::uint64_t offset = 0;
  const auto add_hole_until = [&](std::uint64_t end) {
    while (offset < end) {
      const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), end - offset);
      EVP_DigestUpdate(context.get(), zeros.data(), count);
      offset += count;
    }
  };
  constexpr FileRun kToTheEnd{0, std::numeric_limits<std::int64_t>::max()};
  const Result<std::vector<FileRun>> runs = data_runs(fd.get());
  std::string block(kCopyBlock, '\0');
  for (const FileRun& run : runs ? *runs : std::vector{kToTheEnd}) {  // A pipe knows no runs.
    add_hole_until(run.offset);
    if (runs && ::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
      return tl::unexpected(failed("read", file, errno));
    }
    while (offset < run.offset + run.size) {
      const ssize_t got =
          ::read(fd.get(), block.data(),
                 std::min<std::uint64_t>(block.size(), run.offset + run.size - offset));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return tl::unexpected(failed("read", file, errno));
      }
      if (got == 0) {
        return finish(context.get());
      }
      EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }
  struct stat status {};
  if (runs && ::fstat(fd.get(), &status) == 0) {
    add_hole_until(static_cast<std::uint64_t>(status.st_size));
  }
  return finish(context.get());
}

std::string sha256_of(std::string_view bytes) {
  const DigestContext context = start_sha256();
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  return finish(context.get());
}

}  // namespace bootproof
