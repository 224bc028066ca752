#include "inspectors/image_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <random>

#include "inspectors/cursor.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/inspectors/sample_images.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

std::string_view text_of_bytes(const Bytes& bytes, std::string& storage) {
  storage.assign(bytes.begin(), bytes.end());
  return storage;
}

std::filesystem::path write_file(const TemporaryFolder& folder, const Bytes& bytes) {
  std::string storage;
  return folder.write("image", text_of_bytes(bytes, storage));
}

std::unique_ptr<FileImage> open_or_fail(const std::filesystem::path& path) {
  auto image = FileImage::open(path);
  EXPECT_TRUE(image.has_value()) << (image ? "" : image.error());
  return image ? std::move(*image) : nullptr;
}

Bytes counting_bytes(std::size_t size) {
  Bytes bytes(size);
  std::mt19937 random(1);
  std::generate(bytes.begin(), bytes.end(),
                [&] { return static_cast<std::uint8_t>(random() >> 8U); });
  return bytes;
}

/// Counts what is read of another source, and can fail from an offset on.
class WatchedImage final : public ImageSource {
 public:
  explicit WatchedImage(ImageSource& source, std::uint64_t fails_from = kHuge)
      : source_(source), fails_from_(fails_from) {}

  [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override {
    bytes_read_ += into.size();
    return offset + into.size() <= fails_from_ && source_.read(offset, into);
  }

  ImageSource& source_;
  std::uint64_t fails_from_;
  std::uint64_t bytes_read_ = 0;
};

TEST(ImageView, ReadsWhatLiesInside) {
  const Bytes bytes{1, 2, 3, 4, 5};
  MemoryImage source{ByteSpan(bytes)};
  const ImageView image(source);
  EXPECT_THAT(image.read(1, 3), ElementsAre(2, 3, 4));
  EXPECT_THAT(image.read(3, kHuge), ElementsAre(4, 5));
  EXPECT_THAT(image.read(5, 1), IsEmpty());
  EXPECT_THAT(image.read(kHuge, kHuge), IsEmpty());
}

TEST(ImageView, NarrowsToTheRangeInside) {
  const Bytes bytes{1, 2, 3, 4, 5, 6};
  MemoryImage source{ByteSpan(bytes)};
  const ImageView middle = ImageView(source).subview(1, 4).subview(1, kHuge);
  EXPECT_EQ(middle.offset(), 2U);
  EXPECT_EQ(middle.size(), 3U);
  EXPECT_THAT(middle.read(0, 9), ElementsAre(3, 4, 5));
  EXPECT_EQ(middle.subview(kHuge, kHuge).size(), 0U);
  EXPECT_EQ(middle.subview(kHuge, kHuge).offset(), 5U);
}

TEST(ImageView, KnowsWhatItContains) {
  const Bytes bytes(8);
  MemoryImage source{ByteSpan(bytes)};
  const ImageView image(source);
  EXPECT_TRUE(image.contains(0, 8));
  EXPECT_TRUE(image.contains(8, 0));
  EXPECT_FALSE(image.contains(1, 8));
  EXPECT_FALSE(image.contains(9, 0));
  EXPECT_FALSE(image.contains(1, kHuge));
}

TEST(ImageView, GivesNoMoreThanTheLongestRead) {
  const Bytes bytes(ImageView::kLongestRead + 1);
  MemoryImage source{ByteSpan(bytes)};
  EXPECT_EQ(ImageView(source).read(0, kHuge).size(), ImageView::kLongestRead);
}

TEST(ImageView, IsBlankWithZerosAlone) {
  Bytes bytes(40000);
  MemoryImage source{ByteSpan(bytes)};
  EXPECT_TRUE(is_blank(ImageView(source)));
  bytes.back() = 1;
  EXPECT_FALSE(is_blank(ImageView(source)));
}

TEST(FileImage, GivesTheBytesOfTheFile) {
  const TemporaryFolder folder;
  const Bytes bytes = counting_bytes(3000000);
  const auto file = open_or_fail(write_file(folder, bytes));
  ASSERT_NE(file, nullptr);
  MemoryImage memory{ByteSpan(bytes)};
  const ImageView on_disk(*file);
  const ImageView in_memory(memory);
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t offset = random() % 3100000;
    const std::uint64_t length = random() % (i % 10 == 0 ? 100000 : 300);
    ASSERT_EQ(on_disk.read(offset, length), in_memory.read(offset, length)) << offset;
  }
}

TEST(FileImage, RefusesWhatIsNoImage) {
  const TemporaryFolder folder;
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(FileImage::open(fifo).error(),
              EndsWith("fifo: is neither a regular file nor a block device"));
  EXPECT_THAT(FileImage::open(folder.path()).error(),
              EndsWith(": is neither a regular file nor a block device"));
  EXPECT_THAT(FileImage::open(folder.path() / "none").error(),
              EndsWith("none: cannot be opened: No such file or directory"));
}

TEST(FileImage, OfAFileThatShrinksIsUnreadableBehindItsEnd) {
  const TemporaryFolder folder;
  const auto path = write_file(folder, counting_bytes(100000));
  const auto file = open_or_fail(path);
  ASSERT_NE(file, nullptr);
  std::filesystem::resize_file(path, 50000);
  const ImageView image(*file);
  EXPECT_EQ(image.read(0, 10).size(), 10U);
  EXPECT_EQ(image.unreadable(), std::nullopt);
  EXPECT_THAT(image.read(90000, 10), IsEmpty());
  EXPECT_EQ(image.unreadable(), 90000U);
}

TEST(Inspection, OfAHugeSparseDiskReadsItsTablesAlone) {
  const TemporaryFolder folder;
  Bytes disk = bootproof::testing::gpt_disk(512);
  const auto path = write_file(folder, disk);
  std::filesystem::resize_file(path, std::uint64_t{8} << 30U);
  const auto file = open_or_fail(path);
  ASSERT_NE(file, nullptr);
  WatchedImage watched(*file);
  const Inspection inspection = inspect_tables(ImageView(watched));
  EXPECT_EQ(summary(inspection), "GPT disk with 2 partitions; 1 warning");
  EXPECT_LT(watched.bytes_read(), 200000U);
}

TEST(Inspection, OfAnUnreadableMediumSaysWhere) {
  const Bytes iso = bootproof::testing::iso_image();
  MemoryImage memory{ByteSpan(iso)};
  WatchedImage broken(memory, 60000);
  const Inspection inspection = inspect_tables(ImageView(broken));
  const auto found =
      std::find_if(inspection.findings.begin(), inspection.findings.end(),
                   [](const Finding& finding) { return finding.rule == "image.unreadable"; });
  ASSERT_NE(found, inspection.findings.end());
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_GT(found->offset, 58000U);
  EXPECT_EQ(found->found, "a read that failed");
}

TEST(Cursor, ReadsFieldAfterField) {
  const Bytes bytes{0xFF, 1, 2, 3, 4, 5, 6, 1, 0, 0, 1};
  MemoryImage source{ByteSpan(bytes)};
  Cursor cursor(ImageView(source).subview(1, 10));
  EXPECT_EQ(cursor.read<Le16>("one").value(), 0x0201);
  EXPECT_EQ(cursor.read<Be32>("two").value(), 0x03040506U);
  EXPECT_EQ(cursor.offset(), 7U);
  const auto both = cursor.read<Both16>("three");
  EXPECT_EQ(both.value(), 1);
  EXPECT_TRUE(both.agrees());
  EXPECT_FALSE(cursor.error().has_value());
}

TEST(Cursor, KeepsItsFirstErrorAndGivesZerosFromThenOn) {
  const Bytes bytes{1, 2, 3};
  MemoryImage source{ByteSpan(bytes)};
  Cursor cursor{ImageView(source)};
  EXPECT_EQ(cursor.read<std::uint8_t>("first"), 1);
  EXPECT_EQ(cursor.read<Le32>("second").value(), 0U);
  EXPECT_EQ(cursor.read<std::uint8_t>("third"), 0);
  ASSERT_TRUE(cursor.error().has_value());
  EXPECT_EQ(cursor.error()->field, "second");
  EXPECT_EQ(cursor.error()->offset, 1U);
}

TEST(Cursor, FailsAtAPositionBeyondEverything) {
  const Bytes bytes(8);
  MemoryImage source{ByteSpan(bytes)};
  Cursor cursor(ImageView(source), kHuge - 1);
  EXPECT_EQ(cursor.read<Le64>("far").value(), 0U);
  EXPECT_TRUE(cursor.error().has_value());
}

}  // namespace
}  // namespace bootproof::inspectors
