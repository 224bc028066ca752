#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bootproof {

/// The object under `key`, or null.
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
/// The text under `key`; empty where there is none.
std::string text_at(const boost::json::object& object, std::string_view key);
/// The whole number under `key`; 0 where there is none.
std::int64_t number_at(const boost::json::object& object, std::string_view key);

}  // namespace bootproof
