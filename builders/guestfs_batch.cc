#include "builders/guestfs_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// A disk that is being made: its lock is held and its work folder there.
class Work {
 public:
  /// Waits for the lock. Throws Error for what can't be begun.
  Work(const GuestfsOrder& order, const BuildCache& cache)
      : order_(order), cache_(cache), key_(order.key.digest()), lock_(cache.lock(key_)) {}

  /// The entry that somebody else made meanwhile.
  [[nodiscard]] std::optional<BuiltFile> find() const {
    std::optional<CacheEntry> entry = cache_.verify(key_, suffix_of(order_.input.recipe));
    return entry ? std::optional(built_file(std::move(*entry), true)) : std::nullopt;
  }

  /// All that has to stand before libguestfs is launched.
  void begin() {
    folder_.emplace(cache_.work_folder(key_));
    in_folder([&] {
      build_.emplace(order_.input,
                     BuildPlace{folder_->path(), image(), order_.key.identity(), order_.date});
      build_->begin();
      disk_ = build_->guestfs_disk(order_.name);
    });
  }

  [[nodiscard]] const GuestfsDisk& disk() const { return disk_; }

  /// The same again, since a failed launch leaves any bytes on the disk.
  void begin_again() {
    build_.reset();
    folder_.reset();
    begin();
  }

  BuiltFile finish() {
    return in_folder([&] {
      build_->finish();
      order_.key.check_unchanged();
      return built_file(cache_.store(key_, suffix_of(order_.input.recipe), image()), false);
    });
  }

  /// Calls `step`; a full disk is told as such.
  template <typename Step>
  auto in_folder(const Step& step) -> decltype(step()) {
    try {
      return step();
    } catch (const Error&) {
      rethrow_if_full(folder_->path());
      throw;
    } catch (const fs::filesystem_error& error) {
      rethrow_if_full(folder_->path());
      throw system_error(error.path1().string(), error.code().value());
    }
  }

 private:
  [[nodiscard]] fs::path image() const {
    return folder_->path() / fmt::format("image{}", suffix_of(order_.input.recipe));
  }

  const GuestfsOrder& order_;
  const BuildCache& cache_;
  std::string key_;
  FileLock lock_;
  std::optional<WorkFolder> folder_;
  std::optional<DiskBuild> build_;
  GuestfsDisk disk_;
};

/// One launch for all. Throws Error as make_by_guestfs() does.
void launch(const std::vector<Work*>& works, const GuestfsHost& host) {
  std::vector<GuestfsDisk> disks;
  disks.reserve(works.size());
  for (Work* const work : works) {
    disks.push_back(work->disk());
  }
  works.front()->in_folder([&] { make_by_guestfs(host, disks); });
}

/// The disks of one launch by their keys, and what became of them.
using Results = std::map<std::string, Result<BuiltFile>>;
using Works = std::map<std::string, std::unique_ptr<Work>>;

/// Launches for all in `works` and puts what comes of them into `results`.
void make_all(Works works, const FindGuestfsHost& find_host, Results& results) {
  const auto fail = [&](const std::string& key, const Error& error) {
    results.insert_or_assign(key, tl::unexpected(error));
    works.erase(key);
  };
  std::vector<Work*> all;
  for (const auto& [key, work] : works) {
    all.push_back(work.get());
  }
  std::optional<GuestfsHost> host;
  std::optional<Error> problem;
  try {
    host = find_host();
    launch(all, *host);
  } catch (const Error& error) {
    problem = error;
  }
  const bool is_own_fault = all.size() > 1 && problem && problem->kind() == ErrorKind::kBuild;
  while (!works.empty()) {
    const auto& [key, work] = *works.begin();
    const std::string name = key;
    try {
      if (is_own_fault) {
        work->begin_again();
        launch({work.get()}, *host);
      } else if (problem) {
        throw Error(*problem);
      }
      results.insert_or_assign(name, work->finish());
      works.erase(name);
    } catch (const Error& error) {
      fail(name, error);
    }
  }
}

}  // namespace

std::vector<Result<BuiltFile>> build_by_guestfs(const std::vector<GuestfsOrder>& orders,
                                                const BuildCache& cache,
                                                const FindGuestfsHost& find_host) {
  std::map<std::string, const GuestfsOrder*> by_key;  // One order of its kind, in an order that
  for (const GuestfsOrder& order : orders) {          // keeps two processes from deadlock.
    by_key.emplace(order.key.digest(), &order);
  }
  Results results;
  Works works;
  for (const auto& [key, order] : by_key) {
    try {
      if (std::optional<CacheEntry> entry = cache.find(key, suffix_of(order->input.recipe))) {
        results.emplace(key, built_file(std::move(*entry), true));
        continue;
      }
      auto work = std::make_unique<Work>(*order, cache);
      if (std::optional<BuiltFile> found = work->find()) {
        results.emplace(key, std::move(*found));
        continue;
      }
      work->begin();
      works.emplace(key, std::move(work));
    } catch (const Error& error) {
      results.insert_or_assign(key, tl::unexpected(error));
    }
    if (works.size() == kMostGuestfsDisks) {
      make_all(std::exchange(works, {}), find_host, results);
    }
  }
  if (!works.empty()) {
    make_all(std::move(works), find_host, results);
  }
  std::vector<Result<BuiltFile>> ordered;
  ordered.reserve(orders.size());
  for (const GuestfsOrder& order : orders) {
    ordered.push_back(results.at(order.key.digest()));
  }
  return ordered;
}

}  // namespace bootproof
