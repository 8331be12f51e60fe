# What a death left unsaid stays so.
set(file session_map/shard.h)
set(FROM_1 [[version() + 1);]])
set(TO_1 [[version());]])
