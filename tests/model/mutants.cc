#include "mutants.h"

namespace limpet::model {
namespace {

constexpr uint64_t kCounts = (uint64_t{1} << 40) - 1;

bool IsStore(Kind kind, const Access& access, Kind wanted) {
  return kind == wanted && access.operation == Operation::kStore;
}
bool IsBump(Kind kind, const Access& access) {
  return IsStore(kind, access, Kind::kHeader) &&
         (access.value & ~kCounts) != (access.newest & ~kCounts);
}
bool IsCount(Kind kind, const Access& access) {
  return IsStore(kind, access, Kind::kHeader) && !IsBump(kind, access);
}
bool IsEnd(Kind kind, const Access& access) {
  return IsStore(kind, access, Kind::kPrint) && access.value == 0;
}
bool IsPublication(Kind kind, const Access& access) {
  return IsStore(kind, access, Kind::kPrint) && access.value != 0;
}

Alter Do(Alteration alteration, bool (*when)(Kind, const Access&)) {
  return [=](Kind kind, const Access& access, bool) {
    return when(kind, access) ? alteration : Alteration::kNone;
  };
}

// `first` is done after `second`.
Alter Swap(bool (*first)(Kind, const Access&),
           bool (*second)(Kind, const Access&)) {
  return [=](Kind kind, const Access& access, bool) {
    return first(kind, access)    ? Alteration::kHeldBack
           : second(kind, access) ? Alteration::kReleased
                                  : Alteration::kNone;
  };
}

Alter RelaxStores(Kind of) {
  return [of](Kind kind, const Access& access, bool) {
    return IsStore(kind, access, of) ? Alteration::kRelaxed : Alteration::kNone;
  };
}

Alter RelaxLoads(Kind of) {
  return [of](Kind kind, const Access& access, bool) {
    return kind == of && access.operation == Operation::kLoad
               ? Alteration::kRelaxed
               : Alteration::kNone;
  };
}

Alter ToModifications(Kind of, Alteration alteration) {
  return [=](Kind kind, const Access& access, bool) {
    return kind == of && access.operation == Operation::kModify
               ? alteration
               : Alteration::kNone;
  };
}

}  // namespace

std::vector<Mutant> AllMutants() {
  return {
      {"BumpRelaxed", Do(Alteration::kRelaxed, IsBump),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"CountRelaxed", Do(Alteration::kRelaxed, IsCount),
       "EraseAndACountAndTheSameKeyAgain"},
      {"BindingStoreRelaxed", RelaxStores(Kind::kBinding),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"LastUsedStoreRelaxed", RelaxStores(Kind::kLastUsed),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"PublicationRelaxed", Do(Alteration::kRelaxed, IsPublication),
       "InsertIntoAFreePlace"},
      {"StashHomeStoreRelaxed", RelaxStores(Kind::kStashHome),
       "AnEqualPrintOfAnotherHomeTakesAPlaceInTheStash"},
      {"HeaderLoadRelaxed", RelaxLoads(Kind::kHeader),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"PrintLoadRelaxed", RelaxLoads(Kind::kPrint), "InsertIntoAFreePlace"},
      {"BindingLoadRelaxed", RelaxLoads(Kind::kBinding),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"LastUsedLoadRelaxed", RelaxLoads(Kind::kLastUsed),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"StashHomeLoadRelaxed", RelaxLoads(Kind::kStashHome),
       "AnEqualPrintOfAnotherHomeTakesAPlaceInTheStash"},
      {"NoSecondHeaderLoad",
       [](Kind kind, const Access& access, bool reads) {
         return reads && kind == Kind::kHeader &&
                        access.operation == Operation::kLoad &&
                        access.order == std::memory_order_relaxed
                    ? Alteration::kDropped
                    : Alteration::kNone;
       },
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"NoBump", Do(Alteration::kDropped, IsBump),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"NoBumpAfterARebind", Do(Alteration::kDropped, IsBump),
       "RebindAndRecycle"},
      {"NoEndBeforeTheNext", Do(Alteration::kDropped, IsEnd),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"BumpBeforeTheEnd", Swap(IsEnd, IsBump),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"BumpAfterThePublication", Swap(IsBump, IsPublication),
       "TheSameKeyTakesItsOwnPlaceAgain"},
      {"TouchByLoadAndStore",
       ToModifications(Kind::kLastUsed, Alteration::kUnlinked),
       "TwoTouchBesideTheSameKeyAgain"},
      {"TouchRelaxed", ToModifications(Kind::kLastUsed, Alteration::kRelaxed),
       "WhoSeesAStampSeesItsHorizon"},
      {"CountUpAfterThePublication",
       Swap(
           [](Kind kind, const Access& access) {
             return IsCount(kind, access) && access.value > access.newest;
           },
           IsPublication),
       "DeathInAnInsertFarFromHome"},
      {"CountDownBeforeTheEnd",
       Swap(
           [](Kind kind, const Access& access) {
             return IsEnd(kind, access) || IsBump(kind, access);
           },
           IsCount),
       "DeathInTheEraseOfTheOnlyOneFarFromHome"},
      {"RepairWithoutABump",
       [](Kind kind, const Access& access, bool) {
         return access.thread == 1 && IsBump(kind, access)
                    ? Alteration::kDropped
                    : Alteration::kNone;
       },
       "DeathInEraseThenTheSameKeyAgain"},
      {"NoRepair",
       [](Kind kind, const Access& access, bool) {
         return access.thread == 1 && IsStore(kind, access, Kind::kHeader)
                    ? Alteration::kDropped
                    : Alteration::kNone;
       },
       "DeathInTheEraseOfTheOnlyOneFarFromHome"},
      {"HandleStoreRelaxed", RelaxStores(Kind::kHandle), "EraseAndRecycle"},
      {"HandleLoadRelaxed", RelaxLoads(Kind::kHandle), "EraseAndRecycle"},
      {"StateStoreRelaxed", RelaxStores(Kind::kState), "InsertBesideRecycle"},
      {"StateLoadRelaxed", RelaxLoads(Kind::kState), "InsertBesideRecycle"},
      {"StateNotLookedAtAgain",
       [](Kind kind, const Access& access, bool) {
         return kind == Kind::kState && access.operation == Operation::kLoad
                    ? Alteration::kDropped
                    : Alteration::kNone;
       },
       "InsertBesideRecycle"},
      {"StateChangeRelaxed",
       ToModifications(Kind::kState, Alteration::kRelaxed),
       "InsertBesideRecycle"},
      {"StateChangeByLoadAndStore",
       ToModifications(Kind::kState, Alteration::kUnlinked),
       "InsertBesideRecycle"},
  };
}

}  // namespace limpet::model
