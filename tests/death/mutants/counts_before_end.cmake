# Counts go down while the session can be found.
set(file session_map/shard.h)
set(FROM_1 [[CountDown(End(slot)); }]])
set(TO_1 [[
    CountDown(ChainTo(slot));
    End(slot);
  }]])
