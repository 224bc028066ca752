# The worker is found from where bootproof stands, and it alone is linked with libguestfs.
include(${CMAKE_CURRENT_LIST_DIR}/install.cmake)
install_component(runtime)
execute_process(
  COMMAND ${CMAKE_COMMAND} --install ${BUILD_FOLDER} --component guestfs --prefix ${WORK_FOLDER}/prefix
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

run(libraries_of_bootproof ldd ${WORK_FOLDER}/prefix/bin/bootproof)
string(REGEX MATCH "libguestfs[^ ]*" found "${libraries_of_bootproof}")
expect("libguestfs among the libraries of bootproof" "${found}" "")

run(libraries_of_worker ldd ${WORK_FOLDER}/prefix/libexec/bootproof-guestfs)
string(REGEX MATCH "libguestfs[.]so" found "${libraries_of_worker}")
expect("libguestfs among the libraries of bootproof-guestfs" "${found}" "libguestfs.so")

execute_process(COMMAND ${WORK_FOLDER}/prefix/bin/bootproof doctor --json OUTPUT_VARIABLE doctor)
string(REGEX MATCH "[(][^(]*/prefix/libexec/bootproof-guestfs[)]" found "${doctor}")
cmake_path(SET worker NORMALIZE ${WORK_FOLDER}/prefix/libexec/bootproof-guestfs)
string(REPLACE "\\/" "/" found "${found}")
expect("the worker that the installed bootproof finds" "${found}" "(${worker})")
