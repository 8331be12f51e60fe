// Stream: what a filter reads and changes of its stream, through Envoy's
// callbacks.
//
// Thread rule: for the stream's worker, inside a hook. Views live until a
// header is changed or the hook returns.
#ifndef LIMPET_EXAMPLES_ENVOY_STREAM_H_
#define LIMPET_EXAMPLES_ENVOY_STREAM_H_

#include <limpet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "abi.h"

namespace limpet_envoy {

inline limpet_envoy_bytes Bytes(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view View(limpet_envoy_bytes bytes) {
  return bytes.size == 0 ? std::string_view()
                         : std::string_view(bytes.data, bytes.size);
}
inline std::string_view View(limpet_str text) {
  return text.size == 0 ? std::string_view()
                        : std::string_view(text.data, text.size);
}
inline limpet_str Str(std::string_view text) {
  return {text.data(), text.size()};
}

// The lines of one field. Few need no memory.
class FieldLines {
 public:
  size_t size() const { return size_; }
  const limpet_str* data() const { return many_.empty() ? few_ : many_.data(); }
  std::string_view operator[](size_t i) const { return View(data()[i]); }

  void Add(std::string_view value) {
    if (size_ == kFew && many_.empty()) many_.assign(few_, few_ + kFew);
    if (size_ < kFew) {
      few_[size_] = Str(value);
    } else {
      many_.push_back(Str(value));
    }
    ++size_;
  }

 private:
  static constexpr size_t kFew = 8;

  limpet_str few_[kFew];
  std::vector<limpet_str> many_;  // all of them, once they are more
  size_t size_ = 0;
};

class Stream {
 public:
  explicit Stream(limpet_envoy_stream* stream) : stream_(stream) {}

  // All lines of a field; `name` is in lower case. To be given all fields of a
  // usual message costs a quarter of having Envoy look for one.
  FieldLines Lines(limpet_envoy_headers headers, std::string_view name) const {
    FieldLines lines;
    const size_t count =
        envoy_dynamic_module_callback_http_get_headers_size(stream_, headers);
    constexpr size_t kUsual = 64;
    if (count > kUsual) return LookUp(headers, name);
    limpet_envoy_field fields[kUsual];
    if (count == 0 || !envoy_dynamic_module_callback_http_get_headers(
                          stream_, headers, fields)) {
      return lines;
    }
    for (size_t i = 0; i < count; ++i) {
      const limpet_envoy_field& field = fields[i];
      if (field.name_size == name.size() &&
          std::memcmp(field.name, name.data(), name.size()) == 0) {
        lines.Add({field.value, field.value_size});
      }
    }
    return lines;
  }

  void Append(limpet_envoy_headers headers, std::string_view name,
              std::string_view value) const {
    envoy_dynamic_module_callback_http_add_header(stream_, headers, Bytes(name),
                                                  Bytes(value));
  }
  void Replace(limpet_envoy_headers headers, std::string_view name,
               std::string_view value) const {
    envoy_dynamic_module_callback_http_set_header(stream_, headers, Bytes(name),
                                                  Bytes(value));
  }
  void Remove(limpet_envoy_headers headers, std::string_view name) const {
    envoy_dynamic_module_callback_http_set_header(stream_, headers, Bytes(name),
                                                  {nullptr, 0});
  }

  // "": there is none.
  std::string_view Attribute(limpet_envoy_attribute attribute) const {
    limpet_envoy_bytes value{};
    return envoy_dynamic_module_callback_http_filter_get_attribute_string(
               stream_, attribute, &value)
               ? View(value)
               : std::string_view();
  }
  std::string_view ClusterName() const {
    limpet_envoy_bytes name{};
    return envoy_dynamic_module_callback_http_get_cluster_name(stream_, &name)
               ? View(name)
               : std::string_view();
  }

  // Asks the router for this endpoint, if it is one of the cluster's and may
  // serve; `strict`: for no other. False: the address is none.
  bool Pin(std::string_view address, bool strict) const {
    return envoy_dynamic_module_callback_http_set_upstream_override_host(
        stream_, Bytes(address), strict);
  }

  void Answer(uint32_t status, std::string_view details) const {
    envoy_dynamic_module_callback_http_send_response(
        stream_, status, nullptr, 0, {nullptr, 0}, Bytes(details));
  }

  void SetMetadata(std::string_view name_space, std::string_view key,
                   std::string_view value) const {
    envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
        stream_, Bytes(name_space), Bytes(key), Bytes(value));
  }

  const void* RouteConfig() const {
    return envoy_dynamic_module_callback_get_most_specific_route_config(
        stream_);
  }

  limpet_envoy_stream* get() const { return stream_; }

 private:
  FieldLines LookUp(limpet_envoy_headers headers, std::string_view name) const {
    FieldLines lines;
    limpet_envoy_bytes value{};
    size_t count = 0;
    for (size_t i = 0; i == 0 || i < count; ++i) {
      if (envoy_dynamic_module_callback_http_get_header(
              stream_, headers, Bytes(name), &value, i, &count)) {
        lines.Add(View(value));
      }
    }
    return lines;
  }

  limpet_envoy_stream* stream_;
};

}  // namespace limpet_envoy

#endif  // LIMPET_EXAMPLES_ENVOY_STREAM_H_
