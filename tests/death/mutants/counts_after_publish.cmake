# Counts go up after the session can be found.
set(file session_map/shard.h)
set(FROM_1 [[    CountUp({.home = key.home,
             .fingerprint = key.fingerprint,
             .length = places.distance});
    const Chain ended]])
set(TO_1 [[    const Chain ended]])
set(FROM_2 [[    CountDown(ended);
  }]])
set(TO_2 [[    CountUp({.home = key.home,
             .fingerprint = key.fingerprint,
             .length = places.distance});
    CountDown(ended);
  }]])
