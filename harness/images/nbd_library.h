#pragma once

#include <libnbd.h>

#include "harness/core/error.h"

namespace bootproof {

/// The functions of libnbd that are used, found at run time: linked as usual the library and what
/// it needs (GnuTLS, libxml2) would lengthen the start of every command. Each is what its manual
/// page says, `nbd_create(3)` and so on.
struct NbdLibrary {
  decltype(&nbd_create) create = nullptr;
  decltype(&nbd_close) close = nullptr;
  decltype(&nbd_get_error) get_error = nullptr;
  decltype(&nbd_set_request_block_size) set_request_block_size = nullptr;
  decltype(&nbd_aio_connect_socket) aio_connect_socket = nullptr;
  decltype(&nbd_aio_is_ready) aio_is_ready = nullptr;
  decltype(&nbd_aio_is_dead) aio_is_dead = nullptr;
  decltype(&nbd_aio_is_closed) aio_is_closed = nullptr;
  decltype(&nbd_aio_get_fd) aio_get_fd = nullptr;
  decltype(&nbd_aio_get_direction) aio_get_direction = nullptr;
  decltype(&nbd_aio_notify_read) aio_notify_read = nullptr;
  decltype(&nbd_aio_notify_write) aio_notify_write = nullptr;
  decltype(&nbd_get_size) get_size = nullptr;
  decltype(&nbd_aio_pread) aio_pread = nullptr;
  decltype(&nbd_aio_command_completed) aio_command_completed = nullptr;
};

/// The library, loaded at the first call and never unloaded. Error (kHost) that names the package
/// where it is not there.
Result<const NbdLibrary*> nbd_library();

}  // namespace bootproof
