# What is installed and packaged. Two components: `runtime` is the program with its scenario files and pages,
# `development` the libraries that others may link, with their headers and a CMake package:
#
#   find_package(bootproof REQUIRED)
#   target_link_libraries(mine PRIVATE bootproof::console bootproof::vm)

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# --- runtime ---------------------------------------------------------------------------------------------------

install(TARGETS bootproof RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(
  FILES scenarios/disk-media.yaml
        scenarios/disk-recipes.yaml
        scenarios/iso-media.yaml
        scenarios/iso-recipes.yaml
        scenarios/payload-media.yaml
        scenarios/payload-recipes.yaml
        scenarios/quickstart.yaml
        scenarios/quickstart-media.yaml
        scenarios/reference.yaml
        scenarios/reference-recipes.yaml
        scenarios/secure-boot.yaml
        scenarios/secure-boot-recipes.yaml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bootproof/scenarios
  COMPONENT runtime)
install(
  FILES docs/scenario.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bootproof
  COMPONENT runtime)
install(
  FILES README.md CHANGELOG.md LICENSE docs/scenario-reference.md docs/causes.md docs/rules.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT runtime)

# The worker that is linked with libguestfs: a package of its own, so that `bootproof` does not bring libguestfs
# and the 80 packages behind it. bootproof looks for it in ../libexec from where it stands itself.
if(BOOTPROOF_GUESTFS)
  install(TARGETS bootproof-guestfs RUNTIME DESTINATION libexec COMPONENT guestfs)
endif()

# --- development -----------------------------------------------------------------------------------------------

# Libraries, and the folders whose headers they bring. `run` and `cli` are the program's own.
set(exported_targets bootproof_settings)
foreach(module core yaml async console diagnosis images vm inspectors reports scenarios builders)
  list(APPEND exported_targets bootproof_${module})
endforeach()
set(header_folders harness/core harness/console harness/diagnosis harness/images harness/vm inspectors reports scenarios
                   builders)

set_target_properties(bootproof_settings PROPERTIES EXPORT_NAME settings)
install(
  TARGETS ${exported_targets}
  EXPORT bootproofTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
foreach(folder ${header_folders})
  install(
    DIRECTORY ${folder}/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bootproof/${folder}
    COMPONENT development
    FILES_MATCHING
    PATTERN "*.h")
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/bootproof)
install(
  EXPORT bootproofTargets
  NAMESPACE bootproof::
  DESTINATION ${package_folder}
  COMPONENT development)
configure_package_config_file(
  cmake/bootproofConfig.cmake.in ${PROJECT_BINARY_DIR}/bootproofConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bootproofConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/bootproofConfig.cmake ${PROJECT_BINARY_DIR}/bootproofConfigVersion.cmake
  DESTINATION ${package_folder}
  COMPONENT development)

# --- packages: `cpack --config build/CPackConfig.cmake` ------------------------------------------------------------

# packages_of(HEADING VARIABLE): the host's packages under `# HEADING` in packages.txt.
function(packages_of heading variable)
  file(STRINGS ${PROJECT_SOURCE_DIR}/packages.txt lines)
  set(inside FALSE)
  set(found "")
  foreach(line ${lines})
    if(line MATCHES "^# (.*)$")
      string(COMPARE EQUAL "${CMAKE_MATCH_1}" "${heading}" inside)
    elseif(inside AND line MATCHES "^([a-z0-9.+-]+) *(#.*)?$")
      list(APPEND found ${CMAKE_MATCH_1})
    endif()
  endforeach()
  if(NOT found)
    message(FATAL_ERROR "packages.txt has no packages under '# ${heading}'")
  endif()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

packages_of("to run" run_packages)
packages_of("to build" link_packages)
packages_of("to make and read media by libguestfs" guestfs_packages)
list(REMOVE_ITEM guestfs_packages libguestfs0) # By its shared library.
list(FILTER link_packages INCLUDE REGEX "^(lib.*-dev|zlib1g-dev|pkg-config)$")
list(FILTER link_packages EXCLUDE REGEX "^lib(gtest|gmock|cli11|guestfs)-dev$") # not for who links the libraries
set(worker_package "")
if(BOOTPROOF_GUESTFS)
  set(worker_package bootproof-guestfs)
endif()
list(APPEND run_packages ${worker_package})
list(JOIN run_packages ", " run_packages)
list(JOIN guestfs_packages ", " guestfs_packages)
list(JOIN link_packages ", " link_packages)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bootproof)
set(CPACK_PACKAGE_VENDOR bootproof)
set(CPACK_PACKAGE_CONTACT "bootproof <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_COMPONENTS_ALL runtime development)
if(BOOTPROOF_GUESTFS)
  list(APPEND CPACK_COMPONENTS_ALL guestfs)
endif()
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
    "Boots ISO, disk and USB images in QEMU under every firmware and on every bus that matters,
 matches the console, and says where a boot stopped and why.")
set(CPACK_COMPONENT_GUESTFS_DESCRIPTION
    "The part of bootproof that makes and reads file systems by libguestfs.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "The libraries of bootproof: console matching, boot failure signatures, QEMU machines, reports.")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME bootproof)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "${run_packages}")
set(CPACK_DEBIAN_GUESTFS_PACKAGE_NAME bootproof-guestfs)
set(CPACK_DEBIAN_GUESTFS_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_GUESTFS_PACKAGE_DEPENDS "${guestfs_packages}")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libbootproof-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${link_packages}")
find_program(dpkg_shlibdeps dpkg-shlibdeps)
mark_as_advanced(dpkg_shlibdeps)
if(dpkg_shlibdeps)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_GUESTFS_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
