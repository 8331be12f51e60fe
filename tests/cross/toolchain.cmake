# CMake's toolchain for limpet's tests on another processor: Debian's cross
# compiler, the libraries of sysroot.sh, qemu-user to run what was built.
#
#   cmake --toolchain tests/cross/toolchain.cmake -DLIMPET_CROSS_CPU=s390x
#     -DLIMPET_CROSS_SYSROOT=DIR
#
# LIMPET_CROSS_CPU: as the compiler and qemu call it (aarch64, s390x).
foreach(variable LIMPET_CROSS_CPU LIMPET_CROSS_SYSROOT)
  if(NOT ${variable})
    message(FATAL_ERROR "${variable} is missing")
  endif()
  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ${variable})
endforeach()
set(triple ${LIMPET_CROSS_CPU}-linux-gnu)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${LIMPET_CROSS_CPU})
set(CMAKE_C_COMPILER ${triple}-gcc)
set(CMAKE_CXX_COMPILER ${triple}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${triple})
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${LIMPET_CROSS_CPU})
# One file each: qemu starts it without looking for libraries.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)

# Programs are this machine's, all else is the other's.
set(CMAKE_FIND_ROOT_PATH ${LIMPET_CROSS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${LIMPET_CROSS_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${LIMPET_CROSS_SYSROOT}/usr/lib/${triple}/pkgconfig)
# Its folders are no system's here.
set(ENV{PKG_CONFIG_ALLOW_SYSTEM_CFLAGS} 1)
set(ENV{PKG_CONFIG_ALLOW_SYSTEM_LIBS} 1)
