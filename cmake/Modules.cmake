# bootproof_module(NAME SOURCES a.cc ... [PUBLIC lib...] [PRIVATE lib...])
#
# A library `bootproof_NAME` with the alias `bootproof::NAME`. What a module may include is what it links:
# the arrows of ARCHITECTURE.md are the PUBLIC and PRIVATE lists.
function(bootproof_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(bootproof_${name} STATIC ${arg_SOURCES})
  add_library(bootproof::${name} ALIAS bootproof_${name})
  set_target_properties(bootproof_${name} PROPERTIES EXPORT_NAME ${name} CXX_EXTENSIONS OFF)
  target_link_libraries(
    bootproof_${name}
    PUBLIC bootproof::settings ${arg_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:bootproof_warnings> ${arg_PRIVATE})
endfunction()

# bootproof_test(NAME SOURCES a_test.cc ... LIBRARIES lib... [LABELS label...])
#
# A GoogleTest program whose tests are found one by one. Tests labelled `boot` run alone: each boots several
# machines at once by itself.
function(bootproof_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} bootproof_warnings GTest::gmock
                                        GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE BOOTPROOF_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             BOOTPROOF_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set(labels ${arg_LABELS})
  if(NOT labels)
    set(labels fast) # An empty value would take the next word for it.
  endif()
  set(serial FALSE)
  set(limit 600)
  if("boot" IN_LIST arg_LABELS)
    set(serial TRUE)
    set(limit 1800) # A whole family of boots is one test.
  endif()
  gtest_discover_tests(
    ${name}
    DISCOVERY_MODE PRE_TEST
    NO_PRETTY_VALUES
    PROPERTIES TIMEOUT ${limit} RUN_SERIAL ${serial} LABELS "${labels}")
endfunction()
