// Bytes become a map's options and calls on it; the model of the unit tests
// says what each must answer. An input that finds a difference ends in abort().
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "session_map_model.h"

namespace limpet::testing {
namespace {

// Reads zeros behind the end.
class Bytes {
 public:
  explicit Bytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  // Of any size and both signs, from two bytes: small ones and powers of two
  // matter.
  int64_t Time() {
    const uint8_t scale = Byte();
    const int64_t time = static_cast<int64_t>(Byte()) << scale % 42;
    return scale >= 0xC0 ? -time : time;
  }

 private:
  std::span<const uint8_t> bytes_;
};

Duration Timeout(Bytes& bytes, Duration longest) {
  const Duration timeout(bytes.Time());
  return timeout < Duration(0) || timeout > longest ? longest : timeout;
}

ModelSetup ReadSetup(Bytes& bytes) {
  constexpr Duration kDay = std::chrono::hours(24);
  constexpr Duration kLongest[] = {37 * kDay, 365 * kDay, 36525 * kDay,
                                   Duration(1'000'000)};
  ModelSetup setup;
  const uint8_t kind = bytes.Byte();
  setup.one_chain = kind % 8 == 0;
  setup.options.when_full =
      kind & 8 ? SessionMap::WhenFull::kEvict : SessionMap::WhenFull::kRefuse;
  setup.options.longest_timeout = kLongest[kind >> 4 & 3];
  if (setup.one_chain) {
    setup.options.capacity = 48;
    setup.keys = 48;
  } else {
    setup.options.capacity = 1 + bytes.Byte() % 29;
    setup.keys = static_cast<unsigned>(setup.options.capacity + 5);
    setup.chains_are_whole = true;
  }
  setup.options.endpoints = bytes.Byte() % 10;
  setup.timeouts.absolute = Timeout(bytes, setup.options.longest_timeout);
  setup.timeouts.idle = Timeout(bytes, setup.options.longest_timeout);
  if (kind & 0x80) setup.clock = 0;
  return setup;
}

ModelStep ReadStep(Bytes& bytes, const ModelSetup& setup) {
  ModelStep step;
  step.kind = static_cast<ModelStep::Kind>(bytes.Byte() % ModelStep::kKinds);
  if (step.kind == ModelStep::kClock) {
    step.time = bytes.Time();
    return step;
  }
  step.key = bytes.Byte() % setup.keys;
  const uint8_t more = bytes.Byte();
  step.endpoint = more % 12;
  step.number = more;
  return step;
}

void Check(const std::string& problem, const ModelSetup& setup,
           const ModelStep& step) {
  if (problem.empty()) return;
  std::fprintf(stderr, "%s\n%s\n%s\n", setup.ToString().c_str(),
               step.ToString().c_str(), problem.c_str());
  std::abort();
}

}  // namespace
}  // namespace limpet::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using limpet::testing::ModelStep;
  limpet::testing::Bytes bytes({data, size});
  const auto setup = limpet::testing::ReadSetup(bytes);
  limpet::testing::SessionMapModel model(setup);
  ModelStep step;
  while (!bytes.empty()) {
    step = limpet::testing::ReadStep(bytes, setup);
    limpet::testing::Check(model.Do(step), setup, step);
  }
  limpet::testing::Check(model.CheckAll(), setup, step);
  return 0;
}
