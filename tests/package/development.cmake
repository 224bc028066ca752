# A project of its own finds the installed libraries with find_package(), compiles against the installed headers
# alone, links and runs.
include(${CMAKE_CURRENT_LIST_DIR}/install.cmake)
install_component(development)

execute_process(
  COMMAND
    ${CMAKE_COMMAND} -S ${SOURCE_FOLDER}/consumer -B ${WORK_FOLDER}/consumer -G ${GENERATOR}
    -D CMAKE_CXX_COMPILER=${CXX_COMPILER} -D CMAKE_CXX_FLAGS=${CXX_FLAGS} -D CMAKE_BUILD_TYPE=${BUILD_TYPE}
    -D bootproof_ROOT=${WORK_FOLDER}/prefix
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_FOLDER}/consumer COMMAND_ERROR_IS_FATAL ANY)

run(said ${WORK_FOLDER}/consumer/consumer)
expect(
  "what the consumer prints"
  "${said}"
  "matched: rescue login:
qemu-system-aarch64 -machine virt,accel=tcg,pflash0=code,pflash1=vars
")
