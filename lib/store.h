// Store: where the session lives, and what its token says. A kind is one file
// in stores/.
//
// Thread rule: all members may be called by many threads; none allocates (but a
// thread's first sealed token).
#ifndef LIMPET_LIB_STORE_H_
#define LIMPET_LIB_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "limpet/endpoint.h"
#include "limpet/key_ring.h"
#include "limpet/session.h"
#include "limpet/session_map.h"
#include "limpet/session_persistence.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// The longest token of any store, in bytes: Envoy's, with the longest address.
inline constexpr size_t kMaxTokenSize = 384;

enum class OpenResult : uint8_t {
  kLive,
  kExpired,
  kInvalid,
  kForeign,
  kUnknownEndpoint,  // found out by a store that needs the set to know
};

class Store {
 public:
  virtual ~Store() = default;

  // What a token of the client's says. Fills `session` in if it is live.
  virtual OpenResult Open(std::string_view token, const EndpointSet& endpoints,
                          Timestamp now, Session* session) const noexcept = 0;

  // Begins a session on `served`. Writes its token and returns the token's
  // size; 0: there is no room for it.
  virtual size_t Begin(const Endpoint& served, EndpointHandle handle,
                       Timestamp now,
                       std::span<char, kMaxTokenSize> token) const noexcept = 0;

  // Moves a session to `served`, with a clock of its own. As Begin.
  virtual size_t Move(const Session& session, const Endpoint& served,
                      EndpointHandle handle, Timestamp now,
                      std::span<char, kMaxTokenSize> token) const noexcept {
    (void)session;
    return Begin(served, handle, now, token);
  }

  // Writes the token of a session whose `reissue` is set, as used at `now` and
  // served by `served`, which need not be its own endpoint. 0: not now.
  virtual size_t Reissue(const Session& session, const Endpoint& served,
                         EndpointHandle handle, Timestamp now,
                         std::span<char, kMaxTokenSize> token) const noexcept {
    (void)session, (void)served, (void)handle, (void)now, (void)token;
    return 0;
  }

  // The longest token of this store, in bytes.
  virtual size_t MaxSize() const = 0;
};

// What the stores are made from. `config` is valid and outlives the store.
struct StoreOptions {
  const SessionPersistence& config;
  std::string scope;
  std::shared_ptr<const KeyRing> keys;   // SealedToken
  bool remember_tokens = true;           // SealedToken
  std::shared_ptr<SessionMap> sessions;  // SessionMap
  RandomSource* random = nullptr;
};

std::unique_ptr<Store> MakeSealedToken(StoreOptions options);
std::unique_ptr<Store> MakeMapToken(StoreOptions options);
std::unique_ptr<Store> MakeEnvoyToken(StoreOptions options);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_STORE_H_
