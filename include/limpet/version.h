// The library's version.
//
// Thread rule: constants and pure functions.
//
//   static_assert(LIMPET_VERSION >= 100, "limpet 0.1.0 or newer");
//   std::printf("limpet %s\n", limpet::VersionString());
#ifndef LIMPET_VERSION_H_
#define LIMPET_VERSION_H_

#include <cstdint>

#define LIMPET_VERSION_MAJOR 0
#define LIMPET_VERSION_MINOR 1
#define LIMPET_VERSION_PATCH 0

// major * 10000 + minor * 100 + patch.
#define LIMPET_VERSION                                         \
  (LIMPET_VERSION_MAJOR * 10000 + LIMPET_VERSION_MINOR * 100 + \
   LIMPET_VERSION_PATCH)

namespace limpet {
inline namespace v0 {

// The version of the library that is linked, in the form of LIMPET_VERSION.
uint32_t Version();

// "major.minor.patch", static storage.
const char* VersionString();

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_VERSION_H_
