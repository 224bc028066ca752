#include "reports/case_diagnosis.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>

#include "tests/reports/samples.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::matches_golden;

CaseDiagnosis sample() {
  CaseDiagnosis diagnosis;
  diagnosis.result = testing::case_of("rescue.seabios.ide-cd", {testing::failed_attempt()});
  diagnosis.result.foretold = testing::foretold_to_break();
  diagnosis.folder = "out/r/reaches-a-shell/rescue.seabios.ide-cd";
  diagnosis.now = diagnosis.result.verdict();
  diagnosis.order = "in the order of timeline.jsonl";
  diagnosis.stages = {"firmware after 0.10 s", "loader after 2.00 s"};
  diagnosis.files = {"serial.log (12 KiB)", "verdict.json (900 bytes)"};
  diagnosis.missing = {"screen.png (not recorded: QEMU had ended)"};
  return diagnosis;
}

CaseDiagnosis corrected() {
  CaseDiagnosis diagnosis = sample();
  diagnosis.now.cause = "firmware.no-boot-code";
  diagnosis.now.message = "the boot sector has no code";
  diagnosis.now.link.clear();
  diagnosis.note = "the rules have grown";
  diagnosis.problems = {"vga.txt: cannot open"};
  return diagnosis;
}

TEST(CaseDiagnosis, IsAsTheGoldenFilesHaveIt) {
  EXPECT_TRUE(matches_golden(diagnosis_text(sample(), {}), "reports/diagnosis.txt"));
  EXPECT_TRUE(matches_golden(diagnosis_text(corrected(), {}), "reports/diagnosis-corrected.txt"));
  EXPECT_TRUE(matches_golden(diagnosis_json("out/r", "run", {sample(), corrected()}),
                             "reports/diagnosis.json"));
}

TEST(CaseDiagnosis, DiffersWhereTheCauseDoes) {
  EXPECT_FALSE(sample().differs());
  EXPECT_TRUE(corrected().differs());
  CaseDiagnosis unjudged = corrected();
  unjudged.was_judged = false;
  EXPECT_FALSE(unjudged.differs());
}

TEST(CaseDiagnosis, HasNoControlCharacterOfTheGuest) {
  const std::string hostile = testing::hostile_bytes();
  for (const CaseResult& result : testing::hostile_run().cases) {
    CaseDiagnosis diagnosis;
    diagnosis.result = result;
    diagnosis.now = result.verdict();
    diagnosis.now.cause += "x";
    diagnosis.folder = diagnosis.note = diagnosis.order = hostile;
    diagnosis.files = diagnosis.missing = diagnosis.problems = diagnosis.stages = {hostile};
    for (const char c : diagnosis_text(diagnosis, {})) {
      EXPECT_FALSE((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f');
    }
    const auto object =
        boost::json::parse(diagnosis_json(hostile, "case", {diagnosis})).as_object();
    EXPECT_EQ(object.at("cases").as_array().size(), 1U);
  }
}

TEST(CaseDiagnosis, IsBoundedHoweverMuchThereIs) {
  CaseDiagnosis diagnosis = sample();
  diagnosis.files.assign(100'000, "a");
  diagnosis.now.candidates.assign(100'000, {"a.b", "c"});
  EXPECT_LT(diagnosis_text(diagnosis, {}).size(), 4096U);
  EXPECT_LT(diagnosis_json("x", "run", {diagnosis}).size(), 16384U);
}

}  // namespace
}  // namespace bootproof
