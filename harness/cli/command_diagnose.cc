#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/console/terminal_screen.h"
#include "harness/console/transcript.h"
#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "harness/run/console_pieces.h"
#include "harness/run/memory_file.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kPiece = 64U << 10U;
constexpr std::size_t kPage = 4096;

struct DiagnoseFlags {
  std::string file;
  std::string kind;  ///< "text" or "memory"; empty: by the file's bytes.
  std::string base;
  bool json = false;
};

/// What is known of a file.
struct Diagnosis {
  std::string kind;
  LogDiagnosis result;
  std::optional<KernelLog> log;  ///< Of memory.
};

/// Memory is a core, or whole pages with zeros at their beginning; a log is neither.
bool looks_like_memory(const FileBytes& file) {
  constexpr std::size_t kLongest = 1U << 20U;
  std::vector<std::uint8_t> first(std::min<std::uint64_t>(file.size, kLongest));
  if (!file.read(0, first)) {
    return false;
  }
  const auto zeros = static_cast<std::size_t>(std::count(first.begin(), first.end(), 0));
  constexpr std::string_view kCompressed = "KDUMP";
  const bool is_compressed = first.size() > kCompressed.size() &&
                             std::equal(kCompressed.begin(), kCompressed.end(), first.begin());
  return is_elf(first) || is_compressed ||
         (file.size >= kLongest && file.size % kPage == 0 && zeros > first.size() / 8);
}

/// Reads a console's bytes as a case does that hears them from its guest.
LogDiagnosis read_text(const FileBytes& file) {
  Transcript transcript;
  TerminalScreen screen;
  SignatureWatch watch;
  ConsolePieces pieces;
  std::vector<std::uint8_t> buffer(kPiece);
  for (std::uint64_t at = 0; at < file.size; at += kPiece) {
    const auto part = std::span(buffer).first(std::min<std::uint64_t>(kPiece, file.size - at));
    if (!file.read(at, part)) {
      throw Error(ErrorKind::kHost, fmt::format("the file can't be read at byte {}", at),
                  "see whether it still grows, and whether its disk is healthy");
    }
    const std::string bytes(part.begin(), part.end());
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::string_view piece = pieces.next(rest);
      const std::uint64_t before = transcript.end();
      transcript.feed(piece);
      screen.feed(piece);
      watch.add_text(transcript.since(before));
    }
    watch.show_screen(screen.text());
  }
  return diagnose_end(watch);
}

std::optional<std::uint64_t> base_of(const DiagnoseFlags& flags) {
  if (flags.base.empty()) {
    return std::nullopt;
  }
  std::string_view digits = flags.base;
  const bool is_hex = digits.starts_with("0x");
  digits.remove_prefix(is_hex ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--base '{}' is no address", escape_for_terminal(flags.base)),
                "give the physical address of the image's first byte, such as 0x40000000");
  }
  return value;
}

Diagnosis diagnose_file(const DiagnoseFlags& flags) {
  std::error_code code;
  if (fs::is_directory(flags.file, code)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is a folder", escape_for_terminal(flags.file)),
                "name a file: serial.log or kernel-log.txt of a case, or a file of memory; "
                "`bootproof explain CASE` tells what is known of a case");
  }
  const FileBytes file = value_or_throw(open_bytes(flags.file));
  Diagnosis diagnosis;
  const bool is_memory = flags.kind.empty() ? looks_like_memory(file) : flags.kind == "memory";
  diagnosis.kind = is_memory ? "memory" : "text";
  if (is_memory) {
    diagnosis.log = read_kernel_log_file(file, base_of(flags));
    diagnosis.result = diagnose_kernel_log(*diagnosis.log);
  } else {
    diagnosis.result = read_text(file);
  }
  return diagnosis;
}

/// How a stage is called, where one was seen.
std::string stage_text(Stage stage) {
  return stage == Stage::kNone ? "none that is known" : std::string(name_of(stage));
}

json::array escaped(const std::vector<std::string>& lines) {
  json::array out;
  for (const std::string& line : lines) {
    out.push_back(json::string(escape_for_terminal(line)));
  }
  return out;
}

json::object log_json(const KernelLog& log) {
  json::array records;
  for (const KernelLogRecord& record : log.records) {
    records.push_back(json::object{{"sequence", record.sequence},
                                   {"time_ns", record.time.count()},
                                   {"level", record.level},
                                   {"facility", record.facility},
                                   {"text", escape_for_terminal(record.text, true)}});
  }
  json::object out{{"release", escape_for_terminal(log.release)}};
  out["problems"] = escaped(log.problems);
  out["records"] = std::move(records);
  return out;
}

std::string json_of(const DiagnoseFlags& flags, const Diagnosis& diagnosis) {
  const LogDiagnosis& result = diagnosis.result;
  json::object out{{"format", "bootproof-diagnosis"},
                   {"version", 1},
                   {"file", escape_for_terminal(flags.file)},
                   {"kind", diagnosis.kind},
                   {"stage", name_of(result.stage)}};
  if (result.finding) {
    const Signature& row = *result.finding->signature;
    out["cause"] = row.cause;
    out["certain"] = result.is_certain;
    out["sentence"] = row.sentence;
    out["hint"] = row.hint;
    out["evidence"] = escaped(result.finding->evidence);
  }
  if (diagnosis.log) {
    out["kernel_log"] = log_json(*diagnosis.log);
  }
  return json::serialize(out) + "\n";
}

std::string text_of_diagnosis(const Diagnosis& diagnosis) {
  const LogDiagnosis& result = diagnosis.result;
  std::string text;
  if (diagnosis.log) {
    text += kernel_log_file(*diagnosis.log) + "\n";
  }
  text += fmt::format("stage reached: {}\n", stage_text(result.stage));
  if (!result.finding) {
    return text + "cause: none that is known\n";
  }
  const Signature& row = *result.finding->signature;
  text += fmt::format("cause: {} ({}): {}\nevidence:\n", row.cause,
                      result.is_certain ? "certain" : "likely", row.sentence);
  for (const std::string& line : result.finding->evidence) {
    text += fmt::format("  {}\n", escape_for_terminal(line));
  }
  return text + fmt::format("what to do: {}\n", row.hint);
}

int diagnose(const DiagnoseFlags& flags) {
  const Diagnosis diagnosis = diagnose_file(flags);
  fmt::print("{}", flags.json ? json_of(flags, diagnosis) : text_of_diagnosis(diagnosis));
  const bool has_no_log = diagnosis.log && diagnosis.log->records.empty();
  return diagnosis.result.finding || has_no_log ? 1 : 0;
}

}  // namespace

std::function<int()> set_up_diagnose(CLI::App& app) {
  auto flags = std::make_shared<DiagnoseFlags>();
  app.add_option("file", flags->file,
                 "what a console said (serial.log), a raw image of a machine's memory, or an ELF "
                 "core of it")
      ->required()
      ->type_name("FILE");
  app.add_option("--as", flags->kind, "text or memory (default: by the file's bytes)")
      ->check(CLI::IsMember({"text", "memory"}))
      ->type_name("KIND");
  app.add_option("--base", flags->base,
                 "physical address of a raw image's first byte (default: found out)")
      ->type_name("ADDRESS");
  app.add_flag("--json", flags->json, "one JSON object");
  return [flags] { return diagnose(*flags); };
}

}  // namespace bootproof
