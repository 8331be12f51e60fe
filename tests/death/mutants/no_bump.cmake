# A session ends without a new version of its bucket.
set(file session_map/shard.h)
set(FROM_1 [[    Bump(*slot.bucket);
    return chain;]])
set(TO_1 [[    return chain;]])
