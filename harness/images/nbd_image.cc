#include "harness/images/nbd_image.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "harness/core/text.h"
#include "harness/images/nbd_library.h"
#include "harness/images/nbd_server.h"
#include "inspectors/file_image.h"

namespace bootproof {
namespace {

using Clock = std::chrono::steady_clock;
using inspectors::FileImage;
using inspectors::ImageView;

std::unique_ptr<FileImage> open_file(const std::filesystem::path& path) {
  auto file = FileImage::open(path);
  if (!file) {
    throw Error(ErrorKind::kUsage, file.error(),
                "name an image file or a block device that this user may read");
  }
  return std::move(*file);
}

/// Looks at the file's own bytes before QEMU does.
void judge(FileImage& file, const std::string& name, const ContainerFormat& format) {
  const ImageView view(file);
  if (!is_of_format(view, format)) {
    const ContainerFormat* found = recognise_container(view);
    throw Error(ErrorKind::kUsage, fmt::format("{} is no {} image", name, format.word),
                found == nullptr ? "without --format it is read as a raw image"
                                 : fmt::format("it looks like one for --format {}", found->word));
  }
  if (const std::string refusal = container_refusal(view, format); !refusal.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{} {}", name, refusal),
                fmt::format("what an image names is not opened; if you trust it, make a raw image: "
                            "qemu-img convert -f {} -O raw {} IMAGE.raw",
                            format.word, quote_for_shell(name)));
  }
}

}  // namespace

std::unique_ptr<NbdImage> NbdImage::open(const std::filesystem::path& path,
                                         const ContainerFormat& format, const NbdOptions& options) {
  const std::string name = path.string();
  const std::unique_ptr<FileImage> file = open_file(path);
  judge(*file, name, format);
  const NbdLibrary* nbd = value_or_throw(nbd_library());
  std::unique_ptr<NbdServer> server =
      value_or_throw(NbdServer::start(options.program, format.word, file->descriptor()));
  std::unique_ptr<NbdImage> image(new NbdImage(*nbd, std::move(server), options.limit));
  image->connect(name, format);
  return image;
}

NbdImage::NbdImage(const NbdLibrary& nbd, std::unique_ptr<NbdServer> server,
                   std::chrono::milliseconds limit)
    : nbd_(&nbd), server_(std::move(server)), limit_(limit), handle_(nbd.create()) {}

NbdImage::~NbdImage() { nbd_->close(handle_); }

void NbdImage::connect(const std::string& name, const ContainerFormat& format) {
  // Without block sizes of its own the server takes any offset and length.
  const bool is_connected = handle_ != nullptr &&
                            nbd_->set_request_block_size(handle_, false) == 0 &&
                            nbd_->aio_connect_socket(handle_, server_->take_connection()) == 0 &&
                            wait_until([this] { return nbd_->aio_is_ready(handle_) == 1; });
  if (ran_out_of_time_) {
    throw Error(ErrorKind::kHost,
                fmt::format("{}: qemu-nbd did not open it within {} ms", name, limit_.count()));
  }
  const std::int64_t size = is_connected ? nbd_->get_size(handle_) : -1;
  if (size < 0) {
    const char* reason = nbd_->get_error();
    server_->stop();
    std::string said = server_->said();
    if (said.empty()) {
      said = reason == nullptr ? "no reason given" : escape_for_terminal(reason);
    }
    throw Error(
        ErrorKind::kUsage, fmt::format("{} can't be opened as {}: {}", name, format.word, said),
        fmt::format("`qemu-img check -f {} {}` may say more", format.word, quote_for_shell(name)));
  }
  size_ = static_cast<std::uint64_t>(size);
}

std::string NbdImage::complaints() const {
  std::string said = server_->said();
  if (!failure_.empty()) {
    said += said.empty() ? failure_ : "; " + failure_;
  }
  return said;
}

bool NbdImage::read_inside(std::uint64_t offset, std::span<std::uint8_t> into) {
  return cache_.read(offset, into, size_, [this](std::uint64_t at, std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const std::size_t length = std::min(bytes.size(), ImageView::kLongestRead);
      if (!request(at, bytes.first(length))) {
        return false;
      }
      bytes = bytes.subspan(length);
      at += length;
    }
    return true;
  });
}

bool NbdImage::request(std::uint64_t offset, std::span<std::uint8_t> into) {
  if (!failure_.empty()) {
    return false;
  }
  const std::int64_t cookie =
      nbd_->aio_pread(handle_, into.data(), into.size(), offset, nbd_completion_callback{}, 0);
  if (cookie < 0) {
    give_up("qemu-nbd ended");
    return false;
  }
  int state = 0;
  const bool is_answered = wait_until([&] {
    state = nbd_->aio_command_completed(handle_, static_cast<std::uint64_t>(cookie));
    return state != 0;
  });
  // The answer may be that the connection broke.
  if (!is_answered || nbd_->aio_is_dead(handle_) == 1 || nbd_->aio_is_closed(handle_) == 1) {
    // The library may no longer write into what the caller will free.
    give_up(ran_out_of_time_ ? fmt::format("no answer within {} ms", limit_.count())
                             : "qemu-nbd ended");
    return false;
  }
  server_->read_messages();
  return state == 1;
}

bool NbdImage::wait_until(const std::function<bool()>& is_done) {
  const Clock::time_point end = Clock::now() + limit_;
  while (!is_done()) {
    if (nbd_->aio_is_dead(handle_) == 1 || nbd_->aio_is_closed(handle_) == 1) {
      return false;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      ran_out_of_time_ = true;
      return false;
    }
    const unsigned direction = nbd_->aio_get_direction(handle_);
    short wanted = 0;
    wanted |= (direction & LIBNBD_AIO_DIRECTION_READ) != 0 ? POLLIN : 0;
    wanted |= (direction & LIBNBD_AIO_DIRECTION_WRITE) != 0 ? POLLOUT : 0;
    std::array<pollfd, 2> fds{
        {{nbd_->aio_get_fd(handle_), wanted, 0}, {server_->messages(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0) {
      if (errno != EINTR) {
        return false;
      }
      continue;
    }
    if (fds[1].revents != 0) {
      server_->read_messages();
    }
    if (fds[0].revents != 0 && !move_bytes(fds[0].revents)) {
      return false;
    }
  }
  return true;
}

bool NbdImage::move_bytes(short events) {
  const unsigned direction = nbd_->aio_get_direction(handle_);
  constexpr int kReadable = POLLIN | POLLHUP | POLLERR;
  constexpr int kWritable = POLLOUT | POLLHUP | POLLERR;
  if ((direction & LIBNBD_AIO_DIRECTION_READ) != 0 && (events & kReadable) != 0) {
    return nbd_->aio_notify_read(handle_) == 0;
  }
  if ((direction & LIBNBD_AIO_DIRECTION_WRITE) != 0 && (events & kWritable) != 0) {
    return nbd_->aio_notify_write(handle_) == 0;
  }
  return false;
}

void NbdImage::give_up(std::string why) {
  failure_ = std::move(why);
  server_->stop();
  nbd_->close(handle_);
  handle_ = nullptr;
}

}  // namespace bootproof
