# The repair counts in place.
set(file session_map/shard.h)
set(FROM_1 [[    uint64_t held = 0;
    for (uint32_t at = 0; at < all_buckets(); ++at) {]])
set(TO_1 [[    uint64_t held = 0;
    for (uint32_t at = 0; at < all_buckets(); ++at) {
      BucketHeader none;
      none.set_version(Header(buckets_[at]).version());
      Store(buckets_[at], none);
    }
    for (uint32_t at = 0; at < all_buckets(); ++at) {]])
