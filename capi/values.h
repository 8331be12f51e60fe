// The values of a request field, as the C++ side wants them.
#ifndef LIMPET_CAPI_VALUES_H_
#define LIMPET_CAPI_VALUES_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "entry.h"
#include "limpet.h"

namespace limpet::capi {

// The host's values as views. Up to sixteen need no memory; their places are
// not set up in vain.
class Values {
 public:
  Values(const limpet_str *values, size_t count) : size_(count) {
    if (count > kFew) {
      many_.resize(count);
      views_ = many_.data();
    }
    for (size_t i = 0; i < count; ++i) {
      std::construct_at(views_ + i, View(values[i]));
    }
  }
  Values(const Values &) = delete;
  Values &operator=(const Values &) = delete;

  std::span<const std::string_view> views() const { return {views_, size_}; }

 private:
  static constexpr size_t kFew = 16;

  alignas(std::string_view) std::byte few_[kFew * sizeof(std::string_view)];
  std::vector<std::string_view> many_;
  std::string_view *views_ = reinterpret_cast<std::string_view *>(few_);
  size_t size_;
};

}  // namespace limpet::capi

#endif  // LIMPET_CAPI_VALUES_H_
