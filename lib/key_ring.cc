#include "limpet/key_ring.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "key_ring_keys.h"

namespace limpet {
inline namespace v0 {
namespace {

constexpr size_t kKeyBytes = crypto_kdf_KEYBYTES;
constexpr size_t kKeyDigits = kKeyBytes * 2;
constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "limpet-1";
// The numbers of the subkeys are part of the token format.
constexpr uint64_t kSealSubkey = 1;
constexpr uint64_t kScopeSubkey = 2;
// Likewise, of where keys are placed.
constexpr uint64_t kPlaceSubkey = 3;

using Secret = std::array<uint8_t, kKeyBytes>;

std::unique_ptr<const KeyRing::Keys::Key> Derive(uint8_t id,
                                                 const Secret& secret) {
  auto key = std::make_unique<KeyRing::Keys::Key>();
  key->id = id;
  crypto_kdf_derive_from_key(key->seal.data(), key->seal.size(), kSealSubkey,
                             kContext, secret.data());
  crypto_kdf_derive_from_key(key->scope.data(), key->scope.size(), kScopeSubkey,
                             kContext, secret.data());
  return key;
}

// As many bytes as are needed of ChaCha20 under the subkey.
std::unique_ptr<const KeyRing::Keys::Placing> DerivePlacing(
    const Secret& secret) {
  Secret subkey{};
  crypto_kdf_derive_from_key(subkey.data(), subkey.size(), kPlaceSubkey,
                             kContext, secret.data());
  auto placing = std::make_unique<KeyRing::Keys::Placing>();
  std::array<uint8_t, sizeof(placing->hash.of_keys) +
                          sizeof(placing->hash.of_long_keys) +
                          sizeof(placing->tables)>
      bytes;
  const std::array<uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce{};
  crypto_stream_chacha20(bytes.data(), bytes.size(), nonce.data(),
                         subkey.data());
  const uint8_t* next = bytes.data();
  const auto take = [&](auto& part) {
    std::copy_n(next, part.size(), part.data());
    next += part.size();
  };
  take(placing->hash.of_keys);
  take(placing->hash.of_long_keys);
  take(placing->tables);
  sodium_memzero(subkey.data(), subkey.size());
  sodium_memzero(bytes.data(), bytes.size());
  return placing;
}

// "<id> <random key> <role>" and a line's end.
std::string RandomLine(int id, std::string_view role, RandomSource& random) {
  Secret secret;
  random.Fill(std::as_writable_bytes(std::span(secret)));
  std::array<char, kKeyDigits + 1> digits;
  sodium_bin2hex(digits.data(), digits.size(), secret.data(), secret.size());
  sodium_memzero(secret.data(), secret.size());
  std::string line = std::to_string(id) + ' ';
  line.append(digits.data(), kKeyDigits).append(1, ' ');
  line.append(role).append(1, '\n');
  sodium_memzero(digits.data(), digits.size());
  return line;
}

// The next word of a line.
std::string_view Word(std::string_view& line) {
  const size_t begin = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(begin);
  const size_t end = std::min(line.find_first_of(" \t\r"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

}  // namespace

KeyRing::Keys::Key::~Key() {
  sodium_memzero(seal.data(), seal.size());
  sodium_memzero(scope.data(), scope.size());
}

KeyRing::Keys::Placing::~Placing() {
  sodium_memzero(&hash, sizeof hash);
  sodium_memzero(tables.data(), tables.size());
}

KeyRing::KeyRing(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
KeyRing::~KeyRing() = default;

Result<std::shared_ptr<const KeyRing>> KeyRing::FromText(
    std::string_view text) {
  if (sodium_init() < 0) {
    return Status(StatusCode::kUnavailable, "keys", "libsodium did not start");
  }
  auto keys = std::make_unique<Keys>();
  std::vector<uint8_t> ids;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string field = "keys.line " + std::to_string(++number);

    const std::string_view id_text = Word(line);
    if (id_text.empty() || id_text.front() == '#') continue;
    uint8_t id = 0;
    const auto [rest, error] =
        std::from_chars(id_text.data(), id_text.data() + id_text.size(), id);
    if (error != std::errc() || rest != id_text.data() + id_text.size()) {
      return Status(StatusCode::kInvalidSyntax, field,
                    "must begin with the key's id, a number from 0 to 255");
    }
    const std::string_view digits = Word(line);
    Secret secret{};
    size_t size = 0;
    if (digits.size() != kKeyDigits ||
        sodium_hex2bin(secret.data(), secret.size(), digits.data(),
                       digits.size(), nullptr, &size, nullptr) != 0 ||
        size != secret.size()) {
      return Status(StatusCode::kInvalidSyntax, field,
                    "the key must be 64 hexadecimal digits (32 bytes)");
    }
    const std::string_view role = Word(line);
    if ((role != "seal" && role != "open" && role != "place") ||
        !Word(line).empty()) {
      return Status(StatusCode::kInvalidSyntax, field,
                    "must be \"<id> <key> seal\", \"<id> <key> open\" or "
                    "\"<id> <key> place\"");
    }
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
      return Status(StatusCode::kDuplicate, field,
                    "another line has this id already");
    }
    ids.push_back(id);
    if ((role == "seal" && keys->sealing != nullptr) ||
        (role == "place" && keys->placing != nullptr)) {
      return Status(StatusCode::kDuplicate, field,
                    "another line has the role " + std::string(role) +
                        " already; only one may");
    }
    if (role == "place") {
      keys->placing = DerivePlacing(secret);
    } else {
      keys->all.push_back(Derive(id, secret));
      if (role == "seal") keys->sealing = keys->all.back().get();
    }
    sodium_memzero(secret.data(), secret.size());
  }
  if (keys->sealing == nullptr) {
    return Status(StatusCode::kInvalidConfig, "keys",
                  "no line has the role seal; exactly one must");
  }
  return std::shared_ptr<const KeyRing>(new KeyRing(std::move(keys)));
}

std::shared_ptr<const KeyRing> KeyRing::Generate(RandomSource& random) {
  [[maybe_unused]] const int started = sodium_init();
  Secret secret;
  auto keys = std::make_unique<Keys>();
  random.Fill(std::as_writable_bytes(std::span(secret)));
  keys->all.push_back(Derive(0, secret));
  keys->sealing = keys->all.back().get();
  random.Fill(std::as_writable_bytes(std::span(secret)));
  keys->placing = DerivePlacing(secret);
  sodium_memzero(secret.data(), secret.size());
  return std::shared_ptr<const KeyRing>(new KeyRing(std::move(keys)));
}

std::string KeyRing::GenerateText(RandomSource& random) {
  return RandomLine(0, "seal", random) + RandomLine(1, "place", random);
}

}  // namespace v0
}  // namespace limpet
