# Writes a copy of a file of lib/ with one mistake made in it.
#
#   cmake -D LIB=DIR -D MUTANT=FILE -D OUT=DIR -P mutate.cmake
#
# MUTANT sets `file`, and pairs FROM_1 TO_1, FROM_2 TO_2, ...; each FROM must be
# in the file once.
include("${MUTANT}")
file(READ "${LIB}/${file}" text)
foreach(i RANGE 1 9)
  if(NOT DEFINED FROM_${i})
    break()
  endif()
  string(FIND "${text}" "${FROM_${i}}" first)
  string(FIND "${text}" "${FROM_${i}}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR
      "${MUTANT}: ${file} has changed; not there once:\n${FROM_${i}}")
  endif()
  string(REPLACE "${FROM_${i}}" "${TO_${i}}" text "${text}")
endforeach()
file(WRITE "${OUT}/${file}" "${text}")
