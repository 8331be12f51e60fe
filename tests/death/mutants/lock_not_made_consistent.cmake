# The first to follow a dead owner is the last.
set(file session_map/shard_lock.cc)
set(FROM_1 [[    case EOWNERDEAD:
      pthread_mutex_consistent(&mutex_);
      return Acquired::kOwnerDied;
    default:
      break;]])
set(TO_1 [[    case EOWNERDEAD:
      return Acquired::kOwnerDied;
    default:
      break;]])
