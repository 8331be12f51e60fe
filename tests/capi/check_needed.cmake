# A self-contained library needs nothing but the C library at load.
# cmake -DREADELF=... -DLIBRARY=... -P check_needed.cmake
execute_process(COMMAND ${READELF} -d ${LIBRARY}
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*\\[[^]\n]*\\]" needed "${output}")
if(NOT needed)
  message(SEND_ERROR "no NEEDED entry was found in:\n${output}")
endif()
set(c_library "libc|libm|libpthread|ld-linux[a-z0-9_-]*")
foreach(entry IN LISTS needed)
  string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" name "${entry}")
  message(STATUS "needs ${name}")
  if(NOT name MATCHES "^(${c_library})\\.so\\.[0-9]+$")
    message(SEND_ERROR "${name} is not part of the C library")
  endif()
endforeach()
