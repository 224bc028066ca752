#pragma once

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

namespace bootproof {

/// Words of a QEMU command line being put together.
class CommandWords {
 public:
  /// Begins with the program.
  explicit CommandWords(std::string program) { words_.push_back(std::move(program)); }

  void flag(std::string name) { words_.push_back(std::move(name)); }
  void option(std::string name, std::string value) {
    words_.push_back(std::move(name));
    words_.push_back(std::move(value));
  }
  /// `-blockdev` in its JSON form, in which file names need no escaping.
  void blockdev(const boost::json::object& node) {
    option("-blockdev", boost::json::serialize(node));
  }
  /// The words; nothing is left here.
  [[nodiscard]] std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

}  // namespace bootproof
