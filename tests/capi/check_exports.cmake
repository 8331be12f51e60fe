# The shared library exports exactly the names of capi/exports.txt, all under
# the version LIMPET_0, and limpet.h declares exactly these functions.
# cmake -DREADELF=... -DLIBRARY=... -DEXPORTS=... -DHEADER=...
#   -P check_exports.cmake
execute_process(COMMAND ${READELF} -W --dyn-syms ${LIBRARY}
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
# <number>: <value> <size> <type> <binding> <visibility> <section> <name>
string(REGEX MATCHALL "[0-9]+: [^\n]+" lines "${output}")
set(exported "")
foreach(line IN LISTS lines)
  if(line MATCHES " UND " OR line MATCHES " ABS LIMPET_0")
    continue()  # needed from elsewhere; the version itself
  endif()
  if(NOT line MATCHES " FUNC .* (limpet_[a-z0-9_]+)@@LIMPET_0$")
    message(SEND_ERROR "exported, and none of ours: ${line}")
  endif()
  list(APPEND exported ${CMAKE_MATCH_1})
endforeach()
list(SORT exported)

file(STRINGS ${EXPORTS} listed REGEX "^[^#]")
set(sorted ${listed})
list(SORT sorted)
if(NOT listed STREQUAL sorted)
  message(SEND_ERROR "exports.txt is not sorted")
endif()

file(READ ${HEADER} text)
string(REGEX REPLACE "//[^\n]*" "" text "${text}")
string(REGEX MATCHALL "limpet_[a-z0-9_]+\\(" declared "${text}")
list(TRANSFORM declared REPLACE "\\($" "")
list(SORT declared)

foreach(other exported declared)
  if(NOT sorted STREQUAL "${${other}}")
    set(missing ${sorted})
    list(REMOVE_ITEM missing ${${other}})
    set(surplus ${${other}})
    list(REMOVE_ITEM surplus ${sorted})
    message(SEND_ERROR "exports.txt differs from what is ${other}: "
      "missing [${missing}], not listed [${surplus}]")
  endif()
endforeach()
