#include "harness/run/observed_boot.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace bootproof {
namespace {

/// How long lines of the timeline stay in memory at most while the machine runs.
constexpr std::chrono::seconds kFlushPeriod{1};

}  // namespace

ObservedBoot::ObservedBoot(const MachineSpec& spec, const std::filesystem::path& folder)
    : spec_(spec), timeline_(folder / "timeline.jsonl") {}

void ObservedBoot::ask(asio::thread_pool& pool, std::function<MediumFacts()> ask) {
  if (!ask || spec_.device == Device::kNone) {
    reads_.set_map(nullptr);
    return;
  }
  const auto task = std::make_shared<std::packaged_task<MediumFacts()>>(std::move(ask));
  asked_ = task->get_future().share();
  asio::post(pool, [task] { (*task)(); });
}

void ObservedBoot::expect_machine(const MachineFiles& files) {
  if (spec_.device != Device::kNone) {
    trace_ = files.overlay.empty() ? ReadTrace(spec_.image.string(), "raw")
                                   : ReadTrace(files.overlay.string(), "qcow2");
  }
}

void ObservedBoot::begin(int boot, std::string_view qemu_version) {
  timeline_.start(boot, qemu_version, Clock::now());
}

bool ObservedBoot::trace(std::string_view bytes) {
  const Time now = Clock::now();
  bool is_new = false;
  if (trace_) {
    for (const MediumRead& read : trace_->feed(bytes)) {
      is_new = reads_.add(read, now) || is_new;
    }
  }
  return is_new;
}

void ObservedBoot::take_facts() {
  if (!asked_.valid()) {
    return;
  }
  try {
    facts_ = asked_.get();
  } catch (const std::exception&) {
    facts_ = {};  // Reads are told by their offsets then.
  }
  asked_ = {};
  reads_.set_map(facts_.map);
}

void ObservedBoot::write_reads(bool all) {
  const Time now = Clock::now();
  timeline_.reads(reads_.take_runs(now, all), reads_, now);
}

void ObservedBoot::turn(CaseLogic& logic) {
  if (asked_.valid() && asked_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    take_facts();
  }
  logic.watch_reads(sees_reads() ? &reads_ : nullptr);
  write_reads(false);
  const Time now = Clock::now();
  if (timeline_.wants_screen(now)) {
    timeline_.screen("terminal", logic.screen_text(), now);
  }
  if (now - flushed_ >= kFlushPeriod) {
    flushed_ = now;
    timeline_.flush();
  }
}

Task<void> ObservedBoot::settle(asio::thread_pool& pool) {
  if (asked_.valid()) {
    const auto wait = [asked = asked_] { asked.wait(); };
    auto waiting = offload(pool, wait);
    co_await std::move(waiting);
    take_facts();
  }
  is_blind_ = trace_ && !trace_->knows_medium();
  write_reads(true);
}

Verdict ObservedBoot::explain(Verdict verdict) const {
  return sees_reads() ? explain_by_reads(std::move(verdict), reads_, facts_) : std::move(verdict);
}

void ObservedBoot::finish(const Verdict& verdict) {
  timeline_.verdict(verdict, Clock::now());
  timeline_.close();
}

Properties ObservedBoot::properties() const {
  Properties out;
  if (is_blind_) {
    out.emplace_back("medium-reads",
                     "not recorded: this QEMU writes no trace of them; it needs the trace backend "
                     "\"log\", as Debian's has it");
  }
  if (timeline_.problem() != 0) {
    out.emplace_back("timeline",
                     "not recorded: " + std::generic_category().message(timeline_.problem()));
  }
  return out;
}

}  // namespace bootproof
