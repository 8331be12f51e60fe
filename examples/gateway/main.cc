// limpet-gateway: the workshop's reverse proxy; README.md says what it does.
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <utility>

#include "options.h"
#include "server.h"

int main(int argc, char** argv) {
  const std::span<const char* const> arguments(argv, argc);
  auto options = gateway::ParseOptions(arguments.subspan(argc > 0 ? 1 : 0));
  if (!options.ok()) {
    std::fprintf(stderr, "limpet-gateway: %s\n",
                 options.status().ToString().c_str());
    return 2;
  }
  if (options->help) {
    std::fputs(gateway::Usage(), stdout);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the access log may go away
  try {
    return gateway::Server(*std::move(options)).Run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "limpet-gateway: %s\n", error.what());
    return 1;
  }
}
