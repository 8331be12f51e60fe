# The repair takes the counts as it finds them.
set(file session_map/shard.h)
set(FROM_1 [[      BucketHeader header(counts[at]);
      header.set_version]])
set(TO_1 [[      BucketHeader header = Header(buckets_[at]);
      header.set_version]])
