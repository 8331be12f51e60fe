// The token is the value of a header field.
#include <algorithm>

#include "carrier.h"

namespace limpet {
inline namespace v0 {
namespace {

class HeaderCarrier final : public Carrier {
 public:
  explicit HeaderCarrier(const SessionPersistence& config) : config_(config) {}

  std::string_view RequestField() const override { return config_.name; }
  std::string_view ResponseField() const override { return config_.name; }

  Candidates Read(
      std::span<const std::string_view> values) const noexcept override {
    Candidates candidates;
    for (const std::string_view value : values) {
      const std::string_view token = TrimToken(value);
      if (token.empty()) continue;
      candidates.tokens[candidates.size++] = token;
      if (candidates.size == kMaxCandidates) break;
    }
    return candidates;
  }

  size_t Write(std::string_view token, std::optional<Duration>,
               std::span<char> out) const noexcept override {
    if (token.size() <= out.size()) {
      std::copy(token.begin(), token.end(), out.begin());
    }
    return token.size();
  }

  size_t Strip(std::string_view, std::span<char>) const override { return 0; }

 private:
  const SessionPersistence& config_;
};

}  // namespace

std::unique_ptr<Carrier> MakeHeaderCarrier(const SessionPersistence& config) {
  return std::make_unique<HeaderCarrier>(config);
}

}  // namespace v0
}  // namespace limpet
