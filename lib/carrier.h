// Carrier: where the token travels. A kind is one file in carriers/.
#ifndef LIMPET_LIB_CARRIER_H_
#define LIMPET_LIB_CARRIER_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "limpet/session_persistence.h"
#include "limpet/time.h"

namespace limpet {
inline namespace v0 {

// Tokens of one request that are tried, in order; a bound on the work that a
// client can ask for.
inline constexpr size_t kMaxCandidates = 4;

struct Candidates {
  std::array<std::string_view, kMaxCandidates> tokens;
  size_t size = 0;
};

class Carrier {
 public:
  virtual ~Carrier() = default;

  virtual std::string_view RequestField() const = 0;
  virtual std::string_view ResponseField() const = 0;

  // The tokens in the values of RequestField(), trimmed, none of them empty.
  virtual Candidates Read(
      std::span<const std::string_view> values) const noexcept = 0;

  // Writes the value of ResponseField() and returns its size; nothing is
  // written where that is more than `out` holds. `lifetime` is how long the
  // session has left; nothing: it has no absolute timeout.
  virtual size_t Write(std::string_view token, std::optional<Duration> lifetime,
                       std::span<char> out) const noexcept = 0;

  // One value of RequestField() without the token; 0: nothing is left.
  // REQUIRES: out.size() >= value.size().
  virtual size_t Strip(std::string_view value, std::span<char> out) const = 0;
};

// Blanks, a stray CR (scripts that cut it out of a verbose log send one) and
// one pair of double quotes are not part of a token.
inline std::string_view TrimToken(std::string_view text) {
  const auto is_blank = [](char c) {
    return c == ' ' || c == '\t' || c == '\r';
  };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// The carriers by name. `config` is valid and has its name filled in; it must
// outlive the carrier.
std::unique_ptr<Carrier> MakeCookieCarrier(const SessionPersistence& config);
std::unique_ptr<Carrier> MakeHeaderCarrier(const SessionPersistence& config);

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_CARRIER_H_
