#include "harness/cli/command.h"

#include <array>

namespace bootproof {
namespace {

constexpr std::array<Command, 13> kCommands{{
    {"inspect", "read an image: where it boots, along which path, and what is wrong with it",
     set_up_inspect},
    {"boot", "boot an image with every firmware and device that it is meant for, and report",
     set_up_boot},
    {"run", "boot the cases of a scenario file and report", set_up_run},
    {"explain", "print what was foretold of a case, link by link, beside what its boot showed",
     set_up_explain},
    {"diagnose", "say how far a boot came and why it failed, from its log or its machine's memory",
     set_up_diagnose},
    {"merge", "join the results of shards into one report", set_up_merge},
    {"list", "print the ids of the cases of a scenario file", set_up_list},
    {"plan", "print what would run: machines, order, what is impossible and why", set_up_plan},
    {"console", "boot one case and attach this terminal to its serial line", set_up_console},
    {"build", "make media from a recipe file", set_up_build},
    {"doctor", "say what this host has, what it lacks and which package brings it", set_up_doctor},
    {"fetch", "bring files of a package of any architecture into the cache", set_up_fetch},
    {"reference", "print the reference of scenario keys, causes, rules, or the JSON Schema",
     set_up_reference},
}};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace bootproof
