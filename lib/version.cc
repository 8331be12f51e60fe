#include "limpet/version.h"

#define LIMPET_TEXT(x) #x
#define LIMPET_DOTTED(major, minor, patch) \
  LIMPET_TEXT(major) "." LIMPET_TEXT(minor) "." LIMPET_TEXT(patch)

namespace limpet {
inline namespace v0 {

uint32_t Version() { return LIMPET_VERSION; }

const char* VersionString() {
  return LIMPET_DOTTED(LIMPET_VERSION_MAJOR, LIMPET_VERSION_MINOR,
                       LIMPET_VERSION_PATCH);
}

}  // namespace v0
}  // namespace limpet
