#include "inspectors/path_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bootproof::inspectors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> rest_of(PathParts& parts) {
  std::vector<std::string> rest;
  while (const auto part = parts.next()) {
    rest.emplace_back(*part);
  }
  return rest;
}

TEST(PathParts, LeaveOutWhatLeadsNowhere) {
  PathParts parts("//boot/./grub/../x//");
  EXPECT_THAT(rest_of(parts), ElementsAre("boot", "grub", "..", "x"));
  for (const std::string path : {"", "/", "/./.", "."}) {
    PathParts none(path);
    EXPECT_THAT(rest_of(none), IsEmpty()) << path;
  }
}

TEST(PathParts, GoOnWithThoseOfALink) {
  PathParts parts("/a/link/b");
  parts.next();
  parts.next();
  EXPECT_EQ(parts.left(), 1U);
  EXPECT_TRUE(parts.follow("../c/d"));
  EXPECT_EQ(parts.left(), 4U);
  EXPECT_THAT(rest_of(parts), ElementsAre("..", "c", "d", "b"));
}

TEST(PathParts, FollowNoMoreLinksThanLinux) {
  PathParts parts("link");
  for (int i = 0; i < PathParts::kMostLinks; ++i) {
    EXPECT_TRUE(parts.next().has_value());
    EXPECT_TRUE(parts.follow("link"));
  }
  EXPECT_TRUE(parts.next().has_value());
  EXPECT_FALSE(parts.follow("link"));
  EXPECT_EQ(parts.links(), 40U);
  EXPECT_FALSE(parts.next().has_value());
}

}  // namespace
}  // namespace bootproof::inspectors
