# Every library that bootproof links, each from a Debian 12 package (the list of packages stands in
# `packages.txt`).

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(pugixml REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(BZip2 REQUIRED)
find_package(CLI11 REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(ext2fs REQUIRED IMPORTED_TARGET ext2fs com_err)
pkg_check_modules(libnbd REQUIRED libnbd) # loaded at run time, see harness/images
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(vterm REQUIRED IMPORTED_TARGET vterm)
if(BOOTPROOF_GUESTFS)
  pkg_check_modules(guestfs REQUIRED IMPORTED_TARGET libguestfs)
endif()

if(BOOTPROOF_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
