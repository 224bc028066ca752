#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/expectation.h"
#include "harness/diagnosis/signature.h"
#include "scenarios/scenario.h"

namespace bootproof {

// How steps, causes and times are written in verdicts and in the event log.

/// A step as the scenario has it: "expect 'login:'".
std::string text_of(const Step& step);

/// True for a step in which the guest has to say something: a silence counts, and so does a prompt
/// that waits for a person.
bool waits_for_the_guest(const Step& step);

/// Where an `expect` step looks.
SourceMask mask_of(MatchOn on);

/// Text as a terminal's keyboard sends it: its Enter key sends a carriage return.
std::string as_typed(std::string text);

/// A line of UTF-8 of which no more than 200 bytes are shown.
std::string shortened(std::string_view line);

/// The lines of a text, shortened, blank ones left out.
std::vector<std::string> lines_of(std::string_view text);

/// "12.5 s".
std::string seconds_text(std::chrono::steady_clock::duration duration);

/// What a cause means; the id itself where it is not in the table.
std::string_view sentence_of(std::string_view cause);

/// What is said of a limit that was reached.
struct LimitWords {
  std::string_view cause;
  std::string hint;
};

/// The cause and hint for a limit of the watchdogs, given how far the boot had come: a silence
/// after the kernel was loaded has a cause of its own.
LimitWords words_for_limit(std::string_view cause, Stage stage, double slowness);

}  // namespace bootproof
