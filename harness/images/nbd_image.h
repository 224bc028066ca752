#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "harness/core/error.h"
#include "harness/images/container.h"
#include "inspectors/block_cache.h"
#include "inspectors/image_view.h"

struct nbd_handle;  // libnbd.h

namespace bootproof {

class NbdServer;
struct NbdLibrary;

/// How an image is read through qemu-nbd.
struct NbdOptions {
  std::string program = "qemu-nbd";         ///< Looked up in PATH.
  std::chrono::milliseconds limit{30'000};  ///< For opening the image, and for each read.
};

/// The disk that a container file holds, read through a qemu-nbd of its own, with a cache of 8 MiB.
/// The file is only read. A read that fails, takes longer than its limit or comes after the
/// program's end is a read of unreadable bytes; after the last two no further one is tried. Use it
/// on a thread that lives as long as it does (spawn.h).
class NbdImage final : public inspectors::ImageSource {
 public:
  /// Opens the file. Throws Error: of kind kUsage where it can't be read, is not of that format,
  /// leads to other files (container_refusal) or QEMU finds it broken; kHost where qemu-nbd or
  /// libnbd is not there, with the package, or does not answer in time.
  static std::unique_ptr<NbdImage> open(const std::filesystem::path& path,
                                        const ContainerFormat& format,
                                        const NbdOptions& options = {});

  ~NbdImage() override;
  NbdImage(const NbdImage&) = delete;
  NbdImage& operator=(const NbdImage&) = delete;

  /// The virtual size: what a machine would see.
  [[nodiscard]] std::uint64_t size() const override { return size_; }

  /// What qemu-nbd or the connection complained of while the image was read, printable; empty where
  /// all was well.
  [[nodiscard]] std::string complaints() const;

 private:
  NbdImage(const NbdLibrary& nbd, std::unique_ptr<NbdServer> server,
           std::chrono::milliseconds limit);

  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override;
  /// One request; at most ImageView::kLongestRead bytes.
  bool request(std::uint64_t offset, std::span<std::uint8_t> into);
  /// Shakes hands. The reason where that fails.
  void connect(const std::string& name, const ContainerFormat& format);
  /// Moves bytes until `is_done`. False where the connection broke or the limit passed.
  bool wait_until(const std::function<bool()>& is_done);
  /// Moves the bytes for which the connection is ready. False where it is broken.
  bool move_bytes(short events);
  /// Ends program and connection: what is under way is given up.
  void give_up(std::string why);

  const NbdLibrary* nbd_;
  std::unique_ptr<NbdServer> server_;
  std::chrono::milliseconds limit_;
  nbd_handle* handle_ = nullptr;
  std::uint64_t size_ = 0;
  inspectors::BlockCache cache_{64U << 10U, 128};
  bool ran_out_of_time_ = false;
  std::string failure_;  ///< Why no read is tried any more.
};

}  // namespace bootproof
