// What a case file needs of an interface to limpet, so that one runner drives
// the C++ API and the C ABI.
#ifndef LIMPET_TESTS_CASES_ENGINE_H_
#define LIMPET_TESTS_CASES_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace limpet_cases {

struct Endpoint {
  std::string id;
  std::string address;
  std::string backend;
  uint32_t weight = 1;
  std::string state = "ready";
  uint64_t since_ms = 0;
  uint64_t drain_deadline_ms = 0;
};

struct Backend {
  std::string name;
  uint32_t weight = 1;
};

struct Decision {
  std::optional<uint32_t> endpoint;
  uint32_t status = 0;
  std::string outcome;
};

struct Response {
  std::string outcome;
  std::string field_name;  // "": no field
  std::string field_value;
};

struct Drain {
  std::string state;
  std::optional<uint64_t> live_sessions;
  std::optional<uint64_t> done_by_ms;
};

// An engine throws std::runtime_error where limpet reports an error: cases
// have none.
class Engine {
 public:
  virtual ~Engine() = default;

  // A session map is handed on if `same_scope`.
  virtual void SetPolicy(const std::string& json, const std::string& scope,
                         const std::string& keys, bool same_scope) = 0;
  virtual void SetEndpoints(const std::vector<Endpoint>& endpoints,
                            const std::vector<Backend>& backends) = 0;

  // One request: Select, then Commit if an endpoint was chosen.
  virtual Decision Select(const std::vector<std::string>& values,
                          const std::vector<uint32_t>& tried,
                          uint64_t now_ms) = 0;
  virtual Response Commit(std::optional<uint32_t> served, uint64_t now_ms) = 0;

  // Goes on with what it found at that id before. `index`: of the id in the
  // set, if it is there.
  virtual Drain PollDrain(const std::string& id, std::optional<uint32_t> index,
                          uint64_t now_ms) = 0;
};

// Each engine is a program of its own.
std::unique_ptr<Engine> MakeEngine();

}  // namespace limpet_cases

#endif  // LIMPET_TESTS_CASES_ENGINE_H_
