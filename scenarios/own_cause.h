#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/yaml_reader.h"

namespace bootproof {

struct Vocabulary;

/// What a line of a cause of the user's own proves (the words of `proof`, in their order).
enum class OwnProof : std::uint8_t { kCertain, kSettled, kExplains };

/// One entry of `causes`: what a line on a console means, by the user's own knowledge.
struct OwnCause {
  std::string id;                     ///< `site.nic-firmware`.
  std::string stage;                  ///< One of kStageWords.
  std::vector<std::string> patterns;  ///< RE2, checked when the file is loaded; one is enough.
  std::string sentence;
  std::string hint;  ///< May be empty, as the link.
  std::string link;
  OwnProof proof = OwnProof::kCertain;
  std::chrono::milliseconds settle{3000};        ///< For kSettled.
  std::vector<std::string> explains{"*"};        ///< For kExplains: globs of causes.
  bool ignore = false;                           ///< A known failure that is let pass.
  std::optional<std::chrono::sys_days> expires;  ///< The last day on which `ignore` holds, UTC.
  SourceMark mark;
};

/// The first word of a cause's id: "site" of "site.nic-firmware".
std::string_view first_word(std::string_view id);

/// The first words of bootproof's own causes, with which none of a user's own may begin.
std::set<std::string_view> taken_first_words(const Vocabulary& vocabulary);

/// Reads a file of causes: `version: 1` and `causes`. Throws Error (kScenario) as YamlNode::error
/// does.
std::vector<OwnCause> load_own_causes(const std::filesystem::path& file,
                                      const Vocabulary& vocabulary);

}  // namespace bootproof
