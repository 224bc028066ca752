#include "harness/run/case_evidence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "harness/core/text.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "harness/diagnosis/medium_causes.h"
#include "harness/run/console_file.h"
#include "harness/run/inspection_verdict.h"
#include "harness/run/kernel_log_verdict.h"
#include "harness/run/timeline_replay.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 256;
constexpr std::uint64_t kLargestScreen = 1U << 20U;

/// When a boot leaves a stream.
enum class Left : std::uint8_t { kAlways, kWithDisplay, kByKernel };

/// A file that a boot leaves, and the property that says why it does not.
struct Stream {
  std::string_view file;
  Left left;
  std::string_view reason;
};

constexpr auto kStreams = std::to_array<Stream>({
    {"serial.log", Left::kAlways, {}},
    {"firmware.log", Left::kWithDisplay, {}},
    {"screen.txt", Left::kAlways, {}},
    {"screen.png", Left::kWithDisplay, "screen"},
    {"vga.txt", Left::kWithDisplay, "screen"},
    {"kernel-log.txt", Left::kByKernel, "kernel-log"},
    {"timeline.jsonl", Left::kAlways, {}},
    {"qmp.log", Left::kAlways, {}},
    {"repro.sh", Left::kAlways, {}},
    {"verdict.json", Left::kAlways, {}},
});

bool is_regular(const fs::path& file) {
  std::error_code code;
  return fs::is_regular_file(fs::symlink_status(file, code));
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kKib = 1024;
  return bytes < kKib ? fmt::format("{} bytes", bytes) : fmt::format("{} KiB", bytes / kKib);
}

bool is_left(const Stream& stream, const CaseResult& result) {
  switch (stream.left) {
    case Left::kAlways:
      break;
    case Left::kWithDisplay:
      return value_of(result.properties, "machine") != "virt";
    case Left::kByKernel: {
      const Verdict& verdict = result.verdict();
      return verdict.outcome == Outcome::kFailed &&
             stage_named(verdict.stage) >= Stage::kKernelLoad;
    }
  }
  return true;
}

/// Lets `use` read a file of the folder where it is a regular one; what fails is a problem.
template <typename Use>
void with_file(const fs::path& folder, std::string_view name, std::vector<std::string>& problems,
               Use use) {
  const fs::path file = folder / name;
  if (!is_regular(file)) {
    return;
  }
  const Result<FileBytes> bytes = open_bytes(file);
  if (!bytes) {
    problems.push_back(fmt::format("{}: {}", name, bytes.error().message()));
    return;
  }
  if (bytes->size > kLongestLog) {
    problems.push_back(fmt::format("{}: {} MiB, of which the first {} count", name,
                                   bytes->size >> 20U, kLongestLog >> 20U));
  }
  try {
    use(*bytes);
  } catch (const Error& error) {
    problems.push_back(fmt::format("{}: {}", name, error.message()));
  }
}

/// What the console's streams and the kernel's log say.
struct Evidence {
  LogDiagnosis console;
  LogDiagnosis kernel_log;
  std::string order;  ///< In which the streams were read.
  std::vector<ReachedStage> stages;
};

/// What the streams say, read one after the other.
LogDiagnosis read_streams(const fs::path& folder, std::string_view unproved,
                          std::span<const std::string> tolerated,
                          const std::shared_ptr<const OwnSignatures>& own,
                          std::vector<std::string>& problems) {
  SignatureWatch watch(own);
  with_file(folder, "firmware.log", problems,
            [&](const FileBytes& file) { read_lines(file, watch, TextStream::kFirmwareLog); });
  with_file(folder, "serial.log", problems,
            [&](const FileBytes& file) { read_console(file, watch); });
  with_file(folder, "vga.txt", problems, [&](const FileBytes& file) {
    watch.show_screen(read_text(file, kLargestScreen), ScreenKind::kVga);
  });
  return diagnose_end(watch, unproved, tolerated);
}

Evidence read_evidence(const fs::path& folder, const CaseResult& result,
                       const std::shared_ptr<const OwnSignatures>& own,
                       std::vector<std::string>& problems) {
  const std::vector<std::string_view> words = words_of(value_of(result.properties, "tolerated"));
  const std::vector<std::string> tolerated(words.begin(), words.end());
  const std::string& said = result.verdict().cause;
  // A silent console is what a silence is called once the kernel was loaded.
  const std::string_view unproved = rests_on_lines(said) || said == "kernel.silent-console"
                                        ? std::string_view("machine.silent")
                                        : said;
  Evidence evidence;
  std::string why;
  if (auto replayed = replay_folder(folder, unproved, tolerated, own, why)) {
    evidence.order = "in the order of timeline.jsonl";
    evidence.console = std::move(replayed->diagnosis);
    evidence.stages = std::move(replayed->stages);
    problems.insert(problems.end(), replayed->problems.begin(), replayed->problems.end());
  } else {
    evidence.order = "one stream after the other: " + why;
    evidence.console = read_streams(folder, unproved, tolerated, own, problems);
  }
  SignatureWatch kernel(own);
  with_file(folder, "kernel-log.txt", problems,
            [&](const FileBytes& file) { read_lines(file, kernel, TextStream::kSerial); });
  evidence.kernel_log = diagnose_end(kernel, unproved, tolerated);
  return evidence;
}

Verdict judged(const LogDiagnosis& diagnosis, bool is_memory) {
  Verdict verdict = verdict_of(*diagnosis.finding, {}, Reading::kLog);
  verdict.stage = name_of(stage_of(*diagnosis.finding, diagnosis.stage));
  if (is_memory) {
    verdict.basis += "; it was read in the guest's memory";
    for (std::string& line : verdict.evidence) {
      line = std::string(kGuestMemoryMark) + line;
    }
  }
  return verdict;
}

/// When the boot came to which stage: by the lines that were read, else as the run noted it.
std::vector<std::string> stages_of(const std::vector<ReachedStage>& reached,
                                   const CaseResult& result) {
  constexpr std::string_view kReached = "reached.";
  std::vector<std::string> told;
  for (const auto& [stage, at] : reached) {
    const std::chrono::duration<double> age = at;
    told.push_back(fmt::format("{} after {:.2f} s", name_of(stage), age.count()));
  }
  for (const auto& [key, value] : result.properties) {
    if (reached.empty() && key.starts_with(kReached)) {
      told.push_back(fmt::format("{} after {}", key.substr(kReached.size()), value));
    }
  }
  return told;
}

/// Whether the inspection of the medium told the run more than a loss for `cause` shows: that loss
/// is what such a verdict was made from (judge_by_inspection()).
bool is_completed_by_inspection(const Verdict& said, std::string_view cause) {
  const bool is_told =
      std::any_of(said.evidence.begin(), said.evidence.end(),
                  [](const std::string& line) { return line.starts_with(kInspectionMark); });
  const auto rows = medium_causes();
  return is_told && std::any_of(rows.begin(), rows.end(), [&](const MediumCause& row) {
           return row.cause == said.cause && matches_any_glob(row.explains, cause);
         });
}

/// Whether the kernel's log in memory may say why it was lost: not where the run has judged by it.
bool may_be_explained_by_memory(const Verdict& said) {
  const bool was_read =
      std::any_of(said.evidence.begin(), said.evidence.end(),
                  [](const std::string& line) { return line.starts_with(kGuestMemoryMark); });
  const bool is_open =
      is_unproved(said.cause) || is_standstill(said.cause) || said.cause == "machine.reset-loop";
  return is_open && !was_read;
}

/// The verdict by today's rules, `said` where they prove nothing else.
Verdict judge(const Evidence& evidence, const Verdict& said, bool was_judged, std::string& note) {
  const bool was_proved = was_judged && rests_on_lines(said.cause);
  const LogDiagnosis& console = evidence.console;
  const LogDiagnosis& memory = evidence.kernel_log;
  // What is only remembered proves nothing against a verdict that a line has proved.
  const auto counts = [&](const LogDiagnosis& one) {
    return one.finding && (one.finding->proof->proof != Proof::kRemembered || !was_proved);
  };
  if (was_judged && counts(console) &&
      is_completed_by_inspection(said, console.finding->signature->cause)) {
    return said;
  }
  if (counts(console)) {
    return judged(console, false);
  }
  if (counts(memory) && (!was_judged || was_proved || may_be_explained_by_memory(said))) {
    return judged(memory, true);
  }
  if (was_proved) {
    note = "no line that was kept proves a cause by today's rules; this is what was said then";
  }
  if (was_judged) {
    return said;
  }
  Verdict none;
  none.outcome = Outcome::kFailed;
  none.stage = name_of(std::max(console.stage, memory.stage));
  none.message = "no cause that is known";
  none.hint = "look at what the folder holds";
  none.rest_on(Certainty::kOpen, "no line proves a cause");
  return none;
}

}  // namespace

FolderContents contents_of(const fs::path& folder, const CaseResult& result) {
  FolderContents contents;
  std::error_code code;
  std::size_t count = 0;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code ignored;
    if (++count > kMostEntries) {
      break;
    }
    if (is_regular(entry->path())) {
      contents.files.push_back(fmt::format("{} ({})", entry->path().filename().string(),
                                           size_text(fs::file_size(entry->path(), ignored))));
    }
  }
  std::sort(contents.files.begin(), contents.files.end());
  for (const Stream& stream : kStreams) {
    if (is_left(stream, result) && !is_regular(folder / stream.file)) {
      const std::string_view reason = value_of(result.properties, stream.reason);
      contents.missing.push_back(reason.empty() ? std::string(stream.file)
                                                : fmt::format("{} ({})", stream.file, reason));
    }
  }
  return contents;
}

CaseDiagnosis diagnose_case(const fs::path& folder, const std::optional<CaseResult>& result,
                            const std::shared_ptr<const OwnSignatures>& own) {
  CaseDiagnosis diagnosis;
  diagnosis.was_judged = result.has_value() && !result->attempts.empty();
  diagnosis.folder = folder.string();
  if (result) {
    diagnosis.result = *result;
  } else {
    diagnosis.result.suite = folder.parent_path().filename().string();
    diagnosis.result.id = folder.filename().string();
  }
  FolderContents contents = contents_of(folder, diagnosis.result);
  diagnosis.files = std::move(contents.files);
  diagnosis.missing = std::move(contents.missing);
  const Verdict& said = diagnosis.result.verdict();
  const bool is_lost = said.outcome == Outcome::kFailed && said.cause != "case.did-not-fail";
  if (diagnosis.was_judged && !is_lost) {
    diagnosis.now = said;
    diagnosis.stages = stages_of({}, diagnosis.result);
    return diagnosis;
  }
  const Evidence evidence = read_evidence(folder, diagnosis.result, own, diagnosis.problems);
  diagnosis.order = evidence.order;
  diagnosis.stages = stages_of(evidence.stages, diagnosis.result);
  diagnosis.now = judge(evidence, said, diagnosis.was_judged, diagnosis.note);
  if (!evidence.console.let_pass.empty()) {
    diagnosis.note += fmt::format("{}let pass: {}", diagnosis.note.empty() ? "" : "; ",
                                  fmt::join(evidence.console.let_pass, ", "));
  }
  if (diagnosis.was_judged && diagnosis.now.cause == said.cause) {
    diagnosis.now = said;  // The run saw more of it: times, steps, the machine.
  } else if (diagnosis.was_judged && diagnosis.now.stage.empty()) {
    diagnosis.now.stage = said.stage;
  }
  return diagnosis;
}

CaseDiagnosis recorded_case(const fs::path& run, const CaseResult& result) {
  CaseDiagnosis diagnosis;
  diagnosis.result = result;
  diagnosis.now = result.verdict();
  diagnosis.stages = stages_of({}, result);
  const std::string relative = result.attempts.empty() ? "" : result.attempts.back().folder;
  if (const std::optional<fs::path> folder = folder_within(run, relative)) {
    diagnosis.folder = folder->string();
    FolderContents contents = contents_of(*folder, result);
    diagnosis.files = std::move(contents.files);
    diagnosis.missing = std::move(contents.missing);
  }
  return diagnosis;
}

std::optional<fs::path> folder_within(const fs::path& run, const std::string& relative) {
  const fs::path inside(relative);
  const bool leads_out =
      std::any_of(inside.begin(), inside.end(), [](const fs::path& part) { return part == ".."; });
  if (relative.empty() || inside.is_absolute() || leads_out) {
    return std::nullopt;
  }
  std::error_code code;
  const fs::path root = fs::canonical(run, code);
  if (code) {
    return std::nullopt;
  }
  const fs::path folder = fs::canonical(run / inside, code);
  if (code || !fs::is_directory(folder, code)) {
    return std::nullopt;
  }
  const auto [end, other] = std::mismatch(root.begin(), root.end(), folder.begin(), folder.end());
  return end == root.end() ? std::optional(run / inside) : std::nullopt;
}

}  // namespace bootproof
