#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/file_source.h"

namespace bootproof {

/// Where files of a foreign package are kept: `CACHE/packages/ARCHITECTURE/PACKAGE/`, laid out as
/// the package unpacks. `quickstart` and `bootproof fetch` fill it.
std::filesystem::path package_folder(const std::filesystem::path& cache, const PackageFile& file);

/// The file of a package on this host: where the package is installed (and is of this host's
/// architecture or of none), else in package_folder. Nothing where the package is in neither.
/// `/bin/x` and `/usr/bin/x` are one file, as everywhere in Debian (merged /usr). One `*` in the
/// last name stands for any run of characters. An installed package that has nothing but its
/// documentation, such as linux-image-amd64, counts as not installed. Throws Error (kScenario) for
/// a package that has no such file, or several that match.
std::optional<std::filesystem::path> find_package_file(const std::filesystem::path& cache,
                                                       const PackageFile& file);

/// The same for a folder, such as `/lib/modules/*`.
std::optional<std::filesystem::path> find_package_subfolder(const std::filesystem::path& cache,
                                                            const PackageFile& folder);

/// What to tell whoever needs a package that find_package_file did not find.
Error missing_package(const PackageFile& file);

/// Debian's word for the architecture of this host: "amd64", "arm64".
std::string_view host_debian_architecture();

/// What a metapackage of a kernel stands for: the first package of its `Depends` whose name begins
/// with linux-image-, as apt-get takes it ("linux-image-6.1.0-50-amd64=6.1.176-1"); empty where
/// there is none.
std::string kernel_package_of(std::string_view depends);

/// Fetches a package of any architecture from the host's own package sources through a private apt
/// state in `CACHE/apt/ARCHITECTURE`, and unpacks it into package_folder. Nothing of it is
/// installed or run, and nothing of the host's configuration changes; root is not needed. With a
/// metapackage of a kernel (linux-image-amd64) comes the kernel that it stands for, into the same
/// folder. A package that is there already is left as it is. Throws Error: kUsage for a name that
/// can't be one, kHost that quotes apt.
void fetch_package(const std::filesystem::path& cache, const std::string& package,
                   const std::string& architecture);

}  // namespace bootproof
