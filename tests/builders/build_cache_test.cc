#include "builders/build_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

class BuildCacheTest : public FolderTest {
 protected:
  /// Puts `bytes` into the cache under kKey.
  CacheEntry store(std::string_view bytes) const {
    const FileLock lock = cache_.lock(kKey);
    const fs::path work = cache_.work_folder(kKey);
    std::ofstream(work / "image") << bytes;
    CacheEntry entry = cache_.store(kKey, ".iso", work / "image");
    fs::remove_all(work);
    return entry;
  }

  const std::string kKey = std::string(64, 'a');
  BuildCache cache_{folder_ / "cache"};
};

TEST_F(BuildCacheTest, HasNothingAtFirst) {
  EXPECT_FALSE(cache_.find(kKey, ".iso").has_value());
  EXPECT_FALSE(cache_.verify(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, FindsWhatWasStored) {
  const CacheEntry stored = store("bytes");
  const auto found = cache_.find(kKey, ".iso");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->path, stored.path);
  EXPECT_EQ(found->sha256, sha256_of("bytes"));
  EXPECT_EQ(found->size, 5U);
  EXPECT_EQ(read(found->path), "bytes");
}

TEST_F(BuildCacheTest, TakesNoEntryThatWasCut) {
  fs::resize_file(store("bytes").path, 4);
  EXPECT_FALSE(cache_.find(kKey, ".iso").has_value());
  EXPECT_FALSE(cache_.verify(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, TakesNoEntryThatWasOverwrittenWithTheSameSizeAndTime) {
  const CacheEntry stored = store("bytes");
  const auto time = fs::last_write_time(stored.path);
  fs::permissions(stored.path, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(stored.path) << "bytez";
  fs::last_write_time(stored.path, time);
  EXPECT_FALSE(cache_.find(kKey, ".iso").has_value());
  EXPECT_FALSE(cache_.verify(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, TakesAnEntryThatWasRestoredWithOtherTimesByItsDigest) {
  const CacheEntry stored = store("bytes");
  fs::last_write_time(stored.path, fs::file_time_type{});
  EXPECT_FALSE(cache_.find(kKey, ".iso").has_value());
  EXPECT_TRUE(cache_.verify(kKey, ".iso").has_value());
  EXPECT_TRUE(cache_.find(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, TakesNoEntryWhoseRecordIsGoneOrBroken) {
  store("bytes");
  const fs::path record = folder_ / "cache" / "built" / (kKey + ".record");
  const std::string whole = read(record);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::ofstream(record, std::ios::trunc) << whole.substr(0, length);
    EXPECT_FALSE(cache_.find(kKey, ".iso").has_value()) << "cut at " << length;
  }
  fs::remove(record);
  EXPECT_FALSE(cache_.verify(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, MakesAnEntryReadOnly) {
  const fs::perms perms = fs::status(store("bytes").path).permissions();
  EXPECT_EQ(perms & (fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write),
            fs::perms::none);
}

TEST_F(BuildCacheTest, RemovesWhatKilledBuildsLeftAndSparesWhatIsBeingBuilt) {
  const std::string killed(64, 'b');
  const std::string running(64, 'c');
  write("cache/work/" + killed + ".0/image", "half");
  write("cache/work/" + running + ".0/image", "half");
  write("cache/work/" + kKey + ".0/image", "half");
  const FileLock other = cache_.lock(running);
  const FileLock own = cache_.lock(kKey);
  const fs::path work = cache_.work_folder(kKey);
  EXPECT_TRUE(fs::is_empty(work));
  EXPECT_FALSE(fs::exists(folder_ / "cache" / "work" / (killed + ".0")));
  EXPECT_TRUE(fs::exists(folder_ / "cache" / "work" / (running + ".0") / "image"));
}

TEST_F(BuildCacheTest, TakesAnEntryFromBeforeTheHostWasStartedByItsDigest) {
  const CacheEntry stored = store("bytes");
  const fs::path record = folder_ / "cache" / "built" / (kKey + ".record");
  std::string text = read(record);
  char& last = text.at(text.size() - 2);  // Of the identifier that the kernel draws at its start.
  last = last == '0' ? '1' : '0';
  std::ofstream(record, std::ios::trunc) << text;
  EXPECT_FALSE(cache_.find(kKey, ".iso").has_value());
  EXPECT_TRUE(cache_.verify(kKey, ".iso").has_value());
  EXPECT_TRUE(cache_.find(kKey, ".iso").has_value());
}

TEST_F(BuildCacheTest, SaysWhatToDoWithAFolderInTheEntrysPlace) {
  fs::create_directories(folder_ / "cache" / "built" / (kKey + ".iso") / "sub");
  EXPECT_THAT(error_text([&] { static_cast<void>(store("bytes")); }),
              ::testing::EndsWith("nothing but bootproof should write there: remove it"));
}

TEST_F(BuildCacheTest, RemovesWhatAKilledRemovalLeft) {
  write("cache/work/removed-1-1.0/image", "half");
  cache_.remove_leftovers();
  EXPECT_TRUE(fs::is_empty(folder_ / "cache" / "work"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache" / "locks"));
}

TEST_F(BuildCacheTest, MakesAPartOnceForAllThatAskForIt) {
  int made = 0;
  const auto make = [&](const fs::path& work, const fs::path& file) {
    EXPECT_TRUE(fs::is_empty(work));
    ++made;
    std::ofstream(file) << "bytes";
  };
  EXPECT_FALSE(find_or_make(cache_, kKey, ".fat", make).from_cache);
  EXPECT_TRUE(find_or_make(cache_, kKey, ".fat", make).from_cache);
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(fs::is_empty(folder_ / "cache" / "work"));
}

TEST_F(BuildCacheTest, LocksOneKeyOnce) {
  const FileLock lock = cache_.lock(kKey);
  const fs::path file = folder_ / "cache" / "locks" / (kKey + ".lock");
  EXPECT_FALSE(FileLock::try_lock(file).held());
  EXPECT_TRUE(FileLock::try_lock(file.parent_path() / "other.lock").held());
}

TEST_F(BuildCacheTest, SaysWhereItCanNotWrite) {
  write("file", "");
  const BuildCache cache(folder_ / "file");
  EXPECT_THAT(error_text([&] { static_cast<void>(cache.lock(kKey)); }),
              ::testing::HasSubstr("file/locks"));
}

}  // namespace
}  // namespace bootproof
