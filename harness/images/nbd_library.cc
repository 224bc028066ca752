#include "harness/images/nbd_library.h"

#include <dlfcn.h>

#include <bit>
#include <string>

namespace bootproof {
namespace {

/// The library's ABI; libnbd promises never to change it (libnbd(3), "LIBNBD ABI").
constexpr const char* kFile = "libnbd.so.0";

Error failure() {
  const char* reason = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is per thread.
  return {ErrorKind::kHost,
          std::string("libnbd cannot be loaded: ") + (reason == nullptr ? kFile : reason),
          "apt-get install libnbd0"};
}

/// False where the library has no such function.
template <typename Function>
bool find(void* library, const char* name, Function& function) {
  // POSIX lets a pointer from dlsym be a function's.
  function = std::bit_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<NbdLibrary> load() {
  void* library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  NbdLibrary nbd;
  const bool is_whole = library != nullptr && find(library, "nbd_create", nbd.create) &&
                        find(library, "nbd_close", nbd.close) &&
                        find(library, "nbd_get_error", nbd.get_error) &&
                        find(library, "nbd_set_request_block_size", nbd.set_request_block_size) &&
                        find(library, "nbd_aio_connect_socket", nbd.aio_connect_socket) &&
                        find(library, "nbd_aio_is_ready", nbd.aio_is_ready) &&
                        find(library, "nbd_aio_is_dead", nbd.aio_is_dead) &&
                        find(library, "nbd_aio_is_closed", nbd.aio_is_closed) &&
                        find(library, "nbd_aio_get_fd", nbd.aio_get_fd) &&
                        find(library, "nbd_aio_get_direction", nbd.aio_get_direction) &&
                        find(library, "nbd_aio_notify_read", nbd.aio_notify_read) &&
                        find(library, "nbd_aio_notify_write", nbd.aio_notify_write) &&
                        find(library, "nbd_get_size", nbd.get_size) &&
                        find(library, "nbd_aio_pread", nbd.aio_pread) &&
                        find(library, "nbd_aio_command_completed", nbd.aio_command_completed);
  if (!is_whole) {
    return tl::unexpected(failure());
  }
  return nbd;
}

}  // namespace

Result<const NbdLibrary*> nbd_library() {
  static const Result<NbdLibrary> kLibrary = load();
  if (!kLibrary) {
    return tl::unexpected(kLibrary.error());
  }
  return &*kLibrary;
}

}  // namespace bootproof
