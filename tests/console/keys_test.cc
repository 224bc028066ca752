#include "harness/console/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace bootproof {

/// For comparing whole rows.
static bool operator==(const Key& a, const Key& b) {
  return a.name == b.name && a.serial == b.serial && a.qcodes == b.qcodes;
}

namespace {

TEST(Keys, NamedKeysSendWhatATerminalAndAKeyboardSend) {
  EXPECT_EQ(find_key("enter"), (Key{"enter", "\r", "ret"}));
  EXPECT_EQ(find_key("up"), (Key{"up", "\x1b[A", "up"}));
  EXPECT_EQ(find_key("f1"), (Key{"f1", "\x1bOP", "f1"}));
  EXPECT_EQ(find_key("f12"), (Key{"f12", "\x1b[24~", "f12"}));
  EXPECT_EQ(find_key("page-down"), (Key{"page-down", "\x1b[6~", "pgdn"}));
  EXPECT_EQ(find_key("ctrl-a"), (Key{"ctrl-a", "\x01", "ctrl-a"}));
  EXPECT_EQ(find_key("ctrl-z"), (Key{"ctrl-z", "\x1a", "ctrl-z"}));
  EXPECT_EQ(find_key("c"), (Key{"c", "c", "c"}));
  EXPECT_EQ(find_key("9"), (Key{"9", "9", "9"}));
}

TEST(Keys, AnUnknownNameIsNoKey) {
  for (const std::string_view name :
       {"", "Enter", "ctrl-", "ctrl-1", "f13", "f0", "return", "a "}) {
    EXPECT_EQ(find_key(name), std::nullopt) << name;
  }
}

TEST(Keys, EachKeyHasANameOfItsOwnAndIsFoundByIt) {
  std::set<std::string_view> names;
  for (const Key& key : keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_EQ(find_key(key.name), key);
    EXPECT_FALSE(key.serial.empty()) << key.name;
    EXPECT_FALSE(key.qcodes.empty()) << key.name;
  }
  EXPECT_EQ(names.size(), 26U + 26U + 26U + 10U);
}

}  // namespace
}  // namespace bootproof
