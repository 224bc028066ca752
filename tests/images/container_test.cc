#include "harness/images/container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/integers.h"

namespace bootproof {
namespace {

using inspectors::Bytes;
using inspectors::ByteSpan;
using inspectors::ImageView;
using inspectors::MemoryImage;

/// Puts `bytes` at `offset`.
void put(Bytes& file, std::size_t offset, std::string_view bytes) {
  std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
}

Bytes file_with(std::size_t offset, std::string_view magic) {
  Bytes file(16384);
  put(file, offset, magic);
  return file;
}

/// Version 3, no backing file, no feature.
Bytes qcow2() {
  Bytes file = file_with(0, "QFI\xFB");
  file[7] = 3;
  return file;
}

/// With a capacity of 256 sectors.
Bytes vmdk() {
  Bytes file = file_with(0, "KDMV");
  file[13] = 1;
  return file;
}

std::string refusal_of(const Bytes& file, std::string_view word) {
  MemoryImage image{ByteSpan(file)};
  return container_refusal(ImageView(image), *find_container(word));
}

std::string recognised(const Bytes& file) {
  MemoryImage image{ByteSpan(file)};
  const ContainerFormat* format = recognise_container(ImageView(image));
  return format == nullptr ? "raw" : std::string(format->word);
}

TEST(RecogniseContainer, GoesByTheMagicBytes) {
  EXPECT_EQ(recognised(qcow2()), "qcow2");
  EXPECT_EQ(recognised(vmdk()), "vmdk");
  EXPECT_EQ(recognised(file_with(0, "COWD")), "vmdk");
  EXPECT_EQ(recognised(file_with(0, "# Disk DescriptorFile")), "vmdk");
  EXPECT_EQ(recognised(file_with(64, "\x7F\x10\xDA\xBE")), "vdi");
  EXPECT_EQ(recognised(file_with(0, "vhdxfile")), "vhdx");
  EXPECT_EQ(recognised(file_with(0, "conectix")), "vpc");
  EXPECT_EQ(recognised(file_with(1, "QFI\xFB")), "raw");
  EXPECT_EQ(recognised(Bytes(3, 'Q')), "raw");
  EXPECT_EQ(recognised({}), "raw");
}

TEST(RecogniseContainer, TakesAFixedVhdForRawUntilItIsNamed) {
  const Bytes file = file_with(16384 - 512, "conectix");
  EXPECT_EQ(recognised(file), "raw");
  MemoryImage image{ByteSpan(file)};
  EXPECT_TRUE(is_of_format(ImageView(image), *find_container("vpc")));
  EXPECT_FALSE(is_of_format(ImageView(image), *find_container("vdi")));
}

TEST(ContainerWords, NameEachFormatOnce) {
  EXPECT_EQ(container_words(), (std::vector<std::string>{"qcow2", "vmdk", "vdi", "vhdx", "vpc"}));
  EXPECT_EQ(find_container("raw"), nullptr);
}

TEST(ContainerRefusal, LetsHealthyHeadersPass) {
  EXPECT_EQ(refusal_of(qcow2(), "qcow2"), "");
  EXPECT_EQ(refusal_of(vmdk(), "vmdk"), "");
  EXPECT_EQ(refusal_of(file_with(0, "vhdxfile"), "vhdx"), "");
}

TEST(ContainerRefusal, OfAQcow2ThatNamesABackingFile) {
  Bytes file = qcow2();
  file[14] = 1;  // At 256.
  file[19] = 8;
  put(file, 256, "/etc/\033[m");
  EXPECT_EQ(refusal_of(file, "qcow2"), "names a backing file, \"/etc/\\x1b[m\"");
}

TEST(ContainerRefusal, OfABackingFileWhoseNameIsFarOutside) {
  Bytes file = qcow2();
  file[8] = 0x7F;
  file[16] = 0xFF;
  EXPECT_EQ(refusal_of(file, "qcow2"), "names a backing file, \"\"");
}

TEST(ContainerRefusal, OfAQcow2WhoseDataStandElsewhere) {
  Bytes file = qcow2();
  file[79] = 4;
  EXPECT_EQ(refusal_of(file, "qcow2"), "keeps its data in another file");
  file[7] = 2;  // Version 2 has no features; that field is something else there.
  EXPECT_EQ(refusal_of(file, "qcow2"), "");
}

TEST(ContainerRefusal, OfAQcow2ThatCanNotBeRead) {
  Bytes file = qcow2();
  file[35] = 1;
  EXPECT_EQ(refusal_of(file, "qcow2"), "is encrypted");
  file[7] = 1;
  EXPECT_EQ(refusal_of(file, "qcow2"), "has version 1 of the format, expected 2 or 3");
  file.resize(40);
  EXPECT_EQ(refusal_of(file, "qcow2"), "is shorter than its header");
}

TEST(ContainerRefusal, OfAVmdkThatLeadsToOtherFiles) {
  EXPECT_EQ(refusal_of(file_with(0, "# Disk DescriptorFile"), "vmdk"),
            "is a descriptor that names other files");
  EXPECT_EQ(refusal_of(file_with(0, "KDMV"), "vmdk"),
            "has no capacity of its own: its descriptor names other files");
  Bytes file = vmdk();
  put(file, 10000, "parentFileNameHint=\"/etc/passwd\"");
  EXPECT_EQ(refusal_of(file, "vmdk"), "names a parent, of which it holds the difference");
  EXPECT_EQ(refusal_of({'K', 'D', 'M', 'V'}, "vmdk"), "is shorter than its header");
}

}  // namespace
}  // namespace bootproof
