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

KeyRing::KeyRing(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
KeyRing::~KeyRing() = default;

Result<std::shared_ptr<const KeyRing>> KeyRing::FromText(
    std::string_view text) {
  if (sodium_init() < 0) {
    return Status(StatusCode::kUnavailable, "keys", "libsodium did not start");
  }
  auto keys = std::make_unique<Keys>();
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
    if ((role != "seal" && role != "open") || !Word(line).empty()) {
      return Status(StatusCode::kInvalidSyntax, field,
                    "must be \"<id> <key> seal\" or \"<id> <key> open\"");
    }
    if (std::any_of(keys->all.begin(), keys->all.end(),
                    [&](const auto& key) { return key->id == id; })) {
      return Status(StatusCode::kDuplicate, field,
                    "another line has this id already");
    }
    if (role == "seal" && keys->sealing != nullptr) {
      return Status(StatusCode::kDuplicate, field,
                    "another line has the role seal already; exactly one may");
    }
    keys->all.push_back(Derive(id, secret));
    sodium_memzero(secret.data(), secret.size());
    if (role == "seal") keys->sealing = keys->all.back().get();
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
  random.Fill(std::as_writable_bytes(std::span(secret)));
  auto keys = std::make_unique<Keys>();
  keys->all.push_back(Derive(0, secret));
  keys->sealing = keys->all.back().get();
  sodium_memzero(secret.data(), secret.size());
  return std::shared_ptr<const KeyRing>(new KeyRing(std::move(keys)));
}

std::string KeyRing::GenerateText(RandomSource& random) {
  Secret secret;
  random.Fill(std::as_writable_bytes(std::span(secret)));
  std::array<char, kKeyDigits + 1> digits;
  sodium_bin2hex(digits.data(), digits.size(), secret.data(), secret.size());
  sodium_memzero(secret.data(), secret.size());
  std::string text = "0 ";
  text.append(digits.data(), kKeyDigits).append(" seal\n");
  sodium_memzero(digits.data(), digits.size());
  return text;
}

}  // namespace v0
}  // namespace limpet
