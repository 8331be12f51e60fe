// Tokens that hold a value of the host's: OpenValue and SealValue.
#include <array>
#include <cassert>

#include "policy_parts.h"
#include "token_outcome.h"

namespace limpet {
inline namespace v0 {
namespace {

// What becomes of the session, given who answered.
Outcome Settle(const Failover& failover, const OpenedValue& opened,
               std::optional<std::string_view> served) {
  const bool is_live = opened.outcome == Outcome::kKept;
  if (!served) {
    return is_live && failover.type == FailoverType::kStrict
               ? Outcome::kRejected
               : Outcome::kUnserved;
  }
  if (!is_live || *served == opened.value) return opened.outcome;
  return failover.type == FailoverType::kTemporary ? Outcome::kSubstituted
                                                   : Outcome::kMoved;
}

}  // namespace

bool Policy::HoldsValues() const { return rep_->values != nullptr; }

size_t Policy::MaxSealedFieldSize() const {
  return rep_->max_sealed_field_size;
}

OpenedValue Policy::OpenValue(
    std::span<const std::string_view> values, Timestamp now,
    std::span<char, kMaxValueSize> buffer) const noexcept {
  const PolicyParts& policy = *rep_;
  OpenedValue opened;
  if (!policy.values) return opened;
  now = policy.clock.Read(now);
  const Candidates candidates = policy.carrier->Read(values);
  for (size_t i = 0; i < candidates.size; ++i) {
    const OpenResult result = policy.values->Open(
        candidates.tokens[i], now, buffer, &opened.value, &opened.session);
    if (result == OpenResult::kLive) {
      opened.outcome = Outcome::kKept;
      return opened;
    }
    if (result == OpenResult::kExpired) policy.clock.Ended(now);
    const Outcome outcome = OutcomeOf(result);
    if (Telling(outcome) > Telling(opened.outcome)) opened.outcome = outcome;
  }
  return opened;
}

std::optional<ResponseField> Policy::SealValue(
    const OpenedValue& opened, std::optional<std::string_view> served,
    Timestamp now, std::span<char> buffer, Outcome* outcome) const noexcept {
  const PolicyParts& policy = *rep_;
  *outcome = Settle(policy.config.failover, opened, served);
  std::optional<ResponseField> field;
  const bool fits = buffer.size() >= policy.max_sealed_field_size;
  assert(!served || fits);
  const bool stays =
      *outcome == Outcome::kKept || *outcome == Outcome::kSubstituted;
  if (served && fits && policy.values && (!stays || opened.session.reissue)) {
    now = policy.clock.Read(now);
    std::array<char, kMaxValueTokenSize> token;
    const size_t size =
        policy.values->Write(stays ? opened.value : *served,
                             stays ? &opened.session : nullptr, now, token);
    if (size == 0) {
      *outcome = Outcome::kUnpinned;
    } else {
      std::optional<Duration> lifetime;
      if (policy.config.absolute_timeout > Duration(0)) {
        lifetime = policy.config.absolute_timeout -
                   (stays ? Elapsed(opened.session.created, now) : Duration(0));
      }
      field = ResponseField{
          .name = policy.carrier->ResponseField(),
          .value = {buffer.data(), policy.carrier->Write({token.data(), size},
                                                         lifetime, buffer)}};
    }
  }
  policy.counters.Add(*outcome);
  return field;
}

}  // namespace v0
}  // namespace limpet
