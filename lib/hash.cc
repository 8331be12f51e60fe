#include "limpet/hash.h"

#include <sodium.h>
#include <xxhash.h>

namespace limpet {
inline namespace v0 {
namespace {

class System final : public RandomSource {
 public:
  // A failure shows where keys are made or read, which can say so.
  System() { [[maybe_unused]] const int started = sodium_init(); }
  void Fill(std::span<std::byte> out) noexcept override {
    randombytes_buf(out.data(), out.size());
  }
};

}  // namespace

EndpointHandle HashEndpointId(std::string_view id) {
  const EndpointHandle handle = XXH3_64bits(id.data(), id.size());
  return handle == kNoHandle ? 1 : handle;
}

RandomSource& SystemRandom() {
  static System source;
  return source;
}

}  // namespace v0
}  // namespace limpet
