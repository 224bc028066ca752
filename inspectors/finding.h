#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::inspectors {

/// How much a finding matters.
enum class Severity : std::uint8_t {
  kError,    ///< Will not boot, or not where it was made for.
  kWarning,  ///< Boots on some firmware only, or is fragile.
  kNote,     ///< Worth knowing.
};

/// "error", "warning", "note".
std::string_view name_of(Severity severity);

/// One row of the table of rules (rules.h).
struct Rule {
  std::string_view id;  ///< Stable: `el-torito.validation-checksum`.
  Severity severity;
  std::string_view sentence;  ///< What is wrong, for people.
  std::string_view remedy;    ///< What to do.
};

/// One defect of a medium. The texts hold nothing but printable characters, whatever the medium
/// holds.
struct Finding {
  std::string_view rule;  ///< The id of its row in the table of rules.
  Severity severity = Severity::kNote;
  std::uint64_t offset = 0;  ///< Of the wrong field or structure, in the image.
  std::string path;          ///< Which part: "primary volume descriptor, root directory".
  std::string found;
  std::string expected;
  std::string_view remedy;

  bool operator==(const Finding&) const = default;
};

/// Collects findings; a hostile medium can't make it grow without bound.
class Findings {
 public:
  /// The most that is kept of one rule.
  static constexpr std::size_t kMostOfOneRule = 32;

  /// Adds one. `path`, `found` and `expected` have to be printable (text.h).
  void add(const Rule& rule, std::uint64_t offset, std::string path, std::string found,
           std::string expected);

  /// Adds what another collection gave.
  void append(std::vector<Finding> findings);
  /// The same without those whose place was judged before, by a rule of the same family: what is
  /// seen again from another firmware or device, under another name perhaps.
  void append_new(std::vector<Finding> findings);

  /// All, by offset and then in the order in which they were added; none is left here. Where more
  /// than kMostOfOneRule of a rule were added, its last one says so.
  std::vector<Finding> take();

 private:
  std::vector<Finding> findings_;
  std::map<std::string_view, std::size_t> counts_;
};

}  // namespace bootproof::inspectors
