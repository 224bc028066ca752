#include "reports/verdict_json.h"

#include <boost/json/object.hpp>

#include "reports/json_values.h"

namespace bootproof {

std::string verdict_json(const CaseResult& result, const Attempt& attempt) {
  boost::json::object object;
  object["format"] = "bootproof-verdict";
  object["version"] = kVerdictFormatVersion;
  object["suite"] = json_line(result.suite);
  object["id"] = json_line(result.id);
  object["properties"] = json_properties(result.properties);
  add_foretold(object, result.foretold);
  add_attempt(object, attempt);
  object["console_tail"] = json_tail(result.console_tail);
  return json_document(object);
}

}  // namespace bootproof
