// A C++ host may use both headers; they say the same of the version.
#include <limpet/limpet.h>
// The C header comes second on purpose: it repeats the version's macros.
#include <limpet.h>

static_assert(LIMPET_VERSION == 100 * LIMPET_VERSION_MINOR +
                                    10000 * LIMPET_VERSION_MAJOR +
                                    LIMPET_VERSION_PATCH);
static_assert(sizeof(limpet_decision) >= sizeof(limpet::Decision));
