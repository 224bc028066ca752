#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "harness/core/text.h"
#include "harness/diagnosis/line_loop.h"
#include "harness/diagnosis/line_matcher.h"
#include "harness/diagnosis/line_reader.h"
#include "harness/diagnosis/own_signatures.h"
#include "harness/diagnosis/signature.h"

namespace bootproof {
namespace {

constexpr std::size_t kMostSeenRows = 4096;
constexpr std::string_view kLastWord = "firmware.no-bootable-device";
constexpr std::size_t kLongestEvidence = 512;
constexpr std::size_t kCountdownRows =
    6;  ///< Rows at the end of a screen in which a countdown may stand.
constexpr std::size_t kMenuRows =
    3;  ///< Rows at its end over which a menu's instructions may stretch.

/// Where a line's kernel message begins ("[    1.234567] "), or npos.
std::size_t kernel_message_at(std::string_view line) {
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    std::size_t i = at + 1;
    const auto skip = [&](auto is_wanted) {
      const std::size_t begin = i;
      while (i < line.size() && is_wanted(line[i])) {
        ++i;
      }
      return i - begin;
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    constexpr std::size_t kFraction = 6;
    skip([](char c) { return c == ' '; });
    if (skip(is_digit) != 0 && i < line.size() && line[i++] == '.' && skip(is_digit) == kFraction &&
        i < line.size() && line[i] == ']') {
      return at;
    }
  }
  return std::string_view::npos;
}

bool contains(std::span<const std::string> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

struct SignatureWatch::Impl {
  /// The first line that a row matched.
  struct Hit {
    std::uint64_t line_id = 0;  ///< 0: none yet.
    std::string text;
  };

  /// A screen as it was shown last, and the rows that were ever seen on it.
  struct Screen {
    std::string text;
    std::vector<std::string_view> last_rows;  ///< Not blank, trimmed, the last one first.
    std::unordered_set<std::size_t> seen;
  };

  /// What a line says at the end of the console.
  struct Ending {
    const Signature* settled = nullptr;
    const Countdown* countdown = nullptr;
  };

  explicit Impl(std::shared_ptr<const OwnSignatures> rows) : own(std::move(rows)) {}

  std::shared_ptr<const OwnSignatures> own;  ///< Null: the tables alone.
  const LineMatcher& matcher = own ? own->matcher() : LineMatcher::shared();
  std::span<const Signature> signatures = own ? own->rows() : failure_signatures();
  std::vector<Hit> hits = std::vector<Hit>(signatures.size());
  bool any_certain = false;
  Stage stage = Stage::kNone;
  Stage serial_stage = Stage::kNone;  ///< Without what the machine's own screen shows.
  bool reads_own_screen = false;
  LineLoop loop;  ///< At the end of the serial stream.
  std::uint64_t last_line_id = 0;
  std::array<LineReader, 2> streams;
  std::array<Screen, 2> screens;
  std::vector<int> matches;
  /// What stands at the end of the console, once it was asked for, until more comes: a session asks
  /// several times whenever it wakes.
  std::optional<const Countdown*> known_countdown;
  struct Settled {
    std::vector<std::string> tolerated;
    std::optional<Finding> finding;
  };
  std::optional<Settled> known_settled;

  void forget_end() {
    known_countdown.reset();
    known_settled.reset();
  }

  void examine(const TextLine& line) {
    matcher.match(line.text, matches);
    const bool ignored = is_ignored(matches);
    if (ignored) {
      withdraw(line);
    }
    for (const int match : matches) {
      const auto index = static_cast<std::size_t>(match);
      if (index < signatures.size() && ignored) {
        take_ignored(index, line);
      } else if (index < signatures.size()) {
        take_signature(index, line);
      } else if (index - signatures.size() < stage_markers().size()) {
        const Stage shown = stage_markers()[index - signatures.size()].stage;
        stage = std::max(stage, shown);
        serial_stage = reads_own_screen ? serial_stage : std::max(serial_stage, shown);
      }
    }
    // A prompt, and a kernel message that came after it on its line.
    const std::size_t message_at = kernel_message_at(line.text);
    if (message_at != std::string_view::npos && message_at != 0 && !ignored) {
      examine({line.id, trim_line(line.text.substr(0, message_at)), line.finished});
    }
  }

  /// A finished line of the serial stream, for the loop at its end. `matches` are those of
  /// examine().
  void note_loop(const TextLine& line) {
    if (kernel_message_at(line.text) == 0) {
      return;
    }
    const Signature* row = nullptr;
    for (const int match : matches) {
      const auto index = static_cast<std::size_t>(match);
      if (row == nullptr && index < signatures.size() && signatures[index].repeats != 0) {
        row = &signatures[index];
      }
    }
    loop.add(is_ignored(matches) ? nullptr : row, line);
  }

  /// True for a row that needs no loop, or has it.
  [[nodiscard]] bool has_its_loop(const Signature& row) const {
    return row.repeats == 0 || loop.goes_round(row.cause, row.repeats);
  }

  [[nodiscard]] bool is_ignored(const std::vector<int>& indices) const {
    return std::any_of(indices.begin(), indices.end(), [this](int match) {
      const auto index = static_cast<std::size_t>(match);
      return index < signatures.size() && signatures[index].is_ignored;
    });
  }

  /// Takes back what the beginning of a line has proved that is ignored as a whole.
  void withdraw(const TextLine& line) {
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      if (hits[i].line_id == line.id && !signatures[i].is_ignored) {
        hits[i] = {};
      }
    }
  }

  void take_ignored(std::size_t index, const TextLine& line) {
    if (signatures[index].is_ignored && line.finished && hits[index].line_id == 0) {
      hits[index] = {line.id, std::string(line.text.substr(0, kLongestEvidence))};
    }
  }

  void take_signature(std::size_t index, const TextLine& line) {
    const Signature& row = signatures[index];
    Hit& hit = hits[index];
    if (row.proof == Proof::kSettled || (row.whole_line && !line.finished) ||
        (hit.line_id != 0 && hit.line_id != line.id && row.repeats == 0)) {
      return;
    }
    hit.line_id = line.id;
    hit.text = line.text.substr(0, kLongestEvidence);
    any_certain = any_certain || row.proof == Proof::kCertain;
  }

  /// What the end of a console says with this text as its last line.
  [[nodiscard]] Ending ending(std::string_view text, std::span<const std::string> tolerated) const {
    Ending ending;
    std::vector<int> indices;
    matcher.match(text, indices);
    const bool ignored = is_ignored(indices);
    const std::size_t first_countdown = signatures.size() + stage_markers().size();
    for (const int match : indices) {
      const auto index = static_cast<std::size_t>(match);
      if (index >= first_countdown) {
        ending.countdown = &countdowns()[index - first_countdown];
      } else if (index < signatures.size() && ending.settled == nullptr && !ignored &&
                 may_settle(signatures[index], tolerated)) {
        ending.settled = &signatures[index];
      }
    }
    return ending;
  }

  [[nodiscard]] bool may_settle(const Signature& row,
                                std::span<const std::string> tolerated) const {
    const bool left_behind = stage >= Stage::kKernel && row.stage <= Stage::kKernelLoad;
    return row.proof == Proof::kSettled && row.repeats == 0 && !left_behind &&
           !contains(tolerated, row.cause);
  }

  /// The remembered rows with lines up to `line_id` that explain `cause`, in the order of the
  /// table.
  [[nodiscard]] std::vector<std::size_t> explaining(std::string_view cause, std::uint64_t line_id,
                                                    std::span<const std::string> tolerated) const {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      const Signature& row = signatures[i];
      if (row.proof == Proof::kRemembered && !row.is_ignored && hits[i].line_id != 0 &&
          hits[i].line_id <= line_id && matches_any_glob(row.explains, cause) &&
          has_its_loop(row) && !contains(tolerated, row.cause)) {
        rows.push_back(i);
      }
    }
    return rows;
  }

  /// Their lines, oldest first, each once.
  [[nodiscard]] std::vector<std::string> lines_of(std::vector<std::size_t> rows) const {
    std::sort(rows.begin(), rows.end(),
              [this](std::size_t a, std::size_t b) { return hits[a].line_id < hits[b].line_id; });
    std::vector<std::string> lines;
    for (const std::size_t row : rows) {
      if (lines.empty() || lines.back() != hits[row].text) {
        lines.push_back(hits[row].text);
      }
    }
    return lines;
  }

  [[nodiscard]] const Signature* reason_among(const std::vector<std::size_t>& rows) const {
    const auto found = std::find_if(rows.begin(), rows.end(), [this](std::size_t row) {
      return !signatures[row].cause.empty();
    });
    return found == rows.end() ? nullptr : &signatures[*found];
  }

  /// The rows of other causes than the chosen one's, each cause once.
  [[nodiscard]] std::vector<const Signature*> candidates_beside(
      const Signature& chosen, const std::vector<std::size_t>& rows, const Signature& proof) const {
    std::vector<const Signature*> others;
    const auto add = [&](const Signature& row) {
      const auto has_its_cause = [&](const Signature* other) { return other->cause == row.cause; };
      if (!row.cause.empty() && row.cause != chosen.cause &&
          std::none_of(others.begin(), others.end(), has_its_cause)) {
        others.push_back(&row);
      }
    };
    for (const std::size_t row : rows) {
      add(signatures[row]);
    }
    add(proof);
    return others;
  }

  [[nodiscard]] Finding make_finding(const Signature& proof, std::string_view line,
                                     std::uint64_t line_id,
                                     std::span<const std::string> tolerated) const {
    const std::vector<std::size_t> rows = explaining(proof.cause, line_id, tolerated);
    const Signature* const reason = reason_among(rows);
    Finding finding{reason == nullptr ? &proof : reason, &proof,
                    std::string(line.substr(0, kLongestEvidence)), lines_of(rows),
                    candidates_beside(reason == nullptr ? proof : *reason, rows, proof)};
    if (finding.evidence.empty() || finding.evidence.back() != finding.line) {
      finding.evidence.push_back(finding.line);
    }
    return finding;
  }

  [[nodiscard]] std::optional<Finding> settled_on(std::string_view text,
                                                  std::span<const std::string> tolerated) const {
    const Signature* const row = ending(text, tolerated).settled;
    if (row == nullptr) {
      return std::nullopt;
    }
    return make_finding(*row, text, last_line_id, tolerated);
  }

  /// What the last of `lines` (newest first, not blank) says, kernel messages after it passed over.
  [[nodiscard]] std::optional<Finding> settled_at_end(
      std::span<const std::string_view> lines, std::span<const std::string> tolerated) const {
    for (const std::string_view line : lines) {
      if (auto finding = settled_on(line, tolerated)) {
        return finding;
      }
      const std::size_t message_at = kernel_message_at(line);
      if (message_at != 0) {
        return settled_on(trim_line(line.substr(0, message_at)), tolerated);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] const LineReader& serial() const {
    return streams[static_cast<std::size_t>(TextStream::kSerial)];
  }

  /// The serial stream's end first, then the screens'.
  [[nodiscard]] std::optional<Finding> settled_anywhere(
      std::span<const std::string> tolerated) const {
    std::vector<std::string_view> last_lines;
    for (std::size_t i = 0; i <= LineReader::kKeptLines; ++i) {
      last_lines.push_back(serial().from_end(i));
    }
    if (auto finding = settled_at_end(last_lines, tolerated)) {
      return finding;
    }
    for (const Screen& screen : screens) {
      if (auto finding = settled_at_end(screen.last_rows, tolerated)) {
        return finding;
      }
      std::string menu;
      for (std::size_t i = std::min(kMenuRows, screen.last_rows.size()); i-- > 0;) {
        menu += menu.empty() ? "" : " ";
        menu += screen.last_rows[i];
      }
      if (auto finding = settled_on(menu, tolerated)) {
        return finding;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] const Countdown* countdown_anywhere() const {
    if (const Countdown* const row = ending(serial().from_end(0), {}).countdown) {
      return row;
    }
    for (const Screen& screen : screens) {
      for (const std::string_view row : screen.last_rows) {
        const Ending ending_of_row = ending(row, {});
        if (ending_of_row.countdown != nullptr) {
          return ending_of_row.countdown;
        }
        if (ending_of_row.settled != nullptr) {  // a prompt below: the countdown is over
          break;
        }
      }
    }
    return nullptr;
  }
};

SignatureWatch::SignatureWatch(std::shared_ptr<const OwnSignatures> own)
    : impl_(std::make_unique<Impl>(std::move(own))) {}
SignatureWatch::~SignatureWatch() = default;
SignatureWatch::SignatureWatch(SignatureWatch&&) noexcept = default;
SignatureWatch& SignatureWatch::operator=(SignatureWatch&&) noexcept = default;

void SignatureWatch::add_text(std::string_view text, TextStream stream) {
  impl_->forget_end();
  LineReader& reader = impl_->streams[static_cast<std::size_t>(stream)];
  TextLine line;
  while (!text.empty()) {
    if (reader.next(text, impl_->last_line_id, line)) {
      impl_->examine(line);
      if (line.finished && stream == TextStream::kSerial) {
        impl_->note_loop(line);
      }
    }
  }
}

void SignatureWatch::show_screen(std::string_view screen, ScreenKind kind) {
  Impl::Screen& shown = impl_->screens[static_cast<std::size_t>(kind)];
  if (shown.text == screen) {
    return;
  }
  impl_->forget_end();
  shown.text = screen;
  shown.last_rows.clear();
  std::string_view rest = shown.text;
  while (!rest.empty()) {
    const std::size_t feed_at = rest.find('\n');
    const std::string_view row = trim_line(rest.substr(0, feed_at));
    rest = feed_at == std::string_view::npos ? std::string_view{} : rest.substr(feed_at + 1);
    if (!row.empty()) {
      shown.last_rows.push_back(row);
    }
  }
  for (std::size_t i = 0; i < shown.last_rows.size(); ++i) {
    // The last row may still be being written; then it comes again as a row above another one.
    const bool finished = i + 1 < shown.last_rows.size();
    const std::string_view row = shown.last_rows[i].substr(0, LineReader::kLongestLine);
    const std::size_t key = std::hash<std::string_view>()(row) * 2 + (finished ? 1 : 0);
    if (shown.seen.size() >= kMostSeenRows) {
      shown.seen.clear();
    }
    if (shown.seen.insert(key).second) {
      impl_->reads_own_screen = kind == ScreenKind::kVga;
      impl_->examine({++impl_->last_line_id, row, finished});
      impl_->reads_own_screen = false;
    }
  }
  std::reverse(shown.last_rows.begin(), shown.last_rows.end());
  shown.last_rows.resize(std::min(shown.last_rows.size(), kCountdownRows));
}

std::optional<Finding> SignatureWatch::certain(std::span<const std::string> tolerated) const {
  if (!impl_->any_certain) {
    return std::nullopt;
  }
  const Signature* proof = nullptr;
  const Impl::Hit* first = nullptr;
  for (std::size_t i = 0; i < impl_->signatures.size(); ++i) {
    const Signature& row = impl_->signatures[i];
    const Impl::Hit& hit = impl_->hits[i];
    if (row.proof != Proof::kCertain || row.is_ignored || hit.line_id == 0 ||
        contains(tolerated, row.cause)) {
      continue;
    }
    // That there is nothing to boot is said when all else has been said, on the debug port perhaps
    // before the serial line has delivered it.
    const bool is_last_word = row.cause == kLastWord;
    const bool is_earlier = first != nullptr && hit.line_id < first->line_id;
    if (first == nullptr ||
        (proof->cause == kLastWord ? is_earlier || !is_last_word : is_earlier && !is_last_word)) {
      proof = &row;
      first = &hit;
    }
  }
  if (proof == nullptr) {
    return std::nullopt;
  }
  return impl_->make_finding(*proof, first->text, first->line_id, tolerated);
}

std::optional<Finding> SignatureWatch::settled(std::span<const std::string> tolerated) const {
  std::optional<Impl::Settled>& known = impl_->known_settled;
  if (!known || !std::equal(tolerated.begin(), tolerated.end(), known->tolerated.begin(),
                            known->tolerated.end())) {
    known.emplace(
        Impl::Settled{{tolerated.begin(), tolerated.end()},
                      countdown() != nullptr ? std::nullopt : impl_->settled_anywhere(tolerated)});
  }
  return known->finding;
}

std::optional<Finding> SignatureWatch::repeating(std::span<const std::string> tolerated) const {
  const Signature* const row = impl_->loop.row();
  if (row == nullptr || row->proof != Proof::kSettled || !impl_->has_its_loop(*row) ||
      impl_->stage >= Stage::kPrompt || contains(tolerated, row->cause)) {
    return std::nullopt;
  }
  return impl_->make_finding(*row, impl_->loop.text(), impl_->loop.line_id(), tolerated);
}

std::optional<Finding> SignatureWatch::explanation(std::string_view cause,
                                                   std::span<const std::string> tolerated) const {
  const std::vector<std::size_t> rows = impl_->explaining(cause, impl_->last_line_id, tolerated);
  const Signature* const reason = impl_->reason_among(rows);
  if (reason == nullptr) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(reason - impl_->signatures.data());
  return Finding{reason, reason, impl_->hits[index].text, impl_->lines_of(rows),
                 impl_->candidates_beside(*reason, rows, *reason)};
}

std::vector<std::string> SignatureWatch::ignored() const {
  std::vector<std::string> causes;
  for (std::size_t i = 0; i < impl_->signatures.size(); ++i) {
    const Signature& row = impl_->signatures[i];
    if (row.is_ignored && impl_->hits[i].line_id != 0 && !contains(causes, row.cause)) {
      causes.emplace_back(row.cause);
    }
  }
  return causes;
}

Stage SignatureWatch::stage() const { return impl_->stage; }
Stage SignatureWatch::serial_stage() const { return impl_->serial_stage; }

void SignatureWatch::note_reset() {
  impl_->forget_end();
  impl_->stage = Stage::kNone;
  impl_->serial_stage = Stage::kNone;
  impl_->loop.clear();
}

const Countdown* SignatureWatch::countdown() const {
  if (!impl_->known_countdown) {
    impl_->known_countdown = impl_->countdown_anywhere();
  }
  return *impl_->known_countdown;
}

}  // namespace bootproof
