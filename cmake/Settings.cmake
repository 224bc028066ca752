# Settings and warnings as INTERFACE targets, so that nothing is set directory-wide.

add_library(bootproof_settings INTERFACE)
add_library(bootproof::settings ALIAS bootproof_settings)
target_compile_features(bootproof_settings INTERFACE cxx_std_20)
target_include_directories(bootproof_settings INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                        $<INSTALL_INTERFACE:include/bootproof>)
if(BOOTPROOF_SANITIZE)
  target_compile_options(bootproof_settings INTERFACE -fsanitize=${BOOTPROOF_SANITIZE}
                                                      -fno-omit-frame-pointer)
  target_link_options(bootproof_settings INTERFACE -fsanitize=${BOOTPROOF_SANITIZE})
endif()

add_library(bootproof_warnings INTERFACE)
target_compile_options(
  bootproof_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wnon-virtual-dtor
            -Wold-style-cast
            -Woverloaded-virtual
            -Wimplicit-fallthrough
            $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond
            -Wlogical-op>
            $<$<BOOL:${BOOTPROOF_WERROR}>:-Werror>
            # With optimisation g++ 12 raises these for sound uses of std::optional and std::string.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized
            -Wno-error=restrict
            -Wno-error=array-bounds
            -Wno-error=stringop-overflow>)
