// The command line.
#ifndef LIMPET_EXAMPLES_GATEWAY_OPTIONS_H_
#define LIMPET_EXAMPLES_GATEWAY_OPTIONS_H_

#include <limpet/limpet.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gateway {

struct Options {
  std::string manifests;                // folder
  std::string keys;                     // file; "" generates keys
  std::string address = "127.0.0.1";    // to listen on
  uint16_t port_offset = 0;             // added to every listener's port
  std::optional<uint16_t> listen_port;  // of the single listener; 0: any
  std::optional<uint16_t> admin_port;   // 0: any; none: no admin address
  unsigned threads = 2;
  std::string ready_file;
  std::string access_log;  // file or "-"
  limpet::Duration unavailable_for{5000};
  limpet::Duration poll{250};
  bool help = false;
};

// The arguments after the program's name. An error's field is the option.
limpet::Result<Options> ParseOptions(std::span<const char* const> arguments);

// What --help prints.
const char* Usage();

}  // namespace gateway

#endif  // LIMPET_EXAMPLES_GATEWAY_OPTIONS_H_
