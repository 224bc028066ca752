#pragma once

#include <cstdint>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// The CRC of IEEE 802.3 (reflected, polynomial 0x04C11DB7), as GPT has it (UEFI 2.10, 5.3.1).
/// `before` is the CRC of the bytes that came before, for data in pieces.
std::uint32_t crc32(ByteSpan bytes, std::uint32_t before = 0);

}  // namespace bootproof::inspectors
