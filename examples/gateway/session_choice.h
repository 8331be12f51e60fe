// SessionChoice: limpet's part in one request, from the token to the response
// field: which endpoint, which others when that one cannot be reached, and what
// the client is told. It knows nothing of sockets.
//
// Thread rule: for one thread.
#ifndef LIMPET_EXAMPLES_GATEWAY_SESSION_CHOICE_H_
#define LIMPET_EXAMPLES_GATEWAY_SESSION_CHOICE_H_

#include <limpet/limpet.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "configuration.h"
#include "hash_key.h"
#include "http_text.h"
#include "target.h"

namespace gateway {

class SessionChoice {
 public:
  // `address`: the client's, without a port. All of the arguments must outlive
  // it. REQUIRES: rule.target != nullptr.
  SessionChoice(const Rule& rule, std::span<const Field> fields,
                std::string_view address);
  ~SessionChoice();
  SessionChoice(const SessionChoice&) = delete;
  SessionChoice& operator=(const SessionChoice&) = delete;

  // Chooses an endpoint, at the next call another one. Null: none can serve;
  // status() says what to answer. The endpoint lives as long as this.
  const limpet::Endpoint* Next(limpet::Timestamp now);

  // The endpoint of the last Next() answered: the field for the client, valid
  // as long as this. Call it at most once.
  std::optional<Field> Served(limpet::Timestamp now);

  // Nobody served the request, whatever Next() named.
  void Unserved(limpet::Timestamp now);

  // Takes the policy's token out of a field, if the policy says so: writes what
  // is left and returns true, or returns false to leave the field as it is.
  bool Strip(const Field& field, std::string* value) const;

  unsigned status() const { return status_; }
  std::string_view scope() const;
  std::string_view outcome() const;  // "" before there is one

 private:
  // What a policy reads of a request, and where it may send it.
  struct Level {
    const Target* target = nullptr;
    std::shared_ptr<const limpet::EndpointSet> endpoints;
    limpet::Decision decision;
    bool open = false;  // the decision names an endpoint and is not committed
  };

  bool Select(Level* level, std::span<const uint32_t> tried,
              limpet::Timestamp now);
  std::optional<Field> Commit(Level* level, bool served, limpet::Timestamp now,
                              std::vector<char>* buffer);
  void EndActive();

  static constexpr size_t kMaxValues = 64;  // of the policy's request field
  static constexpr size_t kMaxTries = 16;

  const Rule& rule_;
  std::span<const Field> fields_;
  HashKeyReader hash_key_;
  Level split_;  // chooses the backendRef, where those have own sessions
  Level level_;  // chooses the endpoint
  std::array<uint32_t, kMaxTries> tried_{};
  size_t tries_ = 0;
  EndpointStatus* active_ = nullptr;  // counts this request
  std::vector<char> buffer_;
  limpet::Timestamp now_{};
  unsigned status_ = 503;
  std::optional<limpet::Outcome> outcome_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_SESSION_CHOICE_H_
