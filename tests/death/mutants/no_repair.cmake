# A death is noticed, and nothing done about it.
set(file session_map/rep.cc)
set(FROM_1 [[rep.Repair(shard);]])
set(TO_1 "")
