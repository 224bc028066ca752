#pragma once

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <string>
#include <string_view>

#include "reports/result.h"

namespace bootproof {

/// Parts that the JSON writers share; not for others. All texts go through json_text, lines are cut
/// at kLongestLine and console tails at kLongestTail.

/// One line.
boost::json::string json_line(std::string_view text);
/// The end of a console.
boost::json::string json_tail(std::string_view text);
/// `{"name": "value", ...}` in order; where a name stands twice the later value counts.
boost::json::object json_properties(const Properties& properties);
/// Adds `outcome`, `stage`, `cause`, `message`, `evidence`, `hint`, `certainty`, `basis`,
/// `candidates`, `link`.
void add_verdict(boost::json::object& object, const Verdict& verdict);
/// Adds `attempt`, what add_verdict adds, `started`, `duration_ms`, `folder`.
void add_attempt(boost::json::object& object, const Attempt& attempt);
/// Adds `foretold`: an object with `forecast`, `agreement`, `path`, `reason` and `links`, empty
/// where nothing was foretold.
void add_foretold(boost::json::object& object, const Foretold& foretold);
/// `{"cases", "passed", "failed", "errors", "skipped", "flaky"}`.
boost::json::object json_totals(const Totals& totals);
/// The value as one line of text that ends with a line feed.
std::string json_document(const boost::json::object& object);

}  // namespace bootproof
