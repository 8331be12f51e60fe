#include "availability.h"

namespace gateway {

bool Availability::ReportFailure(const std::string& address,
                                 Clock::time_point now) {
  const auto entry = until_.emplace(address, now + unavailable_for_);
  if (!entry.second) entry.first->second = now + unavailable_for_;
  return entry.second;
}

bool Availability::Expire(Clock::time_point now) {
  return std::erase_if(until_, [now](const auto& entry) {
           return entry.second <= now;
         }) > 0;
}

std::optional<Availability::Clock::time_point> Availability::NextExpiry()
    const {
  std::optional<Clock::time_point> next;
  for (const auto& entry : until_) {
    if (!next || entry.second < *next) next = entry.second;
  }
  return next;
}

}  // namespace gateway
