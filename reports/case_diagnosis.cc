#include "reports/case_diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "reports/escape.h"
#include "reports/explanation.h"
#include "reports/json_values.h"

namespace bootproof {
namespace {

constexpr std::size_t kMostNames = 40;

std::string list_of(std::string_view heading, const std::vector<std::string>& entries,
                    std::string_view separator) {
  if (entries.empty()) {
    return {};
  }
  std::string out = fmt::format("  {}: ", heading);
  const std::size_t shown = std::min(entries.size(), kMostNames);
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : separator, one_line(entries[i]));
  }
  return out + (shown < entries.size() ? ", ...\n" : "\n");
}

boost::json::array json_list(const std::vector<std::string>& entries) {
  boost::json::array list;
  for (const std::string& entry : std::span(entries).first(std::min(entries.size(), kMostNames))) {
    list.emplace_back(json_line(entry));
  }
  return list;
}

}  // namespace

bool CaseDiagnosis::differs() const { return was_judged && now.cause != result.verdict().cause; }

std::string diagnosis_text(const CaseDiagnosis& diagnosis, const TextStyle& style) {
  CaseResult shown = diagnosis.result;
  if (shown.attempts.empty()) {
    shown.attempts.emplace_back();
  }
  shown.attempts.back().verdict = diagnosis.now;
  shown.attempts.back().folder = diagnosis.folder;
  std::string out = explanation_of(shown, {}, style);
  if (!diagnosis.was_judged) {
    out += "  then said: nothing; no verdict was kept\n";
  } else if (diagnosis.differs()) {
    out += fmt::format("  then said: {}\n", one_line(summary_of(diagnosis.result.verdict())));
  }
  if (!diagnosis.note.empty()) {
    out += fmt::format("  note: {}\n", one_line(diagnosis.note));
  }
  out += list_of("stages", diagnosis.stages, ", ");
  if (!diagnosis.order.empty()) {
    out += fmt::format("  the streams were read: {}\n", one_line(diagnosis.order));
  }
  out += list_of("the folder holds", diagnosis.files, ", ");
  out += list_of("it lacks", diagnosis.missing, "; ");
  out += list_of("could not be read", diagnosis.problems, "; ");
  return out;
}

std::string diagnosis_json(const std::string& file, const std::string& kind,
                           const std::vector<CaseDiagnosis>& cases) {
  boost::json::object object;
  object["format"] = kDiagnosisFormat;
  object["version"] = kDiagnosisFormatVersion;
  object["file"] = json_line(file);
  object["kind"] = kind;
  boost::json::array list;
  for (const CaseDiagnosis& diagnosis : cases) {
    boost::json::object one;
    one["suite"] = json_line(diagnosis.result.suite);
    one["id"] = json_line(diagnosis.result.id);
    one["folder"] = json_line(diagnosis.folder);
    add_verdict(one, diagnosis.now);
    boost::json::object then;
    if (diagnosis.was_judged) {
      add_verdict(then, diagnosis.result.verdict());
    }
    one["then"] = std::move(then);
    one["differs"] = diagnosis.differs();
    one["note"] = json_line(diagnosis.note);
    add_foretold(one, diagnosis.result.foretold);
    one["order"] = json_line(diagnosis.order);
    one["stages"] = json_list(diagnosis.stages);
    one["files"] = json_list(diagnosis.files);
    one["missing"] = json_list(diagnosis.missing);
    one["problems"] = json_list(diagnosis.problems);
    list.emplace_back(std::move(one));
  }
  object["cases"] = std::move(list);
  return json_document(object);
}

}  // namespace bootproof
