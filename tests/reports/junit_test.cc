#include "reports/junit.h"

#include <gtest/gtest.h>

#include <cstring>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/escape.h"
#include "tests/reports/samples.h"
#include "tests/reports/tool_output.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::case_of;
using testing::matches_golden;
using testing::run_on_file;
using testing::ToolOutput;

RunResult run_with(std::vector<CaseResult> cases) {
  RunResult run = testing::sample_run();
  run.cases = std::move(cases);
  return run;
}

pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_string(xml.c_str(), pugi::parse_full);
  EXPECT_TRUE(result) << result.description() << " at " << result.offset;
  return document;
}

std::string schema(JunitDialect dialect) {
  return std::string(BOOTPROOF_SOURCE_DIR) + "/tests/reports/" +
         (dialect == JunitDialect::kCommon ? "junit-common.xsd" : "junit-xunit.xsd");
}

struct Input {
  const char* name;
  RunResult (*run)();
  JunitDialect dialect;
};

RunResult empty_run() { return {}; }

RunResult run_of_caseless_attempts() { return run_with({case_of("a", {})}); }

class JunitDocument : public ::testing::TestWithParam<Input> {};

TEST_P(JunitDocument, IsValidXmlForXmllint) {
  const ToolOutput output =
      run_on_file("xmllint --noout", junit_xml(GetParam().run(), GetParam().dialect));
  if (output.exit_code == 127) {
    GTEST_SKIP() << "this host has no xmllint (package libxml2-utils)";
  }
  EXPECT_EQ(output.exit_code, 0) << output.text;
  EXPECT_EQ(output.text, "");
}

TEST_P(JunitDocument, ConformsToItsSchema) {
  const ToolOutput output =
      run_on_file("xmllint --noout --schema '" + schema(GetParam().dialect) + "'",
                  junit_xml(GetParam().run(), GetParam().dialect));
  if (output.exit_code == 127) {
    GTEST_SKIP() << "this host has no xmllint (package libxml2-utils)";
  }
  EXPECT_EQ(output.exit_code, 0) << output.text;
}

TEST_P(JunitDocument, CountsWhatItHolds) {
  const RunResult run = GetParam().run();
  const pugi::xml_document document = parsed(junit_xml(run, GetParam().dialect));
  const pugi::xml_node root = document.child("testsuites");
  std::size_t cases = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  for (const pugi::xml_node suite : root.children("testsuite")) {
    EXPECT_EQ(suite.attribute("tests").as_uint(), suite.select_nodes("testcase").size());
    EXPECT_EQ(suite.attribute("failures").as_uint(), suite.select_nodes("testcase/failure").size());
    EXPECT_EQ(suite.attribute("errors").as_uint(), suite.select_nodes("testcase/error").size());
    EXPECT_EQ(suite.attribute("skipped").as_uint(), suite.select_nodes("testcase/skipped").size());
    cases += suite.attribute("tests").as_uint();
    failures += suite.attribute("failures").as_uint();
    errors += suite.attribute("errors").as_uint();
  }
  EXPECT_EQ(cases, run.cases.size());
  EXPECT_EQ(root.attribute("tests").as_uint(), cases);
  EXPECT_EQ(root.attribute("failures").as_uint(), failures);
  EXPECT_EQ(root.attribute("errors").as_uint(), errors);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, JunitDocument,
    ::testing::Values(Input{"Sample", testing::sample_run, JunitDialect::kCommon},
                      Input{"SampleForXunit", testing::sample_run, JunitDialect::kJenkinsXunit},
                      Input{"Hostile", testing::hostile_run, JunitDialect::kCommon},
                      Input{"HostileForXunit", testing::hostile_run, JunitDialect::kJenkinsXunit},
                      Input{"Empty", empty_run, JunitDialect::kCommon},
                      Input{"EmptyForXunit", empty_run, JunitDialect::kJenkinsXunit},
                      Input{"WithoutAttempts", run_of_caseless_attempts, JunitDialect::kCommon}),
    [](const auto& row) { return row.param.name; });

TEST(JunitXml, IsAsTheGoldenFilesHaveIt) {
  EXPECT_TRUE(matches_golden(junit_xml(testing::sample_run()), "reports/junit.xml"));
  EXPECT_TRUE(matches_golden(junit_xml(testing::foretold_run()), "reports/junit-foretold.xml"));
  EXPECT_TRUE(matches_golden(junit_xml(testing::sample_run(), JunitDialect::kJenkinsXunit),
                             "reports/junit-xunit.xml"));
}

TEST(JunitXml, KeepsFailureErrorAndSkippedApart) {
  const pugi::xml_document document = parsed(junit_xml(testing::sample_run()));
  const auto children_of = [&](const char* id) {
    std::vector<std::string> names;
    const std::string path = "//testcase[@name='" + std::string(id) + "']";
    for (const pugi::xml_node child : document.select_node(path.c_str()).node().children()) {
      names.emplace_back(child.name());
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(children_of("rescue.ovmf.usb-storage"), (Names{"properties", "system-out"}));
  EXPECT_EQ(children_of("rescue.seabios.ide-cd"), (Names{"properties", "failure", "system-out"}));
  EXPECT_EQ(children_of("rescue.seabios.nvme"), (Names{"properties", "error", "system-out"}));
  EXPECT_EQ(children_of("rescue.aavmf.usb-storage"), (Names{"properties", "skipped"}));
  EXPECT_EQ(children_of("rescue.seabios.usb-storage"),
            (Names{"properties", "flakyFailure", "flakyError", "system-out"}));
  EXPECT_EQ(children_of("rescue.seabios.scsi-cd"),
            (Names{"properties", "failure", "rerunError", "rerunFailure", "system-out"}));
}

TEST(JunitXml, SaysTheCauseInOneLineAndTheEvidenceInTheBody) {
  const pugi::xml_document document =
      parsed(junit_xml(run_with({case_of("a", {testing::failed_attempt()})})));
  const pugi::xml_node failure = document.select_node("//failure").node();
  EXPECT_STREQ(
      failure.attribute("message").value(),
      "boot-device: firmware.no-bootable-device: the firmware found no device that it can boot");
  EXPECT_STREQ(failure.attribute("type").value(), "firmware.no-bootable-device");
  EXPECT_STREQ(failure.text().get(),
               "likely: an earlier line explains the last one\n"
               "Boot failed: not a bootable disk\n"
               "No bootable device.\n"
               "or: loader.not-found: the loader is missing\n"
               "what to do: put a boot sector on the medium, or try another firmware\n"
               "see: https://tracker.example/42\n"
               "evidence in: reaches-a-shell/rescue.seabios.ide-cd/1\n"
               "last on the console:\n"
               "SeaBIOS (version 1.16.2)\nBooting from DVD/CD...\n");
}

TEST(JunitXml, MarksAFlakyCase) {
  const pugi::xml_document document = parsed(
      junit_xml(run_with({case_of("a", {testing::failed_attempt(), testing::passed_attempt()})})));
  EXPECT_STREQ(document.select_node("//testcase/properties/property[@name='flaky']/@value")
                   .attribute()
                   .value(),
               "true");
  EXPECT_STREQ(document.select_node("//testcase/properties/property[@name='attempts']/@value")
                   .attribute()
                   .value(),
               "2");
  const pugi::xml_node earlier = document.select_node("//flakyFailure").node();
  EXPECT_STREQ(earlier.attribute("type").value(), "firmware.no-bootable-device");
  EXPECT_EQ(std::string(earlier.child("stackTrace").text().get()).substr(0, 46),
            "likely: an earlier line explains the last one\n");
  EXPECT_STREQ(document.select_node("//testcase").node().attribute("time").value(), "17.545");
}

TEST(JunitXml, TellsThatARunWasInterrupted) {
  RunResult run = testing::sample_run();
  run.interrupted = true;
  const pugi::xml_document document = parsed(junit_xml(run));
  EXPECT_EQ(document.select_nodes("//testsuite/properties/property[@name='interrupted']").size(),
            2U);
}

TEST(JunitXml, GivesBackEachByteThatXmlCanHold) {
  CaseResult result = case_of("a", {testing::passed_attempt()});
  result.console_tail = "  <b>&amp;]]>\"'\t gr\xc3\xbc\xc3\x9f\n\n \xf0\x9f\x90\xa7 ";
  const pugi::xml_document document = parsed(junit_xml(run_with({result})));
  EXPECT_EQ(std::string(document.select_node("//system-out").node().text().get()),
            result.console_tail);
}

TEST(JunitXml, ShowsTheBytesThatXmlCannotHold) {
  CaseResult result = case_of("a", {testing::passed_attempt()});
  result.console_tail = std::string("a\0b\xff\xef\xbf\xbe\x1b[1m", 11);
  const pugi::xml_document document = parsed(junit_xml(run_with({result})));
  EXPECT_STREQ(document.select_node("//system-out").node().text().get(),
               "a\\x00b\\xff\\xef\\xbf\\xbe\\x1b[1m");
}

TEST(JunitXml, CutsAnEndlessConsoleAndAnEndlessLine) {
  CaseResult result = case_of("a", {testing::failed_attempt()});
  result.console_tail = std::string(10U << 20U, '\xff') + "\nthe end";
  result.attempts.front().verdict.message = std::string(1U << 20U, '<');
  result.attempts.front().verdict.evidence.assign(10'000, std::string(100, '\x01'));
  const pugi::xml_document document = parsed(junit_xml(run_with({result})));
  const std::string_view out = document.select_node("//system-out").node().text().get();
  EXPECT_LE(out.size(), kLongestTail + 64);
  EXPECT_TRUE(out.ends_with("\\xff\nthe end"));
  EXPECT_TRUE(out.starts_with("["));
  const pugi::xml_node failure = document.select_node("//failure").node();
  EXPECT_LE(std::strlen(failure.attribute("message").value()), kLongestLine + 64);
  EXPECT_LE(std::strlen(failure.text().get()), kMostEvidenceLines * 512 + kLongestTail + 1024);
}

TEST(JunitXml, HasASuitePerScenarioInOrderOfFirstAppearance) {
  const pugi::xml_document document = parsed(junit_xml(testing::sample_run()));
  std::vector<std::string> names;
  for (const pugi::xml_node suite : document.child("testsuites").children("testsuite")) {
    names.emplace_back(suite.attribute("name").value());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"reaches-a-shell", "refuses-unsigned-loader"}));
}

}  // namespace
}  // namespace bootproof
