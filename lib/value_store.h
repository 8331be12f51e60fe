// ValueStore: tokens that hold a value of the host's, for a host that has a
// stickiness of its own, or no list of endpoints. A kind is one file in
// stores/.
//
// Thread rule: all members may be called by many threads; none allocates.
#ifndef LIMPET_LIB_VALUE_STORE_H_
#define LIMPET_LIB_VALUE_STORE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "limpet/session.h"
#include "limpet/time.h"
#include "store.h"

namespace limpet {
inline namespace v0 {

class ValueStore {
 public:
  virtual ~ValueStore() = default;

  // The value of a token of the client's, in `buffer`; not empty if it is live.
  // Fills `session` in, but for its endpoint.
  virtual OpenResult Open(std::string_view token, Timestamp now,
                          std::span<char, kMaxValueSize> buffer,
                          std::string_view* value,
                          Session* session) const noexcept = 0;

  // Writes the token of a value at `now`, for a session that goes on, or a new
  // one (null), and returns its size; 0: it cannot hold the value.
  virtual size_t Write(std::string_view value, const Session* session,
                       Timestamp now, std::span<char> token) const noexcept = 0;

  // The longest token of this store, in bytes, which Write has room for.
  virtual size_t MaxSize() const = 0;
};

// The longest token of any of them.
inline constexpr size_t kMaxValueTokenSize = 1436;

std::unique_ptr<ValueStore> MakeSealedValue(const StoreOptions& options);
std::unique_ptr<ValueStore> MakeEnvoyValue(const StoreOptions& options);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_VALUE_STORE_H_
