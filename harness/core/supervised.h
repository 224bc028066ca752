#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>

namespace bootproof {

/// True where this process has been told to ignore the signal, as nohup does.
bool is_ignored(int signal_number);

/// Goes on in a child process, so that blocking work can be ended at any moment by SIGINT, SIGTERM
/// or SIGHUP and still leave nothing behind. Returns in the child alone. This process waits for it:
///
/// - when the child ends, this process ends with its exit code (128 + n where a signal killed it);
/// - on one of the signals, unless it is ignored (nohup), the child is killed, all processes that
/// it
///   left are waited for, `clean_up` is called with the child's id, and this process ends with
///   128 + the signal's number. The kernel has released the child's locks by then.
///
/// `clean_up` is also called where the child was killed by anything else, in a process of its own:
/// where it takes longer than `patience`, this process ends and leaves it to finish in the
/// background, so that who sent the signal need not wait. The child dies with this process. To be
/// called before threads are started. Throws Error (kHost) where there can't be another process.
void continue_supervised(const std::function<void(pid_t child)>& clean_up,
                         std::chrono::milliseconds patience = std::chrono::seconds(3));

/// Does `work` in such a child process and returns in this one when it is done: true where it was
/// done without an exception. One of the signals ends this process as above; a child that was
/// killed by anything else is cleaned up after, and gives false. `work` shall leave what it does in
/// files: its memory is its own. To be called before threads are started. Throws Error (kHost).
bool do_supervised(const std::function<void()>& work,
                   const std::function<void(pid_t child)>& clean_up,
                   std::chrono::milliseconds patience = std::chrono::seconds(3));

}  // namespace bootproof
