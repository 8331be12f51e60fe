// What every entry of the C ABI needs: no exception gets out, structs are read
// as far as they go, errors become text.
#ifndef LIMPET_CAPI_ENTRY_H_
#define LIMPET_CAPI_ENTRY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "limpet.h"
#include "limpet/status.h"
#include "limpet/time.h"

namespace limpet::capi {

// No struct of ours comes near it: beyond, struct_size is garbage.
inline constexpr size_t kMaxStructSize = 4096;

inline bool IsStructSize(size_t size) {
  return size != 0 && size % 8 == 0 && size <= kMaxStructSize;
}

// The caller's buffer for an error text.
class ErrorText {
 public:
  ErrorText(char *data, size_t cap) : data_(data), cap_(data ? cap : 0) {
    Set("");
  }

  void Set(std::string_view text) {
    if (cap_ == 0) return;
    const size_t size = std::min(text.size(), cap_ - 1);
    std::copy_n(text.data(), size, data_);
    data_[size] = '\0';
  }

  // Returns `code`, to be returned.
  limpet_status Refuse(limpet_status code, std::string_view field,
                       std::string_view message) {
    Set(std::string(field).append(": ").append(message));
    return code;
  }
  limpet_status Refuse(limpet_status code, std::string_view field) {
    return Refuse(code, field, limpet_status_name(code));
  }

  // "field: message; field: message". A problem of the whole value has the
  // field "configuration", so that a field is always there.
  limpet_status Refuse(const Status &status) {
    std::string text;
    for (const Problem &problem : status.problems()) {
      if (!text.empty()) text += "; ";
      text += problem.field.empty() ? "configuration" : problem.field;
      text += ": " + problem.message;
    }
    Set(text);
    return static_cast<limpet_status>(status.code());
  }

 private:
  char *data_;
  size_t cap_;
};

// Runs the body of an entry; what it throws becomes a status.
template <typename Body>
limpet_status Guard(Body &&body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return LIMPET_ERR_NO_MEMORY;
  } catch (...) {
    return LIMPET_ERR_INTERNAL;
  }
}

// The same for entries that give an error text; the body takes it.
template <typename Body>
limpet_status Guard(char *err, size_t err_cap, Body &&body) noexcept {
  ErrorText text(err, err_cap);
  const limpet_status status = Guard([&] { return body(text); });
  if (status <= LIMPET_ERR_NO_MEMORY) {
    text.Set(limpet_status_name(status));
  }
  return status;
}

inline bool IsValid(limpet_str text) {
  return text.data != nullptr || text.size == 0;
}

// REQUIRES: IsValid({data, size}).
inline std::string_view View(const char *data, size_t size) {
  return size == 0 ? std::string_view() : std::string_view(data, size);
}
inline std::string_view View(limpet_str text) {
  return View(text.data, text.size);
}

inline limpet_str ToStr(std::string_view text) {
  return {text.data(), text.size()};
}

inline Timestamp ToTimestamp(uint64_t unix_ms) {
  return TimestampFromMillis(static_cast<int64_t>(
      std::min(unix_ms, static_cast<uint64_t>(kMaxTimestampMillis))));
}

// Copies the part of *in that both sides know over the defaults in *out. Reads
// no byte beyond in->struct_size.
template <typename Struct>
limpet_status ReadStruct(const void *in, Struct *out) {
  uint32_t size;
  std::memcpy(&size, in, sizeof size);
  if (!IsStructSize(size)) return LIMPET_ERR_STRUCT_SIZE;
  const char *bytes = static_cast<const char *>(in);
  if (size > sizeof(Struct) &&
      !std::all_of(bytes + sizeof(Struct), bytes + size,
                   [](char byte) { return byte == 0; })) {
    return LIMPET_ERR_UNSUPPORTED;
  }
  std::memcpy(out, in, std::min<size_t>(size, sizeof(Struct)));
  return LIMPET_OK;
}

template <typename Struct>
limpet_status InitStruct(Struct *out, size_t size, const Struct &defaults) {
  if (out == nullptr) return LIMPET_ERR_NULL;
  if (!IsStructSize(size)) return LIMPET_ERR_STRUCT_SIZE;
  std::memset(static_cast<void *>(out), 0, size);
  std::memcpy(static_cast<void *>(out), &defaults,
              std::min(size, sizeof(Struct)));
  out->struct_size = static_cast<uint32_t>(size);
  return LIMPET_OK;
}

}  // namespace limpet::capi

#endif  // LIMPET_CAPI_ENTRY_H_
