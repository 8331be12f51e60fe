// The token is the value of a cookie.
#include "carrier.h"
#include "limpet/cookie.h"

namespace limpet {
inline namespace v0 {
namespace {

// Max-Age counts whole seconds: rounded up, so that no cookie ends before its
// session, and none is deleted by "0".
int64_t MaxAgeSeconds(Duration lifetime) {
  return (lifetime.count() + 999) / 1000;
}

class CookieCarrier final : public Carrier {
 public:
  explicit CookieCarrier(const SessionPersistence& config) : config_(config) {}

  std::string_view RequestField() const override { return "Cookie"; }
  std::string_view ResponseField() const override { return "Set-Cookie"; }

  Candidates Read(
      std::span<const std::string_view> values) const noexcept override {
    Candidates candidates;
    CookieReader reader(values, config_.name);
    while (const std::optional<std::string_view> value = reader.Next()) {
      const std::string_view token = TrimToken(*value);
      if (token.empty()) continue;
      candidates.tokens[candidates.size++] = token;
      if (candidates.size == kMaxCandidates) break;
    }
    return candidates;
  }

  size_t Write(std::string_view token, std::optional<Duration> lifetime,
               std::span<char> out) const noexcept override {
    SetCookie line{
        .name = config_.name,
        .value = token,
        .max_age_s = std::nullopt,
        .path = config_.path,
        .domain = config_.domain,
        .secure = config_.secure,
        .http_only = config_.http_only,
        .same_site = config_.same_site,
        .partitioned = config_.partitioned,
        // Envoy's base64 has "=", which its own writer puts in quotes.
        .quoted = config_.store == StoreType::kEnvoyToken,
    };
    if (lifetime && config_.lifetime_type == LifetimeType::kPermanent) {
      line.max_age_s = MaxAgeSeconds(*lifetime);
    }
    return WriteSetCookie(line, out);
  }

  size_t Strip(std::string_view value, std::span<char> out) const override {
    return StripCookie(value, config_.name, out);
  }

 private:
  const SessionPersistence& config_;
};

}  // namespace

std::unique_ptr<Carrier> MakeCookieCarrier(const SessionPersistence& config) {
  return std::make_unique<CookieCarrier>(config);
}

}  // namespace v0
}  // namespace limpet
