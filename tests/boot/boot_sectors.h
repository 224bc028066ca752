#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace bootproof::testing {

/// A disk image of 1 MiB with this code as its boot sector (loaded at 0x7C00, signature 55 AA).
inline std::string disk_with(std::string_view code) {
  std::string disk(1U << 20U, '\0');
  disk.replace(0, code.size(), code);
  disk[510] = '\x55';
  disk[511] = '\xAA';
  return disk;
}

namespace detail {

/// Prints the text at `si` through the BIOS (int 0x10, function 0x0E) and halts.
inline constexpr std::string_view kPrintAndHalt{
    "\xAC"       // lodsb
    "\x84\xC0"   // test al, al
    "\x74\x06"   // jz to hlt
    "\xB4\x0E"   // mov ah, 0x0e
    "\xCD\x10"   // int 0x10
    "\xEB\xF5"   // jmp to lodsb
    "\xF4"       // hlt
    "\xEB\xFD",  // jmp to hlt
    14};

/// "mov si, address" for a text that stands `offset` bytes into the sector.
inline std::string load_si(std::size_t offset) {
  const std::size_t address = 0x7C00 + offset;
  return {'\xBE', static_cast<char>(address & 0xFFU), static_cast<char>(address >> 8U)};
}

}  // namespace detail

/// A boot sector that prints `text`.
inline std::string printing_disk(std::string_view text) {
  std::string code("\x31\xC0\x8E\xD8", 4);  // xor ax, ax; mov ds, ax
  code += detail::load_si(code.size() + 3 + detail::kPrintAndHalt.size());
  code += detail::kPrintAndHalt;
  code += text;
  code.push_back('\0');
  return disk_with(code);
}

/// A boot sector that prints `text` and waits for a key for ever (int 0x16, function 0).
inline std::string waiting_disk(std::string_view text) {
  constexpr std::string_view kPrintAndWait{
      "\xAC"       // lodsb
      "\x84\xC0"   // test al, al
      "\x74\x06"   // jz to the wait
      "\xB4\x0E"   // mov ah, 0x0e
      "\xCD\x10"   // int 0x10
      "\xEB\xF5"   // jmp to lodsb
      "\x31\xC0"   // xor ax, ax
      "\xCD\x16"   // int 0x16
      "\xEB\xFA",  // jmp to xor
      17};
  std::string code("\x31\xC0\x8E\xD8", 4);  // xor ax, ax; mov ds, ax
  code += detail::load_si(code.size() + 3 + kPrintAndWait.size());
  code += kPrintAndWait;
  code += text;
  code.push_back('\0');
  return disk_with(code);
}

/// A boot sector that prints `first`, waits four seconds (int 0x15, function 0x86) and prints
/// `second`.
inline std::string delaying_disk(std::string_view first, std::string_view second) {
  constexpr std::size_t kTexts = 41;
  std::string code("\x31\xC0\x8E\xD8", 4);  // xor ax, ax; mov ds, ax
  code += detail::load_si(kTexts);
  code += std::string_view(
      "\xE8\x13\x00"  // call print
      "\xB4\x86"      // mov ah, 0x86
      "\xB9\x3D\x00"  // mov cx, 0x3d
      "\xBA\x00\x09"  // mov dx, 0x0900: 4000000 microseconds in cx:dx
      "\xCD\x15",     // int 0x15
      13);
  code += detail::load_si(kTexts + first.size() + 1);
  code += std::string_view(
      "\xE8\x03\x00"  // call print
      "\xF4"          // hlt
      "\xEB\xFD"      // jmp to hlt
      "\xAC"          // print: lodsb
      "\x84\xC0"      // test al, al
      "\x74\x06"      // jz to ret
      "\xB4\x0E"      // mov ah, 0x0e
      "\xCD\x10"      // int 0x10
      "\xEB\xF5"      // jmp to lodsb
      "\xC3",         // ret
      18);
  code += first;
  code.push_back('\0');
  code += second;
  code.push_back('\0');
  return disk_with(code);
}

/// A boot sector that writes `text` to COM1 byte by byte, past the BIOS.
inline std::string serial_disk(std::string_view text) {
  constexpr std::string_view kSend{
      "\xAC"          // lodsb
      "\x84\xC0"      // test al, al
      "\x74\x12"      // jz to hlt
      "\x88\xC4"      // mov ah, al
      "\xBA\xFD\x03"  // mov dx, 0x3fd
      "\xEC"          // in al, dx
      "\xA8\x20"      // test al, 0x20: transmitter holding register empty
      "\x74\xFB"      // jz to in
      "\xBA\xF8\x03"  // mov dx, 0x3f8
      "\x88\xE0"      // mov al, ah
      "\xEE"          // out dx, al
      "\xEB\xE9"      // jmp to lodsb
      "\xF4"          // hlt
      "\xEB\xFD",     // jmp to hlt
      26};
  std::string code("\x31\xC0\x8E\xD8", 4);  // xor ax, ax; mov ds, ax
  code += detail::load_si(code.size() + 3 + kSend.size());
  code += kSend;
  code += text;
  code.push_back('\0');
  return disk_with(code);
}

/// A boot sector that writes sector 5 of its own disk (int 0x13, function 3) and prints WROTE or
/// REFUSED.
inline std::string writing_disk() {
  std::string code(
      "\x31\xC0\x8E\xD8\x8E\xC0"  // xor ax, ax; mov ds, ax; mov es, ax
      "\xBB\x00\x7C"              // mov bx, 0x7c00
      "\xB8\x01\x03"              // mov ax, 0x0301: write one sector
      "\xB9\x05\x00"              // mov cx, 5: cylinder 0, sector 5
      "\xB6\x00"                  // mov dh, 0
      "\xCD\x13",                 // int 0x13
      19);
  const std::size_t texts = code.size() + 3 + 2 + 3 + detail::kPrintAndHalt.size();
  constexpr std::string_view kWrote{"WROTE\r\n\0", 8};
  constexpr std::string_view kRefused{"REFUSED\r\n\0", 10};
  code += detail::load_si(texts);
  code += std::string_view("\x73\x03", 2);  // jnc over the next instruction
  code += detail::load_si(texts + kWrote.size());
  code += detail::kPrintAndHalt;
  code += kWrote;
  code += kRefused;
  return disk_with(code);
}

/// A boot sector that counts the boots of its own disk in sector 5, prints "boot N", and then halts
/// or, on q35 and pc, switches the machine off: at once, or when the power button is pressed.
enum class AfterCount { kHalt, kSwitchOff, kAwaitButton };
inline std::string counting_disk(AfterCount after) {
  std::string code;
  if (after == AfterCount::kAwaitButton) {
    // First of all: a button that is pressed before is not heard.
    code += std::string_view(
        "\x52"          // push dx: the drive
        "\xBA\x02\x06"  // mov dx, 0x602: PM1 enable
        "\xB8\x00\x01"  // mov ax, 0x0100: the power button
        "\xEF"          // out dx, ax
        "\x5A",         // pop dx
        9);
  }
  code += std::string_view(
      "\x31\xC0\x8E\xD8\x8E\xC0"  // xor ax, ax; mov ds, ax; mov es, ax
      "\xBB\x00\x7E"              // mov bx, 0x7e00
      "\xB8\x01\x02"              // mov ax, 0x0201: read one sector
      "\xB9\x05\x00"              // mov cx, 5: cylinder 0, sector 5
      "\xB6\x00"                  // mov dh, 0
      "\xCD\x13"                  // int 0x13
      "\xFE\x06\x00\x7E"          // inc byte [0x7e00]
      "\xB8\x01\x03"              // mov ax, 0x0301: write it
      "\xB9\x05\x00"              // mov cx, 5
      "\xB6\x00"                  // mov dh, 0
      "\xCD\x13"                  // int 0x13
      "\x31\xDB"                  // xor bx, bx: page 0
      "\xBE\x80\x7C"              // mov si, 0x7c80: the text
      "\xAC"                      // lodsb
      "\x84\xC0"                  // test al, al
      "\x74\x06"                  // jz over the loop
      "\xB4\x0E"                  // mov ah, 0x0e
      "\xCD\x10"                  // int 0x10
      "\xEB\xF5"                  // jmp to lodsb
      "\xB4\x0E"                  // mov ah, 0x0e
      "\xA0\x00\x7E"              // mov al, [0x7e00]
      "\x04\x30"                  // add al, '0'
      "\xCD\x10",                 // int 0x10
      58);
  if (after != AfterCount::kHalt) {
    // SeaBIOS's serial console holds the last character back for a tick of its clock.
    code += std::string_view(
        "\xB4\x86"      // mov ah, 0x86
        "\xB9\x03\x00"  // mov cx, 3
        "\x31\xD2"      // xor dx, dx: 196608 microseconds in cx:dx
        "\xCD\x15",     // int 0x15
        9);
  }
  if (after == AfterCount::kAwaitButton) {
    code += std::string_view(
        "\xBA\x00\x06"  // mov dx, 0x600: PM1 status
        "\xED"          // in ax, dx
        "\xF6\xC4\x01"  // test ah, 1
        "\x74\xFA",     // jz to in
        9);
  }
  if (after != AfterCount::kHalt) {
    code += std::string_view(
        "\xBA\x04\x06"  // mov dx, 0x604: PM1 control
        "\xB8\x00\x20"  // mov ax, 0x2000: sleep enable, type 0, which is S5
        "\xEF",         // out dx, ax
        7);
  }
  code += std::string_view("\xF4\xEB\xFD", 3);  // hlt; jmp to hlt
  code.resize(0x80, '\0');
  code += std::string_view("boot \0", 6);
  return disk_with(code);
}

/// Writes the letter x to COM1 for ever.
inline std::string flooding_disk() {
  return disk_with(std::string_view("\xBA\xF8\x03\xB0\x78\xEE\xEB\xFD", 8));
}

/// Jumps to the reset vector.
inline std::string resetting_disk() {
  return disk_with(std::string_view("\xEA\xF0\xFF\x00\xF0", 5));
}

/// Halts with interrupts off.
inline std::string halting_disk() {
  return disk_with(std::string_view("\xFA\xF4\xEB\xFD", 4));  // cli; hlt; jmp to hlt
}

/// Raises an exception that nobody can handle: there is no interrupt table.
inline std::string triple_faulting_disk() {
  std::string code(
      "\x31\xC0\x8E\xD8"      // xor ax, ax; mov ds, ax
      "\x0F\x01\x1E\x10\x7C"  // lidt [0x7c10]: a table without entries
      "\xCC"                  // int3
      "\xF4",                 // hlt
      11);
  return disk_with(code);
}

/// Spins with interrupts on and a timer handler of its own, as what waits for the clock does.
inline std::string ticking_disk() {
  return disk_with(
      std::string_view("\xFA\x31\xC0\x8E\xD8"      // cli; xor ax, ax; mov ds, ax
                       "\xC7\x06\x70\x00\x12\x7C"  // mov word [0x70], 0x7c12: int 0x1c
                       "\xA3\x72\x00"              // mov [0x72], ax
                       "\xFB\xEB\xFE"              // sti; jmp to itself
                       "\x90\xCF",                 // 0x7c12: iret is its second byte
                       19));
}

/// Spins without a word.
inline std::string spinning_disk() { return disk_with(std::string_view("\xEB\xFE", 2)); }

}  // namespace bootproof::testing
