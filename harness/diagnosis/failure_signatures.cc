#include <vector>

#include "harness/diagnosis/signature.h"
#include "harness/diagnosis/signature_rows.h"

namespace bootproof {

std::span<const Signature> failure_signatures() {
  static const std::vector<Signature> kAll = [] {
    std::vector<Signature> all;
    for (const std::span<const Signature> rows :
         {firmware_rows(), bootloader_rows(), grub_rows(), kernel_rows(), initramfs_rows(),
          userspace_rows()}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace bootproof
