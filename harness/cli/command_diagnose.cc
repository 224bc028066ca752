#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/diagnosed_cases.h"
#include "harness/cli/run_reading.h"
#include "harness/cli/scenario_input.h"
#include "harness/cli/terminal.h"
#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "harness/run/console_file.h"
#include "harness/run/file_look.h"
#include "harness/run/memory_file.h"
#include "harness/run/own_causes.h"
#include "harness/run/verdict_basis.h"
#include "reports/case_diagnosis.h"
#include "reports/escape.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct DiagnoseFlags {
  std::string file;
  std::string kind;  ///< "text" or "memory"; empty: by the file's bytes.
  std::string base;
  std::string run;
  std::vector<std::string> causes;
  bool json = false;
};

/// What is known of a file.
struct Diagnosis {
  std::string kind;
  LogDiagnosis result;
  std::optional<KernelLog> log;  ///< Of memory.
};

/// Whether a file is memory, else text: as the user says, else by its bytes. Throws Error (kUsage)
/// where it is neither.
bool is_memory(const DiagnoseFlags& flags, const FileBytes& file) {
  if (!flags.kind.empty() && file.size != 0) {
    return flags.kind == "memory";
  }
  const FileLook look = look_at(file);
  if (look.kind == FileKind::kText || look.kind == FileKind::kMemory) {
    return look.kind == FileKind::kMemory;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{} is {}", escape_for_terminal(flags.file), look.what), look.remedy);
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

Diagnosis diagnose_file(const DiagnoseFlags& flags,
                        const std::shared_ptr<const OwnSignatures>& own) {
  const FileBytes file = value_or_throw(open_bytes(flags.file));
  Diagnosis diagnosis;
  const bool has_memory = is_memory(flags, file);
  diagnosis.kind = has_memory ? "memory" : "text";
  if (has_memory) {
    diagnosis.log = read_kernel_log_file(file, base_of(flags));
    diagnosis.result = diagnose_kernel_log(*diagnosis.log, "machine.silent", {}, own);
  } else {
    SignatureWatch watch(own);
    read_console(file, watch);
    diagnosis.result = diagnose_end(watch);
    diagnosis.result.own = own;  // The finding refers to its rows.
    if (file.size > kLongestLog) {
      fmt::print(stderr, "warning: {} MiB, of which the first {} count\n", file.size >> 20U,
                 kLongestLog >> 20U);
    }
  }
  if (diagnosis.result.finding) {
    diagnosis.result.stage = stage_of(*diagnosis.result.finding, diagnosis.result.stage);
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
  json::object out{{"format", kDiagnosisFormat},
                   {"version", kDiagnosisFormatVersion},
                   {"file", escape_for_terminal(flags.file)},
                   {"kind", diagnosis.kind},
                   {"stage", name_of(result.stage)},
                   {"let_pass", json::array(result.let_pass.begin(), result.let_pass.end())}};
  if (result.finding) {
    const Verdict verdict = verdict_of(*result.finding, {}, Reading::kLog);
    out["cause"] = verdict.cause;
    out["certain"] = verdict.certainty == Certainty::kCertain;
    out["certainty"] = name_of(verdict.certainty);
    out["basis"] = verdict.basis;
    out["sentence"] = json_text(verdict.message);
    out["hint"] = json_text(verdict.hint);
    out["link"] = json_text(verdict.link);
    out["evidence"] = escaped(verdict.evidence);
    json::array candidates;
    for (const Candidate& candidate : verdict.candidates) {
      candidates.push_back(
          json::object{{"cause", candidate.cause}, {"sentence", json_text(candidate.sentence)}});
    }
    out["candidates"] = std::move(candidates);
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
  for (const std::string& cause : result.let_pass) {
    text += fmt::format("let pass: {}\n", cause);
  }
  if (!result.finding) {
    return text + "cause: none that is known\n";
  }
  const Verdict verdict = verdict_of(*result.finding, {}, Reading::kLog);
  text += fmt::format("cause: {} ({}): {}\n", verdict.cause, name_of(verdict.certainty),
                      verdict.message);
  text += fmt::format("rests on: {}\nevidence:\n", verdict.basis);
  for (const std::string& line : verdict.evidence) {
    text += fmt::format("  {}\n", escape_for_terminal(line));
  }
  for (const Candidate& candidate : verdict.candidates) {
    text += fmt::format("or: {}: {}\n", candidate.cause, candidate.sentence);
  }
  if (!verdict.hint.empty()) {
    text += fmt::format("what to do: {}\n", verdict.hint);
  }
  return verdict.link.empty() ? text : text + fmt::format("see: {}\n", verdict.link);
}

/// Prints them; the exit code that a run with these results has.
int tell(const DiagnoseFlags& flags, std::string_view kind,
         const std::vector<CaseDiagnosis>& cases) {
  if (flags.json) {
    std::fputs(diagnosis_json(flags.file, std::string(kind), cases).c_str(), stdout);
  } else if (cases.empty()) {
    fmt::print("no case failed\n");
  } else {
    for (const CaseDiagnosis& one : cases) {
      fmt::print("{}{}", &one == cases.data() ? "" : "\n", diagnosis_text(one, stdout_style()));
    }
  }
  int exit_code = 0;
  for (const CaseDiagnosis& one : cases) {
    if (one.now.outcome == Outcome::kError) {
      exit_code = 3;
    } else if (one.now.outcome == Outcome::kFailed) {
      exit_code = std::max(exit_code, 1);
    }
  }
  return exit_code;
}

/// The user's own causes: those that are given, else those that a run kept.
std::shared_ptr<const OwnSignatures> own_signatures(const DiagnoseFlags& flags,
                                                    const fs::path& run = {}) {
  std::vector<OwnCause> causes = load_cause_files(flags.causes);
  std::error_code code;
  const fs::path kept = run / kRunCausesFile;
  if (flags.causes.empty() && !run.empty() && fs::is_regular_file(fs::symlink_status(kept, code))) {
    try {
      causes = load_cause_files({kept.string()});
    } catch (const Error& error) {
      fmt::print(stderr, "warning: the run's own causes don't count: {}\n",
                 escape_for_terminal(error.message()));
    }
  }
  for (const std::string& warning : expired_ignores(causes, today())) {
    fmt::print(stderr, "warning: {}\n", escape_for_terminal(warning));
  }
  return own_signatures_of(causes, today());
}

Error no_such_thing(const DiagnoseFlags& flags) {
  return {ErrorKind::kUsage,
          fmt::format("there is no file, folder or case of the name '{}', and no run below out/",
                      escape_for_terminal(flags.file)),
          "name a log, a file of memory, or the folder of a run or a case; a case's id is looked "
          "up in the run that --run names"};
}

/// A name that is no file: a case of a run.
int diagnose_named_case(const DiagnoseFlags& flags) {
  const std::optional<fs::path> folder =
      flags.run.empty() ? find_youngest_run() : std::optional<fs::path>(flags.run);
  if (!folder) {
    throw no_such_thing(flags);
  }
  const RunResult run = read_run(*folder);
  const std::vector<const CaseResult*> cases = find_cases(run, flags.file);
  if (cases.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("no case of {} matches '{}', and there is no file of that name",
                            escape_for_terminal(folder->string()), escape_for_terminal(flags.file)),
                "name a case as the run's table does, or a part of its id; --run names another "
                "run");
  }
  return tell(flags, "case", diagnose_cases(*folder, cases, own_signatures(flags, *folder)));
}

/// A folder without a run.json: a case's, or one that holds such folders.
int diagnose_folder(const DiagnoseFlags& flags, const fs::path& path) {
  if (is_case_folder(path)) {
    return tell(flags, "case", {diagnose_case_folder(path, own_signatures(flags))});
  }
  const bool is_run = is_unended_run(path);
  const CaseFolders found = find_case_folders(path);
  const std::string shown = escape_for_terminal(flags.file);
  if (found.folders.empty()) {
    throw is_run ? Error(ErrorKind::kUsage,
                         fmt::format("{} is of a run that did not end, and no case of it has left "
                                     "anything",
                                     shown),
                         "wait for its end if it still runs; else run it again")
                 : Error(ErrorKind::kUsage, fmt::format("{} holds no run and no case", shown),
                         "a run's folder has a run.json, a case's a serial.log");
  }
  if (is_run) {
    fmt::print(
        stderr,
        "warning: {} is of a run that did not end: it was killed, or it still runs; what its "
        "{} left is diagnosed\n",
        shown, counted(found.folders.size(), "case"));
  }
  if (found.is_cut) {
    fmt::print(stderr, "warning: {} holds more than the {} that are diagnosed\n", shown,
               counted(found.folders.size(), "case"));
  }
  const std::shared_ptr<const OwnSignatures> own = own_signatures(flags, path);
  std::vector<CaseDiagnosis> cases;
  for (const fs::path& folder : found.folders) {
    CaseDiagnosis one = diagnose_case_folder(folder, own);
    if (is_lost(one.now)) {
      cases.push_back(std::move(one));
    }
  }
  return tell(flags, is_run ? "run" : "suite", cases);
}

int diagnose(const DiagnoseFlags& flags) {
  std::error_code code;
  const fs::path path(flags.file);
  const bool is_there = fs::exists(path, code);
  if (code == std::errc::permission_denied) {
    throw system_error(fmt::format("cannot open {}", escape_for_terminal(flags.file)),
                       code.value());
  }
  if (!flags.run.empty() || !is_there) {
    return diagnose_named_case(flags);
  }
  if (path.filename() == "run.json" || fs::exists(path / "run.json", code)) {
    const fs::path folder = fs::is_directory(path, code) ? path
                            : path.has_parent_path()     ? path.parent_path()
                                                         : fs::path(".");
    const RunResult run = read_run(path);
    return tell(flags, "run",
                diagnose_cases(folder, lost_cases(run), own_signatures(flags, folder)));
  }
  if (fs::is_directory(path, code)) {
    return diagnose_folder(flags, path);
  }
  const Diagnosis diagnosis = diagnose_file(flags, own_signatures(flags));
  fmt::print("{}", flags.json ? json_of(flags, diagnosis) : text_of_diagnosis(diagnosis));
  const bool has_no_log = diagnosis.log && diagnosis.log->records.empty();
  return diagnosis.result.finding || has_no_log ? 1 : 0;
}

}  // namespace

std::function<int()> set_up_diagnose(CLI::App& app) {
  auto flags = std::make_shared<DiagnoseFlags>();
  app.add_option("what", flags->file,
                 "a run's folder, a case's folder or id, what a console said (serial.log), a raw "
                 "image of a machine's memory, or an ELF core of it")
      ->required()
      ->type_name("RUN|CELL|FILE");
  app.add_option("--run", flags->run,
                 "the run that a case's id is looked up in (default: the youngest below out/)")
      ->type_name("DIR");
  add_causes_option(app, flags->causes);
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
