// The filter `seal`: Envoy's stateful_session decides, limpet guards its token.
//
// It stands before stateful_session. On the way in the client's sealed token is
// replaced by the plain one in it, or removed; on the way out the plain token
// is replaced by a sealed one.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "filter.h"

namespace limpet_envoy {
namespace {

// The value of a Set-Cookie line of this name, without quotes; "": another one.
std::string_view CookieValue(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.size() <= name.size() ||
      line[name.size()] != '=') {
    return {};
  }
  std::string_view value = line.substr(name.size() + 1);
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

class SealFilter final : public Filter {
 public:
  explicit SealFilter(const FilterConfig& config)
      : Filter(config, FilterKind::kSeal) {}

 private:
  bool Request(const Stream& stream) override {
    const FieldLines lines =
        stream.Lines(LIMPET_ENVOY_REQUEST_HEADERS, rule().field);
    limpet_open(rule().policy.get(), lines.data(), lines.size(), now_ms(),
                value_.data(), value_.size(), &opened_);
    if (lines.size() == 0) return true;
    if (opened_.value.size == 0 && rule().also) taken_over_ = TakeOver(lines);
    std::string_view plain = Plain();
    if (!plain.empty() && rules().failed().some() &&
        rules().failed().Has(AddressIn(plain), now_ms())) {
      plain = {};  // stateful_session then looks for another one
    }
    if (rule().is_cookie) {
      RewriteCookies(stream, lines, plain);
    } else if (plain.empty()) {
      stream.Remove(LIMPET_ENVOY_REQUEST_HEADERS, rule().field);
    } else {
      stream.Replace(LIMPET_ENVOY_REQUEST_HEADERS, rule().field, plain);
    }
    return true;
  }

  void Response(const Stream& stream, std::string_view served) override {
    // Views end with the first change of a header.
    const std::string address(served);
    const std::string token = TakePlainToken(stream, address);
    const std::string_view value = token.empty() ? Plain() : token;
    if (!address.empty() && value.empty()) {
      CountUnsealed(stream);
      FinishWith(stream, LIMPET_OUTCOME_BALANCED);
      return;
    }
    limpet_field field{};
    const Buffer buffer = FieldBuffer();
    limpet_seal(rule().policy.get(), &opened_,
                address.empty() ? limpet_str{nullptr, 0} : Str(value), now_ms(),
                buffer.data, buffer.size, &field);
    Finish(stream, field);
  }

  // What stateful_session was given of the session, or "".
  std::string_view Plain() const {
    return opened_.value.size != 0 ? View(opened_.value)
                                   : std::string_view(taken_over_);
  }
  std::string Pinned() const override { return AddressIn(Plain()); }

  // Takes stateful_session's token out of the response; "": there is none. It
  // names who served, or who was asked in vain; a field of the endpoint's own
  // that happens to have this name does not.
  std::string TakePlainToken(const Stream& stream,
                             std::string_view address) const {
    const FieldLines lines =
        stream.Lines(LIMPET_ENVOY_RESPONSE_HEADERS, rule().sends);
    std::string token;
    std::vector<std::string> others;
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string_view value =
          rule().is_cookie ? CookieValue(lines[i], rule().cookie_name)
                           : lines[i];
      if (!value.empty() && Names(value, address)) {
        token = value;
      } else if (rule().is_cookie) {
        others.emplace_back(lines[i]);
      }
    }
    if (token.empty()) return token;
    stream.Remove(LIMPET_ENVOY_RESPONSE_HEADERS, rule().sends);
    for (const std::string& line : others) {
      stream.Append(LIMPET_ENVOY_RESPONSE_HEADERS, rule().sends, line);
    }
    return token;
  }

  bool Names(std::string_view plain, std::string_view address) const {
    const std::string named = AddressIn(plain);
    return address.empty() ? !named.empty() : named == address;
  }

  // The address in a plain token, or "".
  std::string AddressIn(std::string_view plain) const {
    if (plain.empty()) return {};
    const std::string field =
        rule().is_cookie ? rule().cookie_name + "=" + std::string(plain)
                         : std::string(plain);
    const limpet_str line = Str(field);
    std::array<char, LIMPET_MAX_VALUE_SIZE> buffer;
    limpet_opened opened{};
    limpet_open(rule().plain.get(), &line, 1, now_ms(), buffer.data(),
                buffer.size(), &opened);
    return std::string(View(opened.value));
  }

  // Envoy's token from before limpet came, as it is.
  std::string TakeOver(const FieldLines& lines) const {
    for (size_t i = 0; i < lines.size(); ++i) {
      std::array<char, LIMPET_MAX_VALUE_SIZE> buffer;
      limpet_opened other{};
      const limpet_str line = lines.data()[i];
      limpet_open(rule().also.get(), &line, 1, now_ms(), buffer.data(),
                  buffer.size(), &other);
      if (other.value.size == 0) continue;
      if (!rule().is_cookie) return std::string(lines[i]);
      const std::string pairs = "; " + std::string(lines[i]);
      const size_t at = pairs.find("; " + rule().cookie_name + "=");
      if (at == std::string::npos) continue;
      return std::string(CookieValue(std::string_view(pairs).substr(at + 2),
                                     rule().cookie_name));
    }
    return {};
  }

  // One line of what came, without sealed tokens and with the plain one.
  void RewriteCookies(const Stream& stream, const FieldLines& lines,
                      std::string_view plain) const {
    if (opened_.outcome == LIMPET_OUTCOME_NEW && plain.empty()) return;
    std::string all;
    for (size_t i = 0; i < lines.size(); ++i) {
      std::string line(lines[i].size(), '\0');
      size_t size = 0;
      limpet_strip_token(rule().policy.get(), lines[i].data(), lines[i].size(),
                         line.data(), line.size(), &size);
      line.resize(size);
      if (size == 0) continue;
      if (!all.empty()) all += "; ";
      all += line;
    }
    if (!plain.empty()) {
      if (!all.empty()) all += "; ";
      all.append(rule().cookie_name).append("=\"").append(plain).append("\"");
    }
    if (all.empty()) {
      stream.Remove(LIMPET_ENVOY_REQUEST_HEADERS, rule().field);
    } else {
      stream.Replace(LIMPET_ENVOY_REQUEST_HEADERS, rule().field, all);
    }
  }

  limpet_opened opened_{};
  std::string taken_over_;
  std::array<char, LIMPET_MAX_VALUE_SIZE> value_;
};

}  // namespace

std::unique_ptr<Filter> MakeSealFilter(const FilterConfig& config) {
  return std::make_unique<SealFilter>(config);
}

}  // namespace limpet_envoy
