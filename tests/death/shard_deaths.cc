#include "shard_deaths.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "shard_world.h"

namespace limpet::testing {
namespace {

using Seen = std::optional<ShardWorld::Seen>;
using Deed = std::function<void(ShardWorld&)>;

// An operation on a world made for it.
struct Scene {
  std::string name;
  ShardWorld world;
  Deed deed;
  // Whom it concerns: of these, one that is not what it was is no failure.
  std::vector<MapKey> subjects;
  MapKey bystander;  // away from home
};

constexpr uint32_t kOld = 10;
constexpr uint32_t kNew = 11;

// Neighbours all the way, and one session that passed them.
Scene SceneAwayFromHome(const char* name) {
  Scene scene;
  scene.name = name;
  scene.world.Fill(0, 2);
  scene.bystander = scene.world.NewKeyWithChain();
  scene.world.Insert(scene.bystander, kOld);
  return scene;
}

Scene SceneInTheStash(const char* name) {
  Scene scene = SceneAwayFromHome(name);
  scene.world.Fill(2, 7);
  return scene;
}

// With a session of a new key, at home, away from it or in the stash.
MapKey AddSession(Scene* scene, uint32_t life) {
  const MapKey key = scene->world.NewKeyWithChain();
  scene->world.Insert(key, life);
  return key;
}

std::vector<Scene> MakeScenes() {
  std::vector<Scene> scenes;
  const auto add = [&](Scene scene, std::vector<MapKey> subjects, Deed deed) {
    scene.subjects = std::move(subjects);
    scene.deed = std::move(deed);
    scenes.push_back(std::move(scene));
  };
  const auto inserts = [](const MapKey& key) {
    return [key](ShardWorld& world) { world.Insert(key, kNew); };
  };
  {
    Scene scene = SceneAwayFromHome("inserts at home");
    const MapKey key = scene.world.NewKeyAt(5);
    add(scene, {key}, inserts(key));
  }
  for (Scene scene : {SceneAwayFromHome("inserts away from home"),
                      SceneInTheStash("inserts into the stash")}) {
    const MapKey key = scene.world.NewKeyWithChain();
    add(scene, {key}, inserts(key));
  }
  for (Scene scene : {SceneAwayFromHome("inserts over its expired self"),
                      SceneInTheStash("the same in the stash")}) {
    const MapKey key = AddSession(&scene, ShardWorld::kOverLife);
    add(scene, {key}, inserts(key));
  }
  {
    Scene scene = SceneAwayFromHome("inserts over an expired session");
    const MapKey old = AddSession(&scene, ShardWorld::kOverLife);
    scene.world.Fill(2, 3);
    const MapKey key = scene.world.NewKeyWithChain();
    add(scene, {key, old}, inserts(key));
  }
  {
    Scene scene = SceneAwayFromHome("evicts the idlest");
    const MapKey old = AddSession(&scene, ShardWorld::kIdlestLife);
    scene.world.Fill(2, 7);
    const MapKey key = scene.world.NewKeyWithChain();
    add(scene, {key, old},
        [key](ShardWorld& world) { world.Evict(key, kNew); });
  }
  for (Scene scene : {SceneAwayFromHome("rebinds away from home"),
                      SceneInTheStash("rebinds in the stash")}) {
    const MapKey key = AddSession(&scene, kOld);
    add(scene, {key}, [key](ShardWorld& world) { world.Rebind(key, kNew); });
  }
  for (Scene scene : {SceneAwayFromHome("erases away from home"),
                      SceneInTheStash("erases from the stash")}) {
    const MapKey key = AddSession(&scene, kOld);
    add(scene, {key}, [key](ShardWorld& world) { world.Erase(key); });
  }
  return scenes;
}

bool IsSubject(const Scene& scene, const MapKey& key) {
  return std::any_of(scene.subjects.begin(), scene.subjects.end(),
                     [&](const MapKey& subject) {
                       return subject.fingerprint == key.fingerprint;
                     });
}

// A session is of one life, but that one which is being bound anew may be
// stamped with the new one's first use already.
bool IsWhole(const Seen& seen) {
  if (!seen) return true;
  ShardWorld::Seen whole = ShardWorld::SeenOf(seen->endpoint);
  if (*seen == whole) return true;
  whole.last_used = ShardWorld::SeenOf(kNew).last_used;
  return seen->endpoint == kOld && *seen == whole;
}

std::string Check(const Scene& scene, const ShardWorld& world, Counts counts) {
  for (const MapKey& key : world.keys()) {
    const Seen seen = world.Find(key);
    if (!IsSubject(scene, key) && seen != scene.world.Find(key)) {
      return "another session is lost or changed";
    }
    if (!IsWhole(seen)) return "a session is torn";
  }
  return world.Audit(counts);
}

// --- readers ----------------------------------------------------------------

// What happens to the place of a session afterwards.
struct Sequel {
  const char* name;
  std::function<std::vector<Deed>(const MapKey& key, const MapKey& other)>
      deeds;
};

Deed Inserts(const MapKey& key, uint32_t life) {
  return [=](ShardWorld& world) { world.Insert(key, life); };
}
Deed Rebinds(const MapKey& key, uint32_t life) {
  return [=](ShardWorld& world) { world.Rebind(key, life); };
}
Deed Erases(const MapKey& key) {
  return [=](ShardWorld& world) { world.Erase(key); };
}

const std::vector<Sequel>& Sequels() {
  static const auto* const sequels = new std::vector<Sequel>{
      {"nothing", [](auto&, auto&) { return std::vector<Deed>{}; }},
      {"the same key again",
       [](auto& key, auto&) {
         return std::vector{Erases(key), Inserts(key, 20)};
       }},
      {"another key",
       [](auto& key, auto& other) {
         return std::vector{Erases(key), Inserts(other, 21)};
       }},
      {"another key, then the same again",
       [](auto& key, auto& other) {
         return std::vector{Erases(key), Inserts(other, 22), Erases(other),
                            Inserts(key, 23)};
       }},
      {"another endpoint",
       [](auto& key, auto&) { return std::vector{Rebinds(key, 24)}; }},
      {"another endpoint, then the same key again",
       [](auto& key, auto&) {
         return std::vector{Rebinds(key, 25), Erases(key), Inserts(key, 26)};
       }},
  };
  return *sequels;
}

// One reader beside one death, interrupted before every load in turn.
class Reader {
 public:
  Reader(const Scene& scene, const MapKey& key) : scene_(scene), key_(key) {
    seen_before_.push_back(scene.world.Find(key));
  }

  // As the session is when the deed's doer dies before a store; to be called
  // for each in turn.
  void SeeDeath(int64_t store) {
    ShardWorld world = scene_.world;
    Mortal::Survives(store, [&] { scene_.deed(world); });
    seen_before_.push_back(world.Find(key_));
  }

  // After the death, `deeds`.
  void Run(const std::string& name, int64_t store,
           const std::vector<Deed>& deeds, Tally* tally) const {
    for (int64_t load = 0;; ++load) {
      ShardWorld world = scene_.world;
      std::vector<Seen> seen = seen_before_;
      Seen read;
      const auto meanwhile = [&] {
        Mortal::Survives(store, [&] { scene_.deed(world); });
        for (const Deed& deed : deeds) {
          deed(world);
          seen.push_back(world.Find(key_));
        }
      };
      if (!Mortal::Interrupt(load, meanwhile,
                             [&] { read = world.Find(key_); })) {
        return;
      }
      tally->Add(name + ", load " + std::to_string(load),
                 std::find(seen.begin(), seen.end(), read) != seen.end()
                     ? ""
                     : "a reader sees what never was");
    }
  }

 private:
  const Scene& scene_;
  MapKey key_;
  std::vector<Seen> seen_before_;
};

void ReadBesideDeaths(const Scene& scene, const MapKey& key,
                      const MapKey& other, Tally* tally) {
  Reader reader(scene, key);
  bool survives = false;
  for (int64_t store = 0; !survives; ++store) {
    ShardWorld world = scene.world;
    survives = Mortal::Survives(store, [&] { scene.deed(world); });
    reader.SeeDeath(store);
    const std::string name = scene.name + ", store " + std::to_string(store);
    reader.Run(name + ", not mended", store, {}, tally);
    bool mends = false;
    for (int64_t of_repair = 0; !mends; ++of_repair) {
      ShardWorld dead = world;
      mends = Mortal::Survives(of_repair, [&] { dead.Repair(); });
      const auto repair = [of_repair](ShardWorld& mended) {
        Mortal::Survives(of_repair, [&] { mended.Repair(); });
      };
      reader.Run(name + ", of the repair " + std::to_string(of_repair), store,
                 {repair}, tally);
    }
    for (const Sequel& sequel : Sequels()) {
      std::vector<Deed> deeds = sequel.deeds(key, other);
      // A living writer leaves nothing to be mended.
      if (!survives) {
        deeds.insert(deeds.begin(),
                     [](ShardWorld& mended) { mended.Repair(); });
      }
      reader.Run(name + ", then " + sequel.name, store, deeds, tally);
    }
  }
}

}  // namespace

Tally DeathsInShard() {
  Tally tally;
  for (const Scene& scene : MakeScenes()) {
    bool survives = false;
    for (int64_t store = 0; !survives; ++store) {
      ShardWorld dead = scene.world;
      survives = Mortal::Survives(store, [&] { scene.deed(dead); });
      const std::string name = scene.name + ", store " + std::to_string(store);
      tally.Add(name, Check(scene, dead,
                            survives ? Counts::kExact : Counts::kNotTooLow));
      bool mends = false;
      for (int64_t of_repair = 0; !mends; ++of_repair) {
        ShardWorld world = dead;
        mends = Mortal::Survives(of_repair, [&] { world.Repair(); });
        std::string problem = Check(scene, world, Counts::kNotTooLow);
        const uint64_t held = world.Repair();
        if (problem.empty()) problem = Check(scene, world, Counts::kExact);
        if (problem.empty() && held != world.sessions()) {
          problem = "the repair counts " + std::to_string(held) + " sessions";
        }
        tally.Add(name + ", of the repair " + std::to_string(of_repair),
                  problem);
      }
    }
  }
  return tally;
}

Tally DeathsBesideReaders() {
  Tally tally;
  for (Scene scene : MakeScenes()) {
    const MapKey other = scene.world.NewKeyWithChain();
    for (const MapKey& key : scene.subjects) {
      ReadBesideDeaths(scene, key, other, &tally);
    }
    ReadBesideDeaths(scene, scene.bystander, other, &tally);
  }
  return tally;
}

}  // namespace limpet::testing
