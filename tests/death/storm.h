// Storm: four processes do random operations on one map and are killed at
// random moments, from outside or by themselves at a random instruction, and
// started again. A fifth, which survives, watches.
//
// A session's endpoint is one of two that its id tells, so that a wrong one
// shows. Of some sessions only the survivor decides, so that a lost one shows,
// and one that ought not to be there.
//
// Thread rule: belongs to its owner.
#ifndef LIMPET_TESTS_DEATH_STORM_H_
#define LIMPET_TESTS_DEATH_STORM_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "limpet/session_map.h"
#include "map_parts.h"
#include "process.h"

namespace limpet::testing {

class Storm {
 public:
  struct Options {
    size_t capacity = 0;
    size_t wild = 0;  // ids that the four use
    size_t kept = 0;  // sessions that nobody else ends
    uint64_t seed = 0;
  };

  explicit Storm(const Options& options);

  // How long the survivor's own operations took, in ns.
  struct Waits {
    std::vector<uint64_t> lookups;
    std::vector<uint64_t> writes;

    static std::string Summary(std::vector<uint64_t>* waits);
  };

  // So many rounds without a kill.
  Waits Calm(size_t rounds);
  // So many kills from outside; so many self-kills. (On its way to its end by
  // single steps a process may have a lock for milliseconds: no times of that.)
  Waits Rage(size_t kills);
  void RageWithin(size_t kills);

  // Kills all, mends what they left and looks at everything. Tells what is
  // wrong; empty if nothing is.
  std::string End();

  // Of all processes: operations, what was wrong in their eyes, results kBusy.
  uint64_t operations() const;
  uint64_t repaired() const { return map_->counts().repaired; }

 private:
  static constexpr size_t kProcesses = 4;

  // What a process and its survivor tell each other.
  struct Post {
    std::atomic<uint64_t> operations;
    std::atomic<uint64_t> lately;  // since it was started
    std::atomic<uint64_t> wrong;
    std::atomic<uint64_t> lost;
    std::atomic<uint64_t> busy;
    std::atomic<uint64_t> instructions_to_live;  // 0: many
  };
  struct Shared {
    std::atomic<int64_t> clock;
    std::array<Post, kProcesses> posts;
  };

  // --- in the four -----------------------------------------------------------

  [[noreturn]] void Live(size_t process, uint64_t seed) const;
  void Operate(Post& post, std::mt19937_64& random, bool only_writes) const;

  // --- in the survivor -------------------------------------------------------

  template <class Kill>
  Waits Rage(size_t kills, const Kill& kill);
  void Start(size_t process);
  void Restart();
  void Round(Waits* waits);
  void Check(bool right, const char* what);

  Timestamp now() const;

  Options options_;
  std::mt19937_64 random_;
  SharedMemory memory_;
  SharedMemory shared_memory_;
  Shared& shared_;
  std::shared_ptr<SessionMap> map_;
  std::vector<SessionId> wild_;
  std::vector<SessionId> kept_;
  std::vector<SessionId> switched_;  // on and off
  std::vector<bool> is_on_;
  std::array<std::optional<Child>, kProcesses> children_;
  size_t deaths_ = 0;
  std::string problem_;
};

}  // namespace limpet::testing

#endif  // LIMPET_TESTS_DEATH_STORM_H_
