#pragma once

#include <functional>

#include "builders/guestfs/job.h"

namespace bootproof::guestfs {

/// Runs `work` in a child process and sees to it that nothing of it stays: libguestfs forks QEMU
/// and more, and leaves folders behind where it is killed. Ends the work when the job's limit has
/// passed, on SIGTERM, SIGINT and SIGHUP, and when the process that wrote the job ends. Whatever
/// happens, all processes of the work are gone when this returns; job.folder is its owner's, but is
/// removed where a signal ended the work: then the owner may have ended too.
///
/// `work` prints its own answer; where it can't, the answer is printed here. Returns the exit code
/// for main.
int supervise(const Job& job, const std::function<int()>& work);

/// Tells the supervisor that the appliance runs: should the worker crash later, that is no failed
/// launch. (libguestfs 1.48 itself crashes on an appliance whose root is no ext2.)
void note_launch(const Job& job);

/// The answer of a job that failed, as one line of JSON.
void print_failure(std::string_view stage, std::string_view message);

}  // namespace bootproof::guestfs
