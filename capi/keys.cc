// limpet_keys: a KeyRing.
#include <algorithm>
#include <cstddef>
#include <string>

#include "entry.h"
#include "handles.h"

using limpet::KeyRing;
using limpet::capi::ErrorText;
using limpet::capi::Guard;

limpet_status limpet_keys_new(const char *text, size_t text_size,
                              limpet_keys **out, char *err, size_t err_cap) {
  if (out != nullptr) *out = nullptr;
  return Guard(err, err_cap, [&](ErrorText &error) -> limpet_status {
    if (out == nullptr) return error.Refuse(LIMPET_ERR_NULL, "out");
    if (text == nullptr) return error.Refuse(LIMPET_ERR_NULL, "text");
    auto ring = KeyRing::FromText(limpet::capi::View(text, text_size));
    if (!ring.ok()) return error.Refuse(ring.status());
    *out = new limpet_keys{*std::move(ring)};
    return LIMPET_OK;
  });
}

limpet_status limpet_keys_new_random(limpet_keys **out) {
  if (out == nullptr) return LIMPET_ERR_NULL;
  *out = nullptr;
  return Guard([&] {
    *out = new limpet_keys{KeyRing::Generate()};
    return LIMPET_OK;
  });
}

void limpet_keys_free(limpet_keys *keys) { delete keys; }

limpet_status limpet_keys_random_text(char *buf, size_t buf_size,
                                      size_t *text_size) {
  if (text_size == nullptr || (buf == nullptr && buf_size != 0)) {
    return LIMPET_ERR_NULL;
  }
  return Guard([&]() -> limpet_status {
    const std::string text = KeyRing::GenerateText();
    *text_size = text.size();
    if (buf_size < text.size()) return LIMPET_ERR_BUFFER;
    std::copy(text.begin(), text.end(), buf);
    return LIMPET_OK;
  });
}
