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
    if (!plain.empty() && rules().failed().some(now_ms()) &&
        rules().failed().Has(AddressIn(plain), now_ms())) {
      plain = {};  // stateful_session then looks for another one
      is_withheld_ = true;
    }
    Rewrite(stream, rule(), lines, plain);
    return true;
  }

  // What a client writes must not get to stateful_session.
  void RequestWithoutRule(const Stream& stream, const Rule& any) override {
    const FieldLines lines =
        stream.Lines(LIMPET_ENVOY_REQUEST_HEADERS, any.field);
    if (lines.size() > 0) Rewrite(stream, any, lines, {});
  }

  void Response(const Stream& stream, std::string_view served) override {
    // Views end with the first change of a header.
    const std::string address(served);
    const PlainToken plain = FindPlainToken(stream, address);
    std::string_view value = plain.token.empty() ? Plain() : plain.token;
    if (is_withheld_ && AddressIn(plain.token) == AddressIn(Plain())) {
      value = Plain();  // found again without the token: the same session
    }
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
    if (plain.token.empty()) {
      Finish(stream, field);
    } else {
      Send(stream, plain.others, View(field.value));
      FinishSent(stream, field.outcome);
    }
  }

  // What stateful_session was given of the session, or "".
  std::string_view Plain() const {
    return opened_.value.size != 0 ? View(opened_.value)
                                   : std::string_view(taken_over_);
  }

  // stateful_session's token in the response; "": there is none. It names who
  // served, or who was asked in vain; a field of the endpoint's own that
  // happens to have this name does not.
  struct PlainToken {
    std::string token;
    std::vector<std::string> others;  // cookies
  };
  PlainToken FindPlainToken(const Stream& stream,
                            std::string_view address) const {
    const FieldLines lines =
        stream.Lines(LIMPET_ENVOY_RESPONSE_HEADERS, rule().sends);
    PlainToken found;
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string_view value =
          rule().is_cookie ? CookieValue(lines[i], rule().cookie_name)
                           : lines[i];
      if (!value.empty() && Names(value, address)) {
        found.token = value;
      } else if (rule().is_cookie) {
        found.others.emplace_back(lines[i]);
      }
    }
    return found;
  }

  // The sealed token, or "" for none, in place of the plain one.
  void Send(const Stream& stream, const std::vector<std::string>& others,
            std::string_view sealed) const {
    constexpr limpet_envoy_headers kResponse = LIMPET_ENVOY_RESPONSE_HEADERS;
    if (others.empty() && !sealed.empty()) {
      stream.Replace(kResponse, rule().sends, sealed);
      return;
    }
    stream.Remove(kResponse, rule().sends);
    for (const std::string& line : others) {
      stream.Append(kResponse, rule().sends, line);
    }
    if (!sealed.empty()) stream.Append(kResponse, rule().sends, sealed);
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
      std::string_view rest = lines[i];
      if (!rule().is_cookie) {
        if (Accepts(rest)) return std::string(rest);
        continue;
      }
      while (!rest.empty()) {
        const size_t end = rest.find(';');
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size()
                                                         : end + 1);
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        const std::string_view value = CookieValue(pair, rule().cookie_name);
        if (!value.empty() && Accepts(pair)) return std::string(value);
      }
    }
    return {};
  }

  // Is it a field of Envoy's with a live token?
  bool Accepts(std::string_view field) const {
    std::array<char, LIMPET_MAX_VALUE_SIZE> buffer;
    limpet_opened other{};
    const limpet_str line = Str(field);
    limpet_open(rule().also.get(), &line, 1, now_ms(), buffer.data(),
                buffer.size(), &other);
    return other.value.size != 0;
  }

  // The field as it came, without tokens but for the plain one.
  static void Rewrite(const Stream& stream, const Rule& rule,
                      const FieldLines& lines, std::string_view plain) {
    if (rule.is_cookie) {
      RewriteCookies(stream, rule, lines, plain);
    } else if (plain.empty()) {
      stream.Remove(LIMPET_ENVOY_REQUEST_HEADERS, rule.field);
    } else {
      stream.Replace(LIMPET_ENVOY_REQUEST_HEADERS, rule.field, plain);
    }
  }

  // In one line.
  static void RewriteCookies(const Stream& stream, const Rule& rule,
                             const FieldLines& lines, std::string_view plain) {
    constexpr std::string_view kSeparator = "; ";
    size_t most = rule.cookie_name.size() + plain.size() + 8;
    for (size_t i = 0; i < lines.size(); ++i) {
      most += lines[i].size() + kSeparator.size();
    }
    std::string all(most, '\0');
    size_t size = 0;
    const auto append = [&](std::string_view text) {
      size += text.copy(all.data() + size, text.size());
    };
    bool is_changed = !plain.empty();
    for (size_t i = 0; i < lines.size(); ++i) {
      const size_t before = size;
      if (size != 0) append(kSeparator);
      size_t stripped = 0;
      limpet_strip_token(rule.policy.get(), lines[i].data(), lines[i].size(),
                         all.data() + size, all.size() - size, &stripped);
      is_changed |= stripped != lines[i].size();
      size = stripped == 0 ? before : size + stripped;
    }
    if (!is_changed) return;
    if (!plain.empty()) {
      if (size != 0) append(kSeparator);
      append(rule.cookie_name);
      append("=\"");
      append(plain);
      append("\"");
    }
    if (size == 0) {
      stream.Remove(LIMPET_ENVOY_REQUEST_HEADERS, rule.field);
    } else {
      stream.Replace(LIMPET_ENVOY_REQUEST_HEADERS, rule.field,
                     std::string_view(all).substr(0, size));
    }
  }

  bool is_withheld_ = false;  // the token of a session, as its endpoint failed
  limpet_opened opened_{};
  std::string taken_over_;
  std::array<char, LIMPET_MAX_VALUE_SIZE> value_;
};

}  // namespace

std::unique_ptr<Filter> MakeSealFilter(const FilterConfig& config) {
  return std::make_unique<SealFilter>(config);
}

}  // namespace limpet_envoy
