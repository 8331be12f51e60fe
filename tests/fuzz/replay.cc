// Gives a fuzz target what it is known to be worth trying, without libFuzzer:
//
//   limpet_session_map_replay CORPUS RUNS
//
// the files of a directory, then RUNS inputs of random bytes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS RUNS\n", argv[0]);
    return 2;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
    std::printf("%s\n", entry.path().c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                           bytes.size());
    ++files;
  }
  const int runs = std::atoi(argv[2]);
  for (int seed = 1; seed <= runs; ++seed) {
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    std::vector<uint8_t> bytes(random() % 3'000);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    std::printf("seed %d\r", seed);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%d files, %d random inputs: no difference\n", files, runs);
  return files == 0;
}
