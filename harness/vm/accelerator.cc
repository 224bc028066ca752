#include "harness/vm/accelerator.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/vm/json_fields.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// QEMU's isa-debug-exit turns the value v into the exit code 2 v + 1.
constexpr int kProbeExitCode = 33;
/// The probe's time under emulation on the reference machine (2 cores, idle).
constexpr double kReferenceMilliseconds = 550.0;
/// SeaBIOS does not read a disk that is smaller than a cylinder.
constexpr std::uint64_t kProbeDiskBytes = 1U << 20U;
constexpr double kMostSlowness = 20.0;

struct ProbeOutcome {
  bool works = false;
  std::string reason;
  std::chrono::milliseconds duration{};
};

ProbeOutcome probe(Accelerator accelerator, const fs::path& folder,
                   std::chrono::milliseconds limit) {
  const fs::path sector = folder / fmt::format("probe-{}.img", ::getpid());
  write_file_atomically(sector, probe_boot_sector());
  fs::resize_file(sector, kProbeDiskBytes);
  ProgramCall call;
  call.arguments = {
      "qemu-system-x86_64",
      "-nodefaults",
      "-no-user-config",
      "-machine",
      fmt::format("pc,accel={}", name_of(accelerator)),
      "-m",
      "64M",
      "-display",
      "none",
      "-nic",
      "none",
      "-no-reboot",
      "-device",
      "isa-debug-exit,iobase=0xf4,iosize=4",
      "-blockdev",
      json::serialize(json::object{{"driver", "raw"},
                                   {"node-name", "probe"},
                                   {"read-only", true},
                                   {"file", {{"driver", "file"}, {"filename", sector.string()}}}}),
      "-device",
      "virtio-blk-pci,drive=probe,bootindex=0"};
  call.limit = limit;
  const auto start = std::chrono::steady_clock::now();
  const Result<ProgramResult> result = run_program(call);
  std::error_code ignored;  // A scratch file.
  fs::remove(sector, ignored);
  ProbeOutcome outcome;
  outcome.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  const std::string name = accelerator == Accelerator::kKvm ? "KVM" : "TCG";
  if (!result) {
    outcome.reason = fmt::format("{} starts, but SeaBIOS did not reach a boot sector within {} s",
                                 name, limit.count() / 1000);
  } else if (result->exit_code != kProbeExitCode) {
    const std::string said = escape_for_terminal(result->error_output);
    outcome.reason = fmt::format("{} does not work: QEMU ended with exit code {}{}", name,
                                 result->exit_code, said.empty() ? "" : ": " + said);
  } else {
    outcome.works = true;
    outcome.reason = fmt::format("SeaBIOS reached a boot sector under {} in {} ms", name,
                                 outcome.duration.count());
  }
  return outcome;
}

ProbeOutcome probe_kvm(const fs::path& folder) {
  if (::access("/dev/kvm", F_OK) != 0) {
    return {false, "this host has no /dev/kvm", {}};
  }
  if (::access("/dev/kvm", R_OK | W_OK) != 0) {
    return {false, "this user may not open /dev/kvm (it belongs to the group kvm)", {}};
  }
  return probe(Accelerator::kKvm, folder, std::chrono::seconds(5));
}

/// Names this boot of this host and this QEMU: what a remembered outcome is valid for.
std::string host_identity() {
  const Result<std::string> boot_id = read_file("/proc/sys/kernel/random/boot_id", 128);
  const Result<fs::path> qemu = find_program("qemu-system-x86_64");
  struct stat status {};
  if (qemu) {
    ::stat(qemu->c_str(), &status);
  }
  return fmt::format("{}:{}:{}:{}", boot_id ? boot_id->substr(0, 36) : "unknown",
                     qemu ? qemu->string() : "none", status.st_size, status.st_mtim.tv_sec);
}

std::optional<ProbeOutcome> recall(const json::object& memory, std::string_view accelerator) {
  const json::object* entry = object_at(memory, accelerator);
  if (entry == nullptr) {
    return std::nullopt;
  }
  const json::value* works = entry->if_contains("works");
  return ProbeOutcome{works != nullptr && works->is_bool() && works->as_bool(),
                      text_at(*entry, "reason"),
                      std::chrono::milliseconds(number_at(*entry, "milliseconds"))};
}

/// Outcomes of earlier probes, in a small JSON file.
class ProbeMemory {
 public:
  explicit ProbeMemory(fs::path file) : file_(std::move(file)), identity_(host_identity()) {
    const Result<std::string> text = read_file(file_, 64U << 10U);
    boost::system::error_code code;
    const json::value parsed = text ? json::parse(*text, code) : json::value();
    const json::object* object = parsed.if_object();
    if (!code && object != nullptr && text_at(*object, "host") == identity_) {
      outcomes_ = *object;
    }
  }

  template <typename Probe>
  ProbeOutcome outcome(std::string_view accelerator, Probe run_probe) {
    if (const std::optional<ProbeOutcome> known = recall(outcomes_, accelerator)) {
      return *known;
    }
    const ProbeOutcome fresh = run_probe();
    if (!fresh.works && accelerator == "tcg") {
      return fresh;  // Emulation always works; what is wrong may be mended in the next minute.
    }
    outcomes_["host"] = identity_;
    outcomes_[accelerator] = json::object{
        {"works", fresh.works}, {"reason", fresh.reason}, {"milliseconds", fresh.duration.count()}};
    write_file_atomically(file_, json::serialize(outcomes_));
    return fresh;
  }

 private:
  fs::path file_;
  std::string identity_;
  json::object outcomes_;
};

double slowness_of(std::chrono::milliseconds duration) {
  const double ratio = static_cast<double>(duration.count()) / kReferenceMilliseconds;
  return std::clamp(ratio, 1.0, kMostSlowness);
}

}  // namespace

std::string probe_boot_sector() {
  constexpr std::array<unsigned char, 20> kCode{
      0xFA,                                // cli
      0x66, 0xB9, 0x00, 0x00, 0x00, 0x04,  // mov ecx, 0x04000000
      0x66, 0x49,                          // dec ecx
      0x75, 0xFC,                          // jnz to the line above
      0xB0, 0x10,                          // mov al, 0x10
      0xBA, 0xF4, 0x00,                    // mov dx, 0xf4
      0xEE,                                // out dx, al
      0xF4,                                // hlt
      0xEB, 0xFD,                          // jmp to the line above
  };
  std::string sector(512, '\0');
  std::copy(kCode.begin(), kCode.end(), sector.begin());
  sector[510] = '\x55';
  sector[511] = '\xAA';
  return sector;
}

AcceleratorChoice choose_accelerator(Accelerator wanted, const fs::path& cache) {
  create_folders(cache, kCacheRemedy);
  value_or_throw(find_program("qemu-system-x86_64"));
  ProbeMemory memory(cache / "accelerator.json");
  AcceleratorChoice choice;
  std::string why_not_kvm = "TCG was asked for";
  if (wanted != Accelerator::kTcg) {
    const ProbeOutcome kvm = memory.outcome("kvm", [&] { return probe_kvm(cache); });
    if (kvm.works) {
      return {Accelerator::kKvm, kvm.reason, slowness_of(kvm.duration)};
    }
    if (wanted == Accelerator::kKvm) {
      throw Error(ErrorKind::kHost, fmt::format("--accel kvm can't be used: {}", kvm.reason),
                  "use --accel auto or --accel tcg");
    }
    why_not_kvm = kvm.reason;
  }
  const ProbeOutcome tcg = memory.outcome(
      "tcg", [&] { return probe(Accelerator::kTcg, cache, std::chrono::seconds(60)); });
  if (!tcg.works) {
    throw Error(ErrorKind::kHost,
                fmt::format("no accelerator works: {}; {}", why_not_kvm, tcg.reason),
                "run `bootproof doctor`");
  }
  return {Accelerator::kTcg, why_not_kvm, slowness_of(tcg.duration)};
}

}  // namespace bootproof
