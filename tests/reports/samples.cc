#include "tests/reports/samples.h"

#include <utility>

namespace bootproof::testing {
namespace {

using std::chrono::milliseconds;

std::chrono::system_clock::time_point time_at(int seconds) {
  constexpr std::chrono::sys_days kDay{std::chrono::year(2024) / 5 / 6};
  return kDay + std::chrono::hours(7) + std::chrono::seconds(seconds) + milliseconds(123);
}

}  // namespace

Attempt passed_attempt() {
  Attempt attempt;
  attempt.verdict.outcome = Outcome::kPassed;
  attempt.verdict.stage = "prompt";
  attempt.started = time_at(0);
  attempt.duration = milliseconds(12'345);
  attempt.folder = "reaches-a-shell/rescue.ovmf.usb-storage/1";
  return attempt;
}

Attempt failed_attempt() {
  Attempt attempt;
  attempt.verdict.outcome = Outcome::kFailed;
  attempt.verdict.stage = "boot-device";
  attempt.verdict.cause = "firmware.no-bootable-device";
  attempt.verdict.message = "the firmware found no device that it can boot";
  attempt.verdict.evidence = {"Boot failed: not a bootable disk", "No bootable device."};
  attempt.verdict.hint = "put a boot sector on the medium, or try another firmware";
  attempt.verdict.rest_on(Certainty::kLikely, "an earlier line explains the last one");
  attempt.verdict.candidates = {{"loader.not-found", "the loader is missing"}};
  attempt.verdict.link = "https://tracker.example/42";
  attempt.started = time_at(20);
  attempt.duration = milliseconds(5'200);
  attempt.folder = "reaches-a-shell/rescue.seabios.ide-cd/1";
  return attempt;
}

Attempt error_attempt() {
  Attempt attempt;
  attempt.verdict.outcome = Outcome::kError;
  attempt.verdict.cause = "host.qemu-did-not-start";
  attempt.verdict.message = "QEMU ended with code 1 before it answered";
  attempt.verdict.evidence = {"qemu-system-x86_64: -device nvme: drive property not set"};
  attempt.verdict.hint = "run repro.sh of the case by hand";
  attempt.verdict.rest_on(Certainty::kCertain, "what the host reported");
  attempt.started = time_at(30);
  attempt.duration = milliseconds(310);
  attempt.folder = "reaches-a-shell/rescue.seabios.nvme/1";
  return attempt;
}

Attempt skipped_attempt() {
  Attempt attempt;
  attempt.verdict.outcome = Outcome::kSkipped;
  attempt.verdict.message = "this host has no firmware aavmf";
  attempt.verdict.hint = "apt-get install qemu-efi-aarch64";
  attempt.started = time_at(31);
  return attempt;
}

CaseResult case_of(const std::string& id, std::vector<Attempt> attempts) {
  CaseResult result;
  result.suite = "reaches-a-shell";
  result.id = id;
  result.properties = {{"firmware", "seabios"}, {"device", "ide-cd"}, {"machine", "pc"}};
  result.attempts = std::move(attempts);
  int number = 0;
  for (Attempt& attempt : result.attempts) {
    attempt.number = ++number;
  }
  result.console_tail = "SeaBIOS (version 1.16.2)\r\nBooting from DVD/CD...\r\n";
  return result;
}

RunResult sample_run() {
  RunResult run;
  run.name = "quickstart";
  run.started = time_at(0);
  run.duration = milliseconds(192'000);
  run.properties = {{"bootproof", "0.1.0"}, {"accelerator", "tcg: /dev/kvm can't be opened"}};
  run.cases.push_back(case_of("rescue.ovmf.usb-storage", {passed_attempt()}));
  CaseResult refused = case_of("unsigned.ovmf-secure.scsi-cd", {passed_attempt()});
  refused.suite = "refuses-unsigned-loader";
  run.cases.push_back(std::move(refused));
  run.cases.push_back(case_of("rescue.seabios.ide-cd", {failed_attempt()}));
  run.cases.push_back(case_of("rescue.seabios.nvme", {error_attempt()}));
  CaseResult skipped = case_of("rescue.aavmf.usb-storage", {skipped_attempt()});
  skipped.console_tail.clear();
  run.cases.push_back(std::move(skipped));
  run.cases.push_back(
      case_of("rescue.seabios.usb-storage", {failed_attempt(), error_attempt(), passed_attempt()}));
  run.cases.push_back(
      case_of("rescue.seabios.scsi-cd", {error_attempt(), failed_attempt(), failed_attempt()}));
  return run;
}

Foretold foretold_to_boot() {
  Foretold foretold;
  foretold.forecast = "boots";
  foretold.path = "UEFI x64, optical";
  foretold.links = {
      {"entry", "El Torito section 1 (platform 0xEF, sector 45)", "boots", "", 0x22800},
      {"loader", "/EFI/BOOT/BOOTX64.EFI (x86-64)", "boots", "", 0x31000},
      {"kernel", "/vmlinuz", "boots", "", 0x80000},
      {"initramfs", "/initrd.img", "boots", "", 0x800000},
      {"initramfs", "/init", "boots", "", 0x800040}};
  foretold.agreement = Agreement::kHeld;
  return foretold;
}

Foretold foretold_to_break() {
  Foretold foretold;
  foretold.forecast = "cannot boot";
  foretold.path = "BIOS, disk";
  foretold.reason = "MBR: it has no boot code";
  foretold.links = {{"entry", "MBR", "cannot boot", "it has no boot code", 0}};
  foretold.agreement = Agreement::kHeld;
  return foretold;
}

RunResult foretold_run() {
  RunResult run = sample_run();
  run.cases.clear();
  const auto add = [&run](std::string medium, std::string firmware, std::string device,
                          Attempt attempt) -> CaseResult& {
    CaseResult result = case_of(medium + "." + firmware + "." + device, {std::move(attempt)});
    result.suite = medium + "-reaches-prompt";
    result.properties = {{"medium", medium}, {"firmware", firmware}, {"device", device}};
    return run.cases.emplace_back(std::move(result));
  };
  const auto unbooted = [](std::string cause, std::string message) {
    Attempt attempt = skipped_attempt();
    attempt.verdict.cause = std::move(cause);
    attempt.verdict.message = std::move(message);
    attempt.verdict.hint.clear();
    return attempt;
  };
  CaseResult& held = add("rescue", "ovmf", "ahci-cd", passed_attempt());
  held.foretold = foretold_to_boot();
  held.properties.insert(held.properties.end(), {{"reached.firmware", "0.91 s"},
                                                 {"reached.loader", "2.10 s"},
                                                 {"reached.kernel", "4.25 s"},
                                                 {"reached.userspace", "11.80 s"},
                                                 {"reached.prompt", "12.00 s"}});
  CaseResult& contradicted = add("rescue", "ovmf", "usb-storage", failed_attempt());
  contradicted.foretold = foretold_to_boot();
  contradicted.foretold.path = "UEFI x64, disk";
  contradicted.foretold.agreement = Agreement::kContradicted;
  CaseResult& doubtful = add("rescue", "seabios", "ahci-cd", passed_attempt());
  doubtful.foretold = foretold_to_boot();
  doubtful.foretold.path = "BIOS, optical";
  doubtful.foretold.forecast = "doubtful";
  doubtful.foretold.links[1].state = "doubtful";
  doubtful.foretold.links[1].problem = "its core image could not be unpacked";
  doubtful.foretold.reason = "/EFI/BOOT/BOOTX64.EFI (x86-64): its core image could not be unpacked";
  doubtful.foretold.agreement = Agreement::kDoubtful;
  CaseResult& impossible = add("rescue", "seabios", "usb-storage",
                               unbooted("case.foretold-not-to-boot", "MBR: it has no boot code"));
  impossible.foretold = foretold_to_break();
  impossible.foretold.agreement = Agreement::kUnproved;
  add("rescue", "aavmf", "usb-storage", skipped_attempt());
  CaseResult& failing = add("stick", "seabios", "ide-hd", failed_attempt());
  failing.attempts.back().verdict.outcome = Outcome::kPassed;
  failing.foretold = foretold_to_break();
  CaseResult& same_reason = add("stick", "seabios", "usb-storage",
                                unbooted("case.foretold-not-to-boot", "MBR: it has no boot code"));
  same_reason.foretold = foretold_to_break();
  same_reason.foretold.agreement = Agreement::kUnproved;
  add("stick", "ovmf", "ide-hd", error_attempt());
  return run;
}

std::string hostile_bytes() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) {
    bytes.push_back(static_cast<char>(value));
  }
  bytes += "\xed\xa0\x80 \xed\xbf\xbf";               // surrogates
  bytes += "\xef\xbf\xbe \xef\xbf\xbf";               // U+FFFE, U+FFFF
  bytes += "\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf";  // overlong
  bytes += "\xf4\x90\x80\x80 \xf8\x88\x80\x80\x80";   // over U+10FFFF
  bytes += "\xc2\x85\xc2\x9b";                        // C1: NEL, CSI
  bytes += "\x1b[2J\x1b]0;title\x07";                 // clear screen, set title
  bytes += "]]><!-- --> <![CDATA[ &amp; &#0; \"'";    // markup
  bytes += "\xe2\x80\xae\xe2\x80\xa8";                // right-to-left override, line separator
  bytes +=
      "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x90\xa7 \r lone \r\n[[ATTACHMENT|/etc/passwd]]";
  bytes += "\xe4\xb8";  // cut short
  return bytes;
}

RunResult hostile_run() {
  RunResult run = sample_run();
  const std::string hostile = hostile_bytes();
  run.name += hostile;
  run.properties.emplace_back(hostile, hostile);
  for (CaseResult& result : run.cases) {
    result.foretold = foretold_to_boot();
    result.foretold.agreement = Agreement::kContradicted;
    result.foretold.path += hostile;
    result.foretold.reason += hostile;
    for (ForetoldLink& link : result.foretold.links) {
      link.text += hostile;
      link.problem += hostile;
    }
    result.suite += hostile;
    result.id += hostile;
    result.properties.emplace_back(hostile, hostile);
    result.console_tail += hostile;
    for (Attempt& attempt : result.attempts) {
      Verdict& verdict = attempt.verdict;
      verdict.stage += hostile;
      verdict.cause += hostile;
      verdict.message += hostile;
      verdict.hint += hostile;
      verdict.basis += hostile;
      verdict.candidates.push_back({hostile, hostile});
      verdict.link += hostile;
      verdict.evidence.push_back(hostile);
      attempt.folder += hostile;
    }
  }
  return run;
}

}  // namespace bootproof::testing
