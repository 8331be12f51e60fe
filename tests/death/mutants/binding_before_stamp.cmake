# A session is bound anew before it is stamped as used.
set(file session_map/shard.h)
set(FROM_1 [[    Touch(slot, LastUsed(slot), last_used);
    slot.bucket]])
set(TO_1 [[    slot.bucket]])
set(FROM_2 [[    Bump(*slot.bucket);
  }

  // Gives a session new times]])
set(TO_2 [[    Touch(slot, LastUsed(slot), last_used);
    Bump(*slot.bucket);
  }

  // Gives a session new times]])
