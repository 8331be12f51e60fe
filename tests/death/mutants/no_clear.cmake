# A session is written over another one that readers still find.
set(file session_map/shard.h)
set(FROM_1 [[    const Chain ended = End(slot);]])
set(TO_1 [[    const Chain ended = Print(slot) == 0 ? Chain{} : ChainTo(slot);
    if (Print(slot) != 0) Bump(*slot.bucket);]])
