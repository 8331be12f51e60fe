#include "session_choice.h"

#include <algorithm>

namespace gateway {

SessionChoice::SessionChoice(const Rule& rule, std::span<const Field> fields,
                             std::string_view address)
    : rule_(rule), fields_(fields), hash_key_(rule.hash_key, fields, address) {}

SessionChoice::~SessionChoice() {
  EndActive();
  Unserved(now_);
}

bool SessionChoice::Select(Level* level, std::span<const uint32_t> tried,
                           limpet::Timestamp now) {
  const limpet::Policy& policy = level->target->policy();
  const std::string_view name = policy.RequestField();
  std::array<std::string_view, kMaxValues> values;
  size_t count = 0;
  for (const Field& field : fields_) {
    if (name.empty() || count == kMaxValues) break;
    if (EqualsIgnoreCase(field.name, name)) values[count++] = field.value;
  }
  limpet::SelectOptions options;
  options.tried = tried;
  options.active = level->target->active();
  hash_key_.Fill(policy.config().balancer.type, &options);
  level->decision =
      policy.Select(std::span<const std::string_view>(values.data(), count),
                    *level->endpoints, now, options);
  level->open = level->decision.endpoint != limpet::kNoEndpoint;
  outcome_ = level->decision.outcome;
  if (!level->open && level->decision.status != 0) {
    status_ = level->decision.status;
  }
  return level->open;
}

const limpet::Endpoint* SessionChoice::Next(limpet::Timestamp now) {
  now_ = now;
  EndActive();
  if (level_.target == nullptr) {
    level_.target = rule_.target.get();
    if (!rule_.split.empty()) {
      split_.target = rule_.target.get();
      split_.endpoints = split_.target->Endpoints();
      if (!Select(&split_, {}, now)) return nullptr;
      level_.target = rule_.split[split_.decision.endpoint].get();
    }
    level_.endpoints = level_.target->Endpoints();
  } else {
    if (tries_ == kMaxTries) return nullptr;
    tried_[tries_++] = level_.decision.endpoint;
  }
  if (!Select(&level_, {tried_.data(), tries_}, now)) return nullptr;
  active_ = &level_.target->status(level_.decision.endpoint);
  active_->active.fetch_add(1, std::memory_order_relaxed);
  return &(*level_.endpoints)[level_.decision.endpoint];
}

std::optional<Field> SessionChoice::Commit(Level* level, bool served,
                                           limpet::Timestamp now,
                                           std::vector<char>* buffer) {
  const limpet::Policy& policy = level->target->policy();
  buffer->resize(std::max<size_t>(policy.MaxFieldSize(), 1));
  limpet::Outcome outcome = level->decision.outcome;
  const limpet::Endpoint* endpoint =
      served ? &(*level->endpoints)[level->decision.endpoint] : nullptr;
  const auto field =
      policy.Commit(level->decision, endpoint, now, *buffer, &outcome);
  level->open = false;
  outcome_ = outcome;
  if (!field) return std::nullopt;
  return Field{field->name, field->value};
}

std::optional<Field> SessionChoice::Served(limpet::Timestamp now) {
  if (split_.open) {
    std::vector<char> unused;
    Commit(&split_, true, now, &unused);
  }
  return Commit(&level_, true, now, &buffer_);
}

void SessionChoice::Unserved(limpet::Timestamp now) {
  if (split_.open) Commit(&split_, false, now, &buffer_);
  if (level_.open) Commit(&level_, false, now, &buffer_);
}

bool SessionChoice::Strip(const Field& field, std::string* value) const {
  const limpet::Policy& policy = level_.target->policy();
  const std::string_view name = policy.RequestField();
  if (!policy.config().strip_token || name.empty() ||
      !EqualsIgnoreCase(field.name, name)) {
    return false;
  }
  value->resize(field.value.size());
  value->resize(policy.StripToken(field.value, *value));
  return true;
}

std::string_view SessionChoice::scope() const {
  return level_.target != nullptr ? level_.target->policy().scope()
                                  : rule_.scope;
}

std::string_view SessionChoice::outcome() const {
  return outcome_ ? limpet::OutcomeName(*outcome_) : std::string_view();
}

void SessionChoice::EndActive() {
  if (active_ == nullptr) return;
  active_->active.fetch_sub(1, std::memory_order_relaxed);
  active_ = nullptr;
}

}  // namespace gateway
