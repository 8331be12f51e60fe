// Shelf: what policies have worked out for an endpoint set, kept with the set.
// A table of a hash balancer is built once for all policies that place alike,
// and goes when the set goes.
//
// Thread rule: all members may be called by many threads. Find waits for
// nobody; FindOrMake for others that make.
#ifndef LIMPET_LIB_SHELF_H_
#define LIMPET_LIB_SHELF_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "limpet/endpoint.h"

namespace limpet {
inline namespace v0 {

class EndpointSet::Shelf {
 public:
  class Item {
   public:
    virtual ~Item() = default;

   private:
    friend class Shelf;
    uint64_t key_ = 0;
    std::unique_ptr<Item> next_;
  };

  ~Shelf() {
    // One by one: the owners of a long list would nest their calls.
    std::unique_ptr<Item> item(first_.load(std::memory_order_relaxed));
    while (item) item = std::move(item->next_);
  }

  // Null: there is none of that key.
  Item* Find(uint64_t key) const noexcept {
    Item* item = first_.load(std::memory_order_acquire);
    while (item != nullptr && item->key_ != key) item = item->next_.get();
    return item;
  }

  // `make` returns a unique_ptr<Item>; what it throws is passed on.
  template <typename Make>
  Item& FindOrMake(uint64_t key, Make make) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Item* item = Find(key)) return *item;
    std::unique_ptr<Item> item = make();
    item->key_ = key;
    item->next_.reset(first_.load(std::memory_order_relaxed));
    first_.store(item.get(), std::memory_order_release);
    return *item.release();
  }

 private:
  std::mutex mutex_;  // of those who make
  std::atomic<Item*> first_{nullptr};
};

}  // namespace v0
}  // namespace limpet

#endif  // LIMPET_LIB_SHELF_H_
