#include "harness/run/own_causes.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <utility>

#include "scenarios/schema.h"

namespace bootproof {
namespace {

Proof proof_of(OwnProof proof) {
  switch (proof) {
    case OwnProof::kCertain:
      break;
    case OwnProof::kSettled:
      return Proof::kSettled;
    case OwnProof::kExplains:
      return Proof::kRemembered;
  }
  return Proof::kCertain;
}

bool has_expired(const OwnCause& cause, std::chrono::sys_days today) {
  return cause.ignore && cause.expires && today > *cause.expires;
}

std::string text_of_day(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

std::shared_ptr<const OwnSignatures> own_signatures_of(std::span<const OwnCause> causes,
                                                       std::chrono::sys_days today) {
  std::vector<OwnSignature> rows;
  for (const OwnCause& cause : causes) {
    OwnSignature row;
    row.cause = cause.id;
    row.sentence = cause.sentence;
    row.hint = cause.hint;
    if (has_expired(cause, today)) {
      row.hint += fmt::format("{}it was ignored until {}: mend it, or give it a later day",
                              cause.hint.empty() ? "" : "; ", text_of_day(*cause.expires));
    }
    row.link = cause.link;
    row.explains = fmt::format("{}", fmt::join(cause.explains, " "));
    row.settle = cause.settle;
    row.stage = stage_named(cause.stage);
    row.proof = proof_of(cause.proof);
    row.is_ignored = cause.ignore && !has_expired(cause, today);
    for (const std::string& pattern : cause.patterns) {
      row.pattern = pattern;
      rows.push_back(row);
    }
  }
  return rows.empty() ? nullptr : std::make_shared<const OwnSignatures>(std::move(rows));
}

std::vector<std::string> expired_ignores(std::span<const OwnCause> causes,
                                         std::chrono::sys_days today) {
  std::vector<std::string> warnings;
  for (const OwnCause& cause : causes) {
    if (has_expired(cause, today)) {
      warnings.push_back(
          fmt::format("{}:{}:{}: '{}' was to be ignored until {}: it counts as a "
                      "failure again",
                      cause.mark.file, cause.mark.line, cause.mark.column, cause.id,
                      text_of_day(*cause.expires)));
    }
  }
  return warnings;
}

std::string own_causes_file(std::span<const OwnCause> causes) {
  namespace json = boost::json;
  json::array list;
  for (const OwnCause& cause : causes) {
    json::object one{{"id", cause.id},
                     {"stage", cause.stage},
                     {"pattern", json::value_from(cause.patterns)},
                     {"sentence", cause.sentence},
                     {"proof", kProofWords.at(static_cast<std::size_t>(cause.proof))},
                     {"ignore", cause.ignore}};
    const auto add = [&one](const char* key, const std::string& value, bool is_given) {
      if (is_given) {
        one[key] = value;
      }
    };
    add("hint", cause.hint, !cause.hint.empty());
    add("link", cause.link, !cause.link.empty());
    add("settle", fmt::format("{}ms", cause.settle.count()), cause.proof == OwnProof::kSettled);
    if (cause.proof == OwnProof::kExplains) {
      one["explains"] = json::value_from(cause.explains);
    }
    if (cause.expires) {
      one["expires"] = text_of_day(*cause.expires);
    }
    list.emplace_back(std::move(one));
  }
  // JSON is YAML, but for the slash, which it need not escape.
  std::string text = json::serialize(json::object{{"version", 1}, {"causes", std::move(list)}});
  for (std::size_t at = text.find("\\/"); at != std::string::npos; at = text.find("\\/", at + 1)) {
    text.erase(at, 1);
  }
  return text + "\n";
}

std::chrono::sys_days today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

}  // namespace bootproof
