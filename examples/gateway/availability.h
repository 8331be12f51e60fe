// Availability: the addresses that refused a connection a short while ago.
//
// Thread rule: for one thread.
#ifndef LIMPET_EXAMPLES_GATEWAY_AVAILABILITY_H_
#define LIMPET_EXAMPLES_GATEWAY_AVAILABILITY_H_

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class Availability {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Availability(Clock::duration unavailable_for)
      : unavailable_for_(unavailable_for) {}

  // True if the address was not known to be unreachable.
  bool ReportFailure(const std::string& address, Clock::time_point now);

  // Forgets addresses whose time is over; true if there was one.
  bool Expire(Clock::time_point now);

  // When Expire has something to do next.
  std::optional<Clock::time_point> NextExpiry() const;

  bool IsUnreachable(std::string_view address) const {
    return until_.find(address) != until_.end();
  }

 private:
  const Clock::duration unavailable_for_;
  std::map<std::string, Clock::time_point, std::less<>> until_;
};

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_AVAILABILITY_H_
