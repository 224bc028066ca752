#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "harness/core/spawn.h"
#include "harness/core/unique_fd.h"

namespace bootproof {

/// qemu-nbd as a child process that serves one image, read-only, to one connection. Nobody else can
/// reach it: its socket had a name, in a private folder, only until the connection stood, which is
/// before the program is started. Its memory is limited. It dies with the thread that started it,
/// however that ends, and with this object.
class NbdServer {
 public:
  /// Starts `program` on the open file `image`, which is of QEMU's format `driver`. The program
  /// opens that file anew by its descriptor, so it is the one that the caller has looked at, and no
  /// backing file. Error (kHost) where there is no such program, with the package that has it.
  static Result<std::unique_ptr<NbdServer>> start(const std::string& program,
                                                  std::string_view driver, int image);

  ~NbdServer();
  NbdServer(const NbdServer&) = delete;
  NbdServer& operator=(const NbdServer&) = delete;

  /// Gives the connected socket away; the program answers on it once it has opened the image.
  [[nodiscard]] int take_connection() { return connection_.release(); }

  /// A descriptor to be polled: readable when the program has something to say; -1 after its end.
  [[nodiscard]] int messages() const { return messages_.get(); }
  /// Takes what it says, without waiting. The first kilobytes are kept.
  void read_messages();
  /// Ends the program and takes all that it had to say.
  void stop();
  /// The first lines of what it has said so far, printable, divided by "; ", without its name and
  /// that of the image.
  [[nodiscard]] std::string said() const;

 private:
  NbdServer() = default;

  SpawnedChild child_;
  UniqueFd connection_;
  UniqueFd messages_;
  std::string opening_;  ///< What a line about the image begins with.
  std::string text_;
};

}  // namespace bootproof
