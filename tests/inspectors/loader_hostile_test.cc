// Loader configurations that nobody wrote by accident: bounded in time and memory.

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/inspectors/hostile.h"
#include "tests/inspectors/loader_sample.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::bytes_of;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::LoaderSample;

constexpr std::string_view kCd =
    "%loader grub\n%platform i386-pc\n%volume cd0 iso LIVE\n%own\n%file /boot/grub/grub.cfg\n";

/// Reads it; a model and findings come back in good time, whatever it is.
LoaderConfig read(const std::string& text) {
  Findings findings;
  const LoaderSample sample(text);
  const auto begin = std::chrono::steady_clock::now();
  LoaderConfig config = sample.read(findings);
  // A bound for machines under load and sanitizers; alone it takes some tens of milliseconds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_LT(findings.take().size(), 1000U);
  return config;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

TEST(HostileLoader, WithValuesThatDoubleEnds) {
  read(std::string(kCd) + "set a=xxxxxxxx\n" + repeated("set a=$a$a\n", 10000) +
       repeated("echo $a $a $a $a $a $a $a $a\n", 10000));
}

TEST(HostileLoader, WithManyVariablesAndUnknownConditionsEnds) {
  std::string text(kCd);
  for (int i = 0; i < 2000; ++i) {
    text += "set v" + std::to_string(i) + "=" + std::to_string(i) + "\n";
  }
  read(text + repeated("if cpuid; then set x=1; else set x=2; fi\n", 20000));
}

TEST(HostileLoader, WithFunctionsThatCallThemselvesEnds) {
  read(std::string(kCd) + "function f {\n f; f\n}\nf\nmenuentry m { f; }\n");
}

TEST(HostileLoader, WithConditionsInConditionsEnds) {
  read(std::string(kCd) + repeated("if cpuid; then\n", 60) + "true\n" + repeated("fi\n", 60));
}

TEST(HostileLoader, WithMenusInMenusEnds) {
  read(std::string(kCd) + repeated("submenu s {\n", 60) + "linux /a\n" + repeated("}\n", 60));
  read(std::string(kCd) + "function f {\n submenu s { f; }\n}\nf\n");
}

TEST(HostileLoader, WithAHundredThousandEntriesEnds) {
  const LoaderConfig config =
      read(std::string(kCd) + repeated("menuentry m { linux /a; }\n", 100000));
  EXPECT_LE(config.entries.size(), 4096U);
}

TEST(HostileLoader, WithLongWordsEnds) {
  read(std::string(kCd) + "menuentry m { linux /" + std::string(1000000, 'a') + "; }\n");
  read(std::string(kCd) + "menuentry m { linux " + repeated("/a", 400000) + "; }\n");
  read(std::string(kCd) + "echo " + repeated("$a\"b\"", 150000) + "\n");
}

TEST(HostileLoader, WithAHugeDirectoryEnds) {
  std::string text(kCd);
  for (int i = 0; i < 2000; ++i) {
    text += "linux /d/" + std::to_string(i) + "\n";
  }
  for (int i = 0; i < 5000; ++i) {
    text += "%file /d/file" + std::to_string(i) + "\n";
  }
  read(text);
}

TEST(HostileLoader, ThatIncludesItselfManyTimesEnds) {
  read("%loader isolinux\n%volume cd0 iso\n%own\n%file /isolinux.cfg\n" +
       repeated("INCLUDE a.cfg\n", 1000) + "%file /a.cfg\n" + repeated("INCLUDE b.cfg\n", 1000) +
       "%file /b.cfg\n" + repeated("LABEL a\nKERNEL b\nAPPEND initrd=a,b,c,d,e,f\n", 1000));
}

TEST(HostileLoader, WithPatternsOfStarsEnds) {
  read("%loader systemd-boot\n%volume hd0 fat\n%own\n%file /loader/loader.conf\ndefault " +
       repeated("*a", 5000) + "b\n%file /loader/entries/" + std::string(5000, 'a') +
       ".conf\nlinux /a\n");
}

class HostileSampleTest : public ::testing::TestWithParam<std::string_view> {};

TEST_P(HostileSampleTest, IsReadCutAnywhere) {
  const Bytes whole = bytes_of(GetParam());
  for_each_cut(ByteSpan(whole), {.coarse = 3}, [](ByteSpan cut) {
    read({cut.begin(), cut.end()});
  });
}

TEST_P(HostileSampleTest, IsReadDamagedAnywhere) {
  const Bytes whole = bytes_of(GetParam());
  for_each_damage(ByteSpan(whole), {.seed = 5, .rounds = 1000, .heals_after = 20},
                  [](const Bytes& damaged) {
                    read({damaged.begin(), damaged.end()});
                  });
}

INSTANTIATE_TEST_SUITE_P(Samples, HostileSampleTest,
                         ::testing::Values(bootproof::testing::kGrubSample,
                                           bootproof::testing::kGrubEspSample,
                                           bootproof::testing::kIsolinuxSample,
                                           bootproof::testing::kSyslinuxEfiSample,
                                           bootproof::testing::kSystemdBootSample,
                                           bootproof::testing::kStartupNshSample));

}  // namespace
}  // namespace bootproof::inspectors
