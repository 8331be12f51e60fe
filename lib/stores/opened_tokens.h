// The tokens that this thread has opened lately, and what they said: for a
// client that comes back a comparison stands in for a decryption.
//
// Thread rule: what is remembered is the calling thread's own, wiped when the
// thread ends.
#ifndef LIMPET_LIB_STORES_OPENED_TOKENS_H_
#define LIMPET_LIB_STORES_OPENED_TOKENS_H_

#include <sodium.h>
#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

#include "limpet/hash.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// A cache of 256 sets of 2, on the heap: as static thread-local memory it could
// keep a proxy from loading the library. All tokens have one size; Content is a
// plain value.
template <size_t kTokenSize, typename Content>
class OpenedTokens {
 public:
  using Token = std::span<const char, kTokenSize>;

  // The number of one more store; none has it twice. What a store has opened is
  // nothing to another one, of another scope or another ring of keys.
  static uint64_t NumberStore() {
    return stores_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  // What the token said when the same store called Remember for it, or null: it
  // is not (or no longer) here.
  static const Content* Find(uint64_t store, Token token) {
    if (mine_ == nullptr) return nullptr;
    const uint64_t hash = mine_->Hash(token);
    for (const Entry& entry : mine_->SetOf(hash).entries) {
      if (entry.hash == hash && entry.store == store &&
          Equal(entry.token, token)) {
        return &entry.content;
      }
    }
    return nullptr;
  }

  // REQUIRES: the token was authenticated just now. It takes the place of the
  // older one of its set. A thread's first one allocates the cache; where there
  // is no memory, nothing is remembered.
  static void Remember(uint64_t store, Token token, const Content& content) {
    if (mine_ == nullptr && !Begin()) return;
    const uint64_t hash = mine_->Hash(token);
    Set& set = mine_->SetOf(hash);
    Entry& entry = set.entries[set.older];
    set.older ^= 1;
    entry.hash = hash;
    entry.store = store;
    entry.content = content;
    std::memcpy(entry.token.data(), token.data(), token.size());
  }

 private:
  static constexpr size_t kSets = 256;
  // Letters of the nonce: random in every token, and enough to tell them apart.
  // Only what a store has opened comes in, so nobody chooses who shares a set.
  static constexpr size_t kHashedAt = 8;
  static constexpr size_t kHashedSize = 16;

  struct Entry {
    uint64_t hash = 0;
    uint64_t store = 0;  // 0: empty
    Content content{};
    std::array<char, kTokenSize> token{};
  };
  struct Set {
    std::array<Entry, 2> entries{};
    uint32_t older = 0;
  };
  // Ends what the thread remembers with the thread.
  struct Owner {
    ~Owner() {
      delete mine_;
      mine_ = nullptr;
      ended_ = true;
    }
  };

  OpenedTokens() {
    SystemRandom().Fill(std::as_writable_bytes(std::span(&key_, 1)));
  }
  ~OpenedTokens() {
    sodium_memzero(&key_, sizeof key_);
    sodium_memzero(sets_.data(), sizeof sets_);
  }

  static bool Begin() {
    if (ended_) return false;  // a host's own thread-local object still asks
    static thread_local Owner owner;
    mine_ = new (std::nothrow) OpenedTokens;
    return mine_ != nullptr;
  }

  uint64_t Hash(Token token) const {
    return XXH3_64bits_withSeed(token.data() + kHashedAt, kHashedSize, key_);
  }

  Set& SetOf(uint64_t hash) { return sets_[hash % kSets]; }

  // Looks at every letter, wherever they differ.
  static bool Equal(Token a, Token b) {
    uint64_t differences = 0;
    for (size_t i = 0; i < kTokenSize; i += 4) {
      uint32_t x;
      uint32_t y;
      std::memcpy(&x, a.data() + i, sizeof x);
      std::memcpy(&y, b.data() + i, sizeof y);
      differences |= x ^ y;
    }
    return differences == 0;
  }

  static_assert(kTokenSize % 4 == 0);

  inline static constinit std::atomic<uint64_t> stores_{0};
  inline static thread_local constinit OpenedTokens* mine_ = nullptr;
  inline static thread_local constinit bool ended_ = false;

  uint64_t key_ = 0;
  std::array<Set, kSets> sets_{};
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_STORES_OPENED_TOKENS_H_
