// Deaths: kills a process at every place of an operation and looks at what the
// survivors find.
//
// Thread rule: belongs to its owner.
#ifndef LIMPET_TESTS_DEATH_DEATHS_H_
#define LIMPET_TESTS_DEATH_DEATHS_H_

#include <cstddef>
#include <string>

#include "scenarios.h"
#include "stage.h"
#include "tally.h"
#include "world.h"

namespace limpet::testing {

class Deaths {
 public:
  explicit Deaths(const Scenario& scenario) : stage_(scenario) {}

  // One death at every instruction of the operation. Every other session is as
  // it was, its own as before or after; the next write mends all.
  Tally AtEveryInstruction() const;

  // A death after every store of the operation, and for each another one in
  // the write that mends: after every store of it.
  Tally AndAtEveryStoreOfTheRepair() const;

  // The same after the last store that leaves a lock held, and at every
  // instruction of the write that mends.
  Tally AndAtEveryInstructionOfTheRepair() const;

 private:
  // Dies at a place, and then in the write that mends, again and again.
  void DieInTheRepair(size_t place, bool at_every_instruction,
                      Tally* tally) const;

  // Tells what the survivor of one or two deaths finds wrong, before it writes
  // to the same shard and after.
  std::string Survive(size_t deaths) const;
  std::string CheckEntries(const World::Entries& seen) const;
  std::string CheckSums(const World::Entries& seen) const;

  Stage stage_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_DEATHS_H_
