# A session is bound anew without a new version of its bucket.
set(file session_map/shard.h)
set(FROM_1 [[    Bump(*slot.bucket);
  }

  // Gives a session new times]])
set(TO_1 [[  }

  // Gives a session new times]])
