# Installs one component of BUILD_FOLDER into a fresh WORK_FOLDER/prefix.
function(install_component component)
  file(REMOVE_RECURSE ${WORK_FOLDER})
  execute_process(
    COMMAND ${CMAKE_COMMAND} --install ${BUILD_FOLDER} --component ${component} --prefix ${WORK_FOLDER}/prefix
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# run(OUTPUT VARIABLE COMMAND...): the command's stdout; anything but exit code 0 ends the test.
function(run variable)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()

# expect(WHAT ACTUAL EXPECTED): ends the test where they differ.
function(expect what actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "${what}\nexpected:\n${expected}\nactual:\n${actual}")
  endif()
endfunction()
