# Nobody learns that an owner has died.
set(file session_map/shard_lock.cc)
set(FROM_1 [[  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
]])
set(TO_1 "")
