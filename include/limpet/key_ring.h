// KeyRing: the keys of sealed tokens. One seals, all open, so that keys rotate
// and no session is lost. And the key that hash balancers place by, which
// stays: another one places every key anew.
//
// Thread rule: immutable; share it between policies and threads.
//
//   auto keys = KeyRing::FromText("1 00112233...eeff open\n"
//                                 "2 8899aabb...7766 seal\n"
//                                 "3 ffeeddcc...1100 place\n");
//   auto once = KeyRing::Generate();  // sessions end with the process
//
// To rotate: add the new sealing key as `open` everywhere, then make it `seal`,
// then drop the old one after the longest session (or idle) timeout.
#ifndef LIMPET_KEY_RING_H_
#define LIMPET_KEY_RING_H_

#include <memory>
#include <string>
#include <string_view>

#include "limpet/hash.h"
#include "limpet/status.h"

namespace limpet {
inline namespace v0 {

class KeyRing {
 public:
  // Lines of "<id> <key> <role>": id 0-255, key 64 hexadecimal digits (32
  // bytes from a good generator), role `seal` (exactly one), `open` or `place`
  // (one at most). Empty lines and lines that begin with '#' are skipped.
  // Errors name the line ("keys.line 3") and never quote a key.
  static Result<std::shared_ptr<const KeyRing>> FromText(std::string_view text);

  // A random key to seal and another to place by.
  static std::shared_ptr<const KeyRing> Generate(
      RandomSource& random = SystemRandom());

  // The same in the form that FromText reads, to be kept in a file.
  static std::string GenerateText(RandomSource& random = SystemRandom());

  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  struct Keys;  // lib/ only
  const Keys& keys() const { return *keys_; }

 private:
  explicit KeyRing(std::unique_ptr<Keys> keys);
  std::unique_ptr<Keys> keys_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_KEY_RING_H_
