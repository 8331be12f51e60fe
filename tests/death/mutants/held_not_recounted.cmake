# The repair leaves the number of sessions as it was.
set(file session_map/rep.cc)
set(FROM_1 [[shard_headers[i].held.store(held, std::memory_order_relaxed);]])
set(TO_1 [[static_cast<void>(held);]])
