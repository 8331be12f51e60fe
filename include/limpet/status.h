// Status and Result<T>: how configuration fails. Traffic never fails, it has
// outcomes (outcome.h).
//
// Thread rule: plain values, like std::string.
//
//   Result<std::unique_ptr<Policy>> policy = Policy::FromJson(text, options);
//   if (!policy.ok()) {
//     for (const Problem& p : policy.status().problems())
//       std::cerr << p.field << ": " << p.message << "\n";
//   }
#ifndef LIMPET_STATUS_H_
#define LIMPET_STATUS_H_

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace limpet {
inline namespace v0 {

// The numbers are the C ABI's (capi/limpet.h) and never change.
enum class StatusCode : int32_t {
  kOk = 0,
  kInvalidArgument = -101,  // a value outside what is allowed
  kInvalidSyntax = -201,    // not JSON, not a key file
  kInvalidConfig = -202,    // well-formed, but not allowed by its rules
  kDuplicate = -301,        // two endpoints, keys or backends with one name
  kUnavailable = -901,      // the system gave no randomness or no memory
};

// "kInvalidConfig" reads "invalid config"; static storage.
std::string_view StatusCodeName(StatusCode code);

// One thing that is wrong, and where.
struct Problem {
  std::string field;    // path from the configuration's root: "cookie.path"
  std::string message;  // what is wrong and what is allowed

  bool operator==(const Problem&) const = default;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::vector<Problem> problems)
      : code_(code), problems_(std::move(problems)) {}
  Status(StatusCode code, std::string field, std::string message)
      : code_(code) {
    problems_.push_back({std::move(field), std::move(message)});
  }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::vector<Problem>& problems() const& { return problems_; }
  std::vector<Problem> problems() && { return std::move(problems_); }

  // "field: message; field: message", for people.
  std::string ToString() const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::vector<Problem> problems_;
};

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // REQUIRES: ok().
  T& value() & {
    assert(ok());
    return *value_;
  }
  const T& value() const& {
    assert(ok());
    return *value_;
  }
  T&& value() && {
    assert(ok());
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_STATUS_H_
