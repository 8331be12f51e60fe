# The quickstarts: built, and run as tests.
add_executable(limpet_quickstart_cc
  ${CMAKE_CURRENT_LIST_DIR}/quickstart.cc)
target_link_libraries(limpet_quickstart_cc PRIVATE limpet::limpet limpet_flags)
set(quickstarts limpet_quickstart_cc)
if(LIMPET_BUILD_CAPI)
  add_executable(limpet_quickstart_c
    ${CMAKE_CURRENT_LIST_DIR}/quickstart.c)
  target_link_libraries(limpet_quickstart_c PRIVATE limpet::c limpet_flags)
  list(APPEND quickstarts limpet_quickstart_c)
endif()
if(LIMPET_BUILD_TESTS)
  foreach(quickstart IN LISTS quickstarts)
    add_test(NAME examples.${quickstart} COMMAND ${quickstart})
    # Sticks after 5 seconds, begins anew after 12.
    set_tests_properties(examples.${quickstart} PROPERTIES
      PASS_REGULAR_EXPRESSION
      "new, sends a token.*5 s: pod-[ab], kept\n.*expired, sends a token"
      FAIL_REGULAR_EXPRESSION "Sanitizer|quickstart: ")
  endforeach()
endif()
