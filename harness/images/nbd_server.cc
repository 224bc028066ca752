#include "harness/images/nbd_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <utility>
#include <vector>

#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMessageBytes = 4096;
constexpr std::size_t kMostLines = 4;
constexpr std::size_t kLongestLine = 400;

/// systemd's protocol, sd_listen_fds(3): the listening socket is descriptor 3, and LISTEN_PID the
/// process that is meant, which exec keeps. Of limits: no core file, 2 GiB of addresses (qemu-nbd
/// begins with 0.2; tables whose size an image claims would come on top).
constexpr const char* kStart =
    "exec 3<&0 </dev/null; ulimit -c 0; ulimit -v 2097152; "
    R"(LISTEN_FDS=1 LISTEN_PID=$$ exec "$@")";

struct Sockets {
  UniqueFd listening;
  UniqueFd connected;
};

/// A folder for nobody else, gone with the object.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::error_code code;
    fs::path parent = fs::temp_directory_path(code);
    name_ = ((code ? fs::path("/tmp") : parent) / "bootproof-XXXXXX").string();
    if (::mkdtemp(name_.data()) != nullptr) {
      folder_ =
          UniqueFd(::open(name_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    }
  }
  ~PrivateFolder() {
    if (folder_) {
      ::unlinkat(folder_.get(), kName, 0);
      ::rmdir(name_.c_str());
    }
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  explicit operator bool() const { return static_cast<bool>(folder_); }

  /// The address of a socket in it: by its descriptor, for a path may be too long for an address.
  [[nodiscard]] sockaddr_un address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", folder_.get(), kName);
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
  }

 private:
  static constexpr const char* kName = "nbd";

  std::string name_;
  UniqueFd folder_;
};

/// A listening socket that has one connection and no name any more.
Result<Sockets> make_sockets() {
  const PrivateFolder folder;
  if (!folder) {
    return tl::unexpected(system_error(fmt::format("cannot make a folder {}", folder.name()), errno,
                                       "set TMPDIR to a folder that this user may write"));
  }
  const sockaddr_un address = folder.address();
  // The interface of sockets takes every kind of address by a pointer to the common first field.
  const void* bytes = &address;
  const auto* generic = static_cast<const sockaddr*>(bytes);
  Sockets sockets{UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
                  UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  if (!sockets.listening || !sockets.connected ||
      ::bind(sockets.listening.get(), generic, sizeof address) != 0 ||
      ::listen(sockets.listening.get(), 1) != 0 ||
      ::connect(sockets.connected.get(), generic, sizeof address) != 0) {
    return tl::unexpected(system_error("cannot make a socket for qemu-nbd", errno));
  }
  return sockets;
}

/// The node for `-blockdev`: no name that could be read as a protocol, no second format that is
/// guessed, no backing file whatever the image names.
std::string node_text(std::string_view driver, int image) {
  struct stat status {};
  const bool is_device = ::fstat(image, &status) == 0 && S_ISBLK(status.st_mode);
  return fmt::format(
      R"(json:{{"driver":"{}","backing":null,"file":{{"driver":"{}","filename":"/dev/fd/{}"}}}})",
      driver, is_device ? "host_device" : "file", image);
}

}  // namespace

Result<std::unique_ptr<NbdServer>> NbdServer::start(const std::string& program,
                                                    std::string_view driver, int image) {
  const Result<fs::path> found = find_program(program);
  if (!found) {
    return tl::unexpected(
        Error(ErrorKind::kHost, found.error().message(), "apt-get install qemu-utils"));
  }
  Result<Sockets> sockets = make_sockets();
  if (!sockets) {
    return tl::unexpected(sockets.error());
  }
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return tl::unexpected(system_error("cannot make a pipe", errno));
  }
  std::unique_ptr<NbdServer> server(new NbdServer);
  server->messages_ = UniqueFd(pipe[0]);
  const UniqueFd error_output(pipe[1]);
  // Above all that the shell and the socket need.
  const UniqueFd copy(::fcntl(image, F_DUPFD_CLOEXEC, 64));  // NOLINT(*-vararg)
  if (!copy) {
    return tl::unexpected(system_error("cannot copy a descriptor", errno));
  }
  const std::string node = node_text(driver, copy.get());
  server->opening_ = fmt::format("Failed to blk_new_open '{}': ", node);

  SpawnOptions options;
  options.arguments = {"/bin/sh",       "-c",          kStart,       "sh",
                       found->string(), "--read-only", "--shared=1", node};
  options.environment = {{"MALLOC_ARENA_MAX", "2"}};
  options.standard_input = sockets->listening.get();
  options.standard_error = error_output.get();
  options.inherited = {copy.get()};
  Result<SpawnedChild> child = spawn(options);
  if (!child) {
    return tl::unexpected(child.error());
  }
  server->child_ = std::move(*child);
  server->connection_ = std::move(sockets->connected);
  return server;
}

NbdServer::~NbdServer() { stop(); }

void NbdServer::read_messages() {
  std::array<char, kMessageBytes> block{};
  while (messages_) {
    const ssize_t got = ::read(messages_.get(), block.data(), block.size());
    if (got > 0) {
      const std::size_t room = kMessageBytes - text_.size();
      text_.append(block.data(), std::min(static_cast<std::size_t>(got), room));
    } else if (got == 0 || errno != EINTR) {
      if (got == 0 || errno != EAGAIN) {
        messages_.reset();
      }
      return;
    }
  }
}

void NbdServer::stop() {
  if (child_.pid > 0) {
    ::kill(child_.pid, SIGKILL);
    reap(child_);
    child_.pid = -1;
    read_messages();
    messages_.reset();
  }
}

std::string NbdServer::said() const {
  std::vector<std::string> lines;
  std::string_view rest = text_;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    for (const std::string_view prefix :
         {std::string_view("qemu-nbd: "), std::string_view(opening_)}) {
      if (line.starts_with(prefix)) {
        line.remove_prefix(prefix.size());
      }
    }
    if (lines.size() == kMostLines) {
      lines.emplace_back("...");
      break;
    }
    if (!line.empty()) {
      lines.push_back(escape_for_terminal(line.substr(0, kLongestLine)));
    }
  }
  return fmt::format("{}", fmt::join(lines, "; "));
}

}  // namespace bootproof
