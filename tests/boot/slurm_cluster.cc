#include "tests/boot/slurm_cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <sstream>
#include <tuple>
#include <utility>

#include "harness/core/unique_fd.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::array kPrograms{"munged", "slurmctld", "slurmd", "sbatch"};

std::string short_host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) {
    return "localhost";
  }
  const std::string whole(name.data());
  return whole.substr(0, whole.find('.'));
}

/// Ports of 127.0.0.1 that are free now; all are bound before the first is let go, so that they
/// differ.
std::vector<int> free_ports(std::size_t count) {
  std::vector<UniqueFd> sockets;
  std::vector<int> ports;
  for (std::size_t i = 0; i < count; ++i) {
    UniqueFd one(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof(generic) == sizeof(address));
    std::memcpy(&generic, &address, sizeof(address));
    socklen_t size = sizeof(generic);
    if (bind(one.get(), &generic, size) != 0 || getsockname(one.get(), &generic, &size) != 0) {
      ADD_FAILURE() << "no free port: errno " << errno;
    }
    std::memcpy(&address, &generic, sizeof(address));
    ports.push_back(ntohs(address.sin_port));
    sockets.push_back(std::move(one));
  }
  return ports;
}

/// Waits until `file` is there: by the kernel's word, 30 s at most.
void wait_for_file(const fs::path& file) {
  constexpr int kLimitMs = 30'000;
  const UniqueFd watch(inotify_init1(IN_CLOEXEC));
  inotify_add_watch(watch.get(), file.parent_path().c_str(), IN_CREATE | IN_MOVED_TO);
  std::array<char, 16384> events{};
  while (!fs::exists(file)) {
    pollfd waiting{watch.get(), POLLIN, 0};
    if (poll(&waiting, 1, kLimitMs) != 1 || read(watch.get(), events.data(), events.size()) <= 0) {
      ADD_FAILURE() << file << " did not come";
      return;
    }
  }
}

/// The processes of which this one is the parent.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const fs::directory_entry& thread : fs::directory_iterator("/proc/self/task")) {
    std::istringstream pids(content_of(thread.path() / "children"));
    for (pid_t pid = 0; pids >> pid;) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace

std::string why_no_slurm() {
  if (geteuid() != 0) {
    return "slurmd has to be root to start jobs";
  }
  for (const char* program : kPrograms) {
    if (!find_program(program)) {
      return fmt::format("{} is not in PATH: apt-get install slurm-wlm munge", program);
    }
  }
  return {};
}

SlurmCluster::SlurmCluster() {
  // slurmstepd forks itself away from slurmd: its orphans come to this process, which ends them.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  write_configuration();
  const fs::path socket = folder_.path() / "munge.sock";
  start({"munged", "--foreground", "--force", "--num-threads=2",
         "--key-file=" + (folder_.path() / "munge.key").string(), "--socket=" + socket.string(),
         "--pid-file=" + (folder_.path() / "munged.pid").string(),
         "--log-file=" + (folder_.path() / "munged.log").string(),
         "--seed-file=" + (folder_.path() / "munge.seed").string()},
        "munged.out");
  wait_for_file(socket);
  const std::string configuration = folder_.path() / "slurm.conf";
  start({"slurmctld", "-D", "-i", "-f", configuration}, "slurmctld.out");
  start({"slurmd", "-D", "-c", "-f", configuration}, "slurmd.out");
}

SlurmCluster::~SlurmCluster() {
  for (const SpawnedChild& daemon : daemons_) {
    kill(daemon.pid, SIGKILL);
  }
  // Whoever was orphaned by that is a child of this process now.
  for (std::vector<pid_t> left = children(); !left.empty(); left = children()) {
    for (const pid_t pid : left) {
      kill(pid, SIGKILL);
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void SlurmCluster::write_configuration() const {
  const fs::path& folder = folder_.path();
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  fs::create_directory(folder / "state");
  fs::create_directory(folder / "spool");
  constexpr std::size_t kKeyBytes = 1024;
  std::random_device random;
  std::string key;
  for (std::size_t i = 0; i < kKeyBytes; ++i) {
    key.push_back(static_cast<char>(random()));
  }
  fs::permissions(folder_.write("munge.key", key), fs::perms::owner_read);
  const std::vector<int> ports = free_ports(2);
  const std::string host = short_host_name();
  std::ignore = folder_.write(
      "slurm.conf", fmt::format("ClusterName=bootproof\n"
                                "SlurmctldHost={0}(127.0.0.1)\n"
                                "SlurmctldPort={1}\n"
                                "SlurmdPort={2}\n"
                                "SlurmUser=root\n"
                                "SlurmdUser=root\n"
                                "AuthType=auth/munge\n"
                                "AuthInfo=socket={3}/munge.sock\n"
                                "CredType=cred/munge\n"
                                "StateSaveLocation={3}/state\n"
                                "SlurmdSpoolDir={3}/spool\n"
                                "SlurmctldPidFile={3}/slurmctld.pid\n"
                                "SlurmdPidFile={3}/slurmd.pid\n"
                                "ProctrackType=proctrack/linuxproc\n"
                                "TaskPlugin=task/none\n"
                                "MpiDefault=none\n"
                                "SelectType=select/cons_tres\n"
                                "SelectTypeParameters=CR_CPU\n"
                                "JobAcctGatherType=jobacct_gather/none\n"
                                "AccountingStorageType=accounting_storage/none\n"
                                "SchedulerParameters=batch_sched_delay=0,sched_interval=1\n"
                                "ReturnToService=2\n"
                                "NodeName={0} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n"
                                "PartitionName=test Nodes=ALL Default=YES MaxTime=10 State=UP\n",
                                host, ports[0], ports[1], folder.string()));
}

void SlurmCluster::start(std::vector<std::string> arguments, const std::string& log) {
  const std::string name = arguments.front();
  const fs::path file = folder_.path() / log;
  const UniqueFd output(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  SpawnOptions options;
  options.arguments = std::move(arguments);
  options.folder = folder_.path();
  options.standard_output = output.get();
  options.standard_error = output.get();
  Result<SpawnedChild> child = spawn(options);
  if (!child) {
    ADD_FAILURE() << name << ": " << child.error().message();
    return;
  }
  daemons_.push_back(std::move(*child));
}

ProgramResult SlurmCluster::run_array(const std::string& array, const std::string& command,
                                      const fs::path& folder) {
  ProgramCall call;
  call.arguments = {"sbatch",
                    "--wait",
                    "--array=" + array,
                    "--chdir=" + folder.string(),
                    "--output=" + (folder / "slurm-%a.txt").string(),
                    "--wrap=" + command};
  call.environment = test_environment();
  call.environment["SLURM_CONF"] = folder_.path() / "slurm.conf";
  call.limit = std::chrono::minutes(4);
  Result<ProgramResult> result = run_program(call);
  if (!result) {
    ADD_FAILURE() << result.error().message() << "\n" << logs();
    return {.exit_code = -1, .output = {}, .error_output = result.error().message()};
  }
  return std::move(*result);
}

std::string SlurmCluster::logs() const {
  constexpr std::size_t kMost = 4000;
  std::string text;
  for (const char* name : {"munged.out", "munged.log", "slurmctld.out", "slurmd.out"}) {
    const std::string log = content_of(folder_.path() / name);
    text += fmt::format("{}:\n{}\n", name, log.substr(log.size() < kMost ? 0 : log.size() - kMost));
  }
  return text;
}

}  // namespace bootproof::testing
