# What `cmake --install` gives: headers, both libraries, find_package(limpet)
# with limpet::limpet and limpet::c, and pkg-config limpet and limpet-c.
include(CMakePackageConfigHelpers)

set(limpet_targets limpet)
set_target_properties(limpet PROPERTIES EXPORT_NAME limpet)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/limpet
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(TARGET limpet_c)
  list(APPEND limpet_targets limpet_c)
  install(FILES ${PROJECT_SOURCE_DIR}/capi/limpet.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(limpet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/limpet)
install(TARGETS ${limpet_targets} EXPORT limpetTargets)
install(EXPORT limpetTargets NAMESPACE limpet::
  DESTINATION ${limpet_package_dir})

# What a program that links the archive has to find; a shared library has it.
set(LIMPET_NEEDS_SODIUM OFF)
foreach(target IN LISTS limpet_targets)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL STATIC_LIBRARY)
    set(LIMPET_NEEDS_SODIUM ON)
  endif()
endforeach()

set(generated ${PROJECT_BINARY_DIR}/install)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/limpetConfig.cmake.in
  ${generated}/limpetConfig.cmake
  INSTALL_DESTINATION ${limpet_package_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${generated}/limpetConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${generated}/limpetConfig.cmake ${generated}/limpetConfigVersion.cmake
  DESTINATION ${limpet_package_dir})

# The .pc files find their prefix from where they are, so that an installation
# may be moved. -lstdc++ and the like are what C++ programs are linked with and
# C programs are not.
set(limpet_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
    OUTPUT_VARIABLE limpet_prefix)
  string(PREPEND limpet_prefix "\${pcfiledir}/")
endif()
set(limpet_runtime ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_ITEM limpet_runtime ${CMAKE_C_IMPLICIT_LINK_LIBRARIES})
list(TRANSFORM limpet_runtime PREPEND "-l")
list(JOIN limpet_runtime " " limpet_runtime)
cmake_path(APPEND limpet_libdir "\${prefix}" ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND limpet_includedir "\${prefix}" ${CMAKE_INSTALL_INCLUDEDIR})

# <file>.pc of a target; what is private is for `pkg-config --static`.
function(limpet_install_pc file target description)
  get_target_property(type ${target} TYPE)
  set(private "")
  if(type STREQUAL STATIC_LIBRARY)
    set(private
      "Requires.private: libsodium\nLibs.private: ${limpet_runtime} -pthread\n")
  endif()
  get_target_property(name ${target} OUTPUT_NAME)
  if(NOT name)
    set(name ${target})
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/lib/limpet.pc.in ${generated}/${file}.pc
    @ONLY)
  install(FILES ${generated}/${file}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
limpet_install_pc(limpet limpet "${PROJECT_DESCRIPTION}")
if(TARGET limpet_c)
  limpet_install_pc(limpet-c limpet_c "${PROJECT_DESCRIPTION} (C ABI)")
endif()
