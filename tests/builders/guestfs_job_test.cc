#include "builders/guestfs_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "builders/guestfs_appliance.h"
#include "builders/packages.h"
#include "tests/builders/fixture.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): tests have one thread.
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }  // NOLINT(concurrency-mt-unsafe): as above.

 private:
  const char* name_;
};

/// The jobs of a worker that a test writes as a shell script. Nothing is launched.
class GuestfsJob : public FolderTest {
 protected:
  [[nodiscard]] GuestfsHost host_with(const std::string& script) const {
    GuestfsHost host;
    host.worker = write("worker", "#!/bin/sh\n" + script);
    fs::permissions(host.worker, fs::perms::owner_all);
    host.cache = folder_ / "cache";
    return host;
  }

  /// As many folders of jobs as there are, to see that none stays.
  [[nodiscard]] std::size_t job_folders() const {
    std::size_t count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      count += entry.path().filename().string().starts_with("bootproof-guestfs-") ? 1U : 0U;
    }
    return count;
  }

  Variable appliance_{"LIBGUESTFS_PATH", (folder_ / "appliance").string()};
  Variable temporary_{"TMPDIR", folder_.string()};
};

TEST_F(GuestfsJob, GivesTheWorkerItsJobAndTakesTheAnswer) {
  const GuestfsHost host = host_with(
      "cat >" + (folder_ / "job.json").string() +
      "\necho '{\"format\":\"bootproof-guestfs-answer\",\"launch_ms\":12,\"quick\":true}'\n");
  GuestfsVolume volume;
  volume.partition = 1;
  volume.type = FileSystemType::kFat32;
  volume.label = "ESP";
  volume.uuid = "1234-ABCD";
  volume.command = {"mkfs.vfat", "-n", "ESP"};
  volume.tar = "/a.tar";
  const GuestfsTimes times = make_by_guestfs(host, {{"stick", "/disk.img", 4096, {volume}}});
  EXPECT_EQ(times.launch_ms, 12U);
  const std::string job = read(folder_ / "job.json");
  EXPECT_THAT(job, HasSubstr(R"("kind":"make")"));
  EXPECT_THAT(job,
              HasSubstr(R"({"name":"stick","file":"/disk.img","format":"raw","sector_size":4096,)"
                        R"("read_only":false,"volumes":[{"partition":1,"type":"fat32",)"
                        R"("label":"ESP","uuid":"1234-ABCD","command":["mkfs.vfat","-n","ESP"],)"
                        R"("tar":"/a.tar"}]})"));
  EXPECT_EQ(job_folders(), 0U);
}

TEST_F(GuestfsJob, ReadsAnImageReadOnly) {
  const GuestfsHost host =
      host_with("cat >" + (folder_ / "job.json").string() +
                "\necho '{\"format\":\"bootproof-guestfs-answer\",\"volume_groups\":[\"vg\"]}'\n");
  const fs::path image = write("disk.img", "bytes");
  const GuestfsReading reading = read_by_guestfs(host, image, GuestfsFormat::kRaw, {7});
  EXPECT_THAT(reading.volume_groups, ::testing::ElementsAre("vg"));
  const std::string job = read(folder_ / "job.json");
  EXPECT_THAT(job, HasSubstr(R"("read_only":true)"));
  EXPECT_THAT(job, HasSubstr(R"("file_limit":7)"));
  EXPECT_THAT(job, HasSubstr(R"("quick":false)"));
}

TEST_F(GuestfsJob, SeesSectorsOf4096BytesByTheGpt) {
  const GuestfsHost host = host_with("cat >" + (folder_ / "job.json").string() +
                                     "\necho '{\"format\":\"bootproof-guestfs-answer\"}'\n");
  std::string bytes(8192, '\0');
  bytes.replace(4096, 8, "EFI PART");
  read_by_guestfs(host, write("large.img", bytes), GuestfsFormat::kRaw);
  EXPECT_THAT(read(folder_ / "job.json"), HasSubstr(R"("sector_size":4096)"));
  bytes.replace(512, 8, "EFI PART");
  read_by_guestfs(host, write("small.img", bytes), GuestfsFormat::kRaw);
  EXPECT_THAT(read(folder_ / "job.json"), HasSubstr(R"("sector_size":512)"));
}

TEST_F(GuestfsJob, TellsWhoseFaultAFailureIs) {
  struct Row {
    const char* stage;
    ErrorKind kind;
    const char* text;
  };
  const Row rows[] = {
      {"launch", ErrorKind::kHost, "the appliance of libguestfs can't start: why"},
      {"limit", ErrorKind::kHost, "libguestfs: why"},
      {"interrupted", ErrorKind::kInterrupted, "libguestfs: why"},
      {"work", ErrorKind::kBuild, "libguestfs: why"},
      {"appliance", ErrorKind::kBuild, "the appliance of libguestfs ended: why"},
      {"job", ErrorKind::kBug, "bootproof-guestfs gave no proper answer: why"},
  };
  for (const Row& row : rows) {
    const GuestfsHost host =
        host_with(std::string("echo '{\"format\":\"bootproof-guestfs-answer\",\"failed\":\"") +
                  row.stage + "\",\"message\":\"why\"}'\nexit 1\n");
    try {
      make_by_guestfs(host, {{"disk", "/disk.img", 512, {}}});
      ADD_FAILURE() << row.stage;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), row.kind) << row.stage;
      EXPECT_EQ(error.message(), row.text);
    }
  }
  EXPECT_EQ(job_folders(), 0U);
}

TEST_F(GuestfsJob, QuotesTheEndOfTheLogWithoutItsControlCharacters) {
  GuestfsHost host = host_with(
      "echo '{\"format\":\"bootproof-guestfs-answer\",\"failed\":\"launch\",\"message\":\"why\"}'");
  host.log = write("log", "one\r\nKernel panic \x1b[31m\n");
  const std::string text = error_text([&] { try_guestfs(host); });
  EXPECT_THAT(text, HasSubstr("the appliance said last:\none\nKernel panic \\x1b[31m"));
}

TEST_F(GuestfsJob, CallsAWorkerThatTalksNonsenseABug) {
  const GuestfsHost host = host_with("echo hello; echo oh >&2\n");
  EXPECT_EQ(error_text([&] { try_guestfs(host); }),
            "bootproof-guestfs gave no proper answer: it printed what is no JSON object\noh\n");
}

TEST_F(GuestfsJob, TellsTheVersionOfTheLibrary) {
  EXPECT_EQ(guestfs_version(host_with("echo libguestfs 1.48.6\n").worker), "1.48.6");
  EXPECT_THAT(error_text([&] { guestfs_version(host_with("echo busybox\n").worker); }),
              HasSubstr("is another program than bootproof's own"));
}

TEST_F(GuestfsJob, FindsTheWorkerThatIsNamed) {
  const Variable named("BOOTPROOF_GUESTFS_WORKER", "/opt/worker");
  EXPECT_EQ(find_guestfs_worker(), "/opt/worker");
}

/// A header of qcow2 (QEMU, docs/interop/qcow2.txt).
std::string qcow2_header(char version, char backing_offset, char features) {
  std::string header(104, '\0');
  header.replace(0, 4, "QFI\xFB");
  header[7] = version;
  header[15] = backing_offset;
  header[79] = features;
  return header;
}

TEST_F(GuestfsJob, ReadsNoImageThatNamesOtherFiles) {
  const auto refusal = [this](const std::string& header) {
    const fs::path image = write("disk.qcow2", header);
    return error_text([&] { refuse_references(image); });
  };
  EXPECT_EQ(refusal(qcow2_header(3, 0, 0)), "(no error)");
  EXPECT_EQ(refusal(qcow2_header(2, 0, 4)), "(no error)") << "version 2 has no such field";
  EXPECT_THAT(refusal(qcow2_header(3, 112, 0)), HasSubstr("has a backing file"));
  EXPECT_THAT(refusal(qcow2_header(2, 112, 0)), HasSubstr("has a backing file"));
  EXPECT_THAT(refusal(qcow2_header(3, 0, 4)), HasSubstr("keeps its data in another file"));
  EXPECT_THAT(refusal(qcow2_header(1, 0, 0)), HasSubstr("is no qcow2 image of version 2 or 3"));
  EXPECT_THAT(refusal("QFI"), HasSubstr("is no qcow2 image of version 2 or 3"));
  const GuestfsHost host = host_with("touch " + (folder_ / "was-run").string());
  const fs::path image = write("disk.qcow2", qcow2_header(3, 112, 0));
  EXPECT_THAT(error_text([&] { read_by_guestfs(host, image, GuestfsFormat::kQcow2); }),
              HasSubstr("has a backing file"));
  EXPECT_FALSE(fs::exists(folder_ / "was-run"));
}

TEST_F(GuestfsJob, TellsQcow2FromRaw) {
  EXPECT_EQ(guestfs_format_of(write("a", qcow2_header(3, 0, 0))), GuestfsFormat::kQcow2);
  EXPECT_EQ(guestfs_format_of(write("b", "raw")), GuestfsFormat::kRaw);
  EXPECT_THAT(error_text([&] { guestfs_format_of(folder_ / "none"); }), StartsWith("cannot read "));
}

TEST_F(GuestfsJob, TakesTheNewestSmallKernelOfTheFetchedPackages) {
  const std::string architecture(host_debian_architecture());
  const auto add = [&](const std::string& release) {
    const fs::path package = fs::path("packages") / architecture / ("linux-image-" + release);
    write(package / "boot" / ("vmlinuz-" + release), "kernel");
    write(package / "lib/modules" / release / "kernel/a.ko", "module");
  };
  add("6.1.0-9-cloud-amd64");
  add("6.1.0-56-cloud-amd64");
  add("6.1.0-99-amd64");
  const ApplianceKernel kernel = find_appliance_kernel(folder_);
  EXPECT_EQ(kernel.release, "6.1.0-56-cloud-amd64");
  EXPECT_EQ(kernel.image.filename(), "vmlinuz-6.1.0-56-cloud-amd64");
  EXPECT_TRUE(fs::exists(kernel.modules / "kernel/a.ko"));
}

#ifdef BOOTPROOF_GUESTFS_PROGRAM

TEST_F(GuestfsJob, SaysWhyTheApplianceDoesNotStart) {
  write("appliance/README.fixed", "");
  write("appliance/kernel", "this is no kernel");
  write("appliance/initrd", "");
  write("appliance/root", std::string(1U << 20U, '\0'));
  GuestfsHost host;
  host.worker = BOOTPROOF_GUESTFS_PROGRAM;
  host.cache = folder_ / "cache";
  try {
    try_guestfs(host);
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kHost);
    EXPECT_THAT(error.message(), StartsWith("the appliance of libguestfs can't start: "));
    EXPECT_THAT(error.hint(), HasSubstr("the appliance said last:\n"));
  }
  EXPECT_EQ(job_folders(), 0U);
}

TEST_F(GuestfsJob, EndsTheWorkAtItsLimit) {
  GuestfsHost host;
  host.worker = BOOTPROOF_GUESTFS_PROGRAM;
  host.cache = folder_ / "cache";
  host.limit = std::chrono::milliseconds(0);
  EXPECT_THAT(error_text([&] { try_guestfs(host); }),
              StartsWith("libguestfs: the work was not done within 0 s"));
  EXPECT_EQ(job_folders(), 0U);
}

#endif

}  // namespace
}  // namespace bootproof
