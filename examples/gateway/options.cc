#include "options.h"

#include <charconv>
#include <string_view>

namespace gateway {
namespace {

using limpet::Status;
using limpet::StatusCode;

Status Refuse(std::string_view name, const std::string& message) {
  return Status(StatusCode::kInvalidArgument, std::string(name), message);
}

Status ReadNumber(std::string_view name, std::string_view text, unsigned min,
                  unsigned max, unsigned* value) {
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), *value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      *value < min || *value > max) {
    return Refuse(name, "must be a number from " + std::to_string(min) +
                            " to " + std::to_string(max));
  }
  return {};
}

Status ReadDuration(std::string_view name, std::string_view text,
                    limpet::Duration* value) {
  const auto duration = limpet::ParseDuration(text);
  if (!duration.ok() || *duration == limpet::Duration(0)) {
    return Refuse(name, "must be a duration above zero, as in 5s or 250ms");
  }
  *value = *duration;
  return {};
}

Status ReadOption(std::string_view name, const std::string& value,
                  Options* options) {
  unsigned number = 0;
  Status status;
  if (name == "--manifests") {
    options->manifests = value;
  } else if (name == "--keys") {
    options->keys = value;
  } else if (name == "--address") {
    options->address = value;
  } else if (name == "--ready-file") {
    options->ready_file = value;
  } else if (name == "--access-log") {
    options->access_log = value;
  } else if (name == "--port-offset") {
    status = ReadNumber(name, value, 0, 65534, &number);
    options->port_offset = static_cast<uint16_t>(number);
  } else if (name == "--listen-port") {
    status = ReadNumber(name, value, 0, 65535, &number);
    options->listen_port = static_cast<uint16_t>(number);
  } else if (name == "--admin-port") {
    status = ReadNumber(name, value, 0, 65535, &number);
    options->admin_port = static_cast<uint16_t>(number);
  } else if (name == "--threads") {
    status = ReadNumber(name, value, 1, 256, &options->threads);
  } else if (name == "--unavailable-for") {
    status = ReadDuration(name, value, &options->unavailable_for);
  } else if (name == "--poll") {
    status = ReadDuration(name, value, &options->poll);
  } else {
    status = Refuse(name, "is no option; --help lists them");
  }
  return status;
}

}  // namespace

limpet::Result<Options> ParseOptions(std::span<const char* const> arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (name == "--help" || name == "-h") {
      options.help = true;
      return options;
    }
    std::string value;
    const size_t equals = name.find('=');
    if (equals != std::string_view::npos) {
      value = std::string(name.substr(equals + 1));
      name = name.substr(0, equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return Refuse(name, "needs a value, or is no option");
    }
    Status status = ReadOption(name, value, &options);
    if (!status.ok()) return status;
  }
  if (options.manifests.empty()) {
    return Refuse("--manifests", "is required: the folder of the manifests");
  }
  return options;
}

const char* Usage() {
  return "usage: limpet-gateway --manifests DIR [options]\n"
         "  --manifests DIR        all *.yaml, *.yml and *.json in it\n"
         "  --keys FILE            keys of sealed sessions; without it sessions"
         " end with the process\n"
         "  --address IP           to listen on (127.0.0.1)\n"
         "  --port-offset N        added to every listener's port (0)\n"
         "  --listen-port P        instead of the single listener's port;"
         " 0: any free one\n"
         "  --admin-port P         serves /metrics and /healthz; 0: any free"
         " one\n"
         "  --threads N            that serve requests (2)\n"
         "  --ready-file FILE      written once all ports are open\n"
         "  --access-log FILE      one line for each request; - is stdout\n"
         "  --unavailable-for 5s   how long an endpoint that refused a"
         " connection is left out\n"
         "  --poll 250ms           how often the manifests are looked at\n";
}

}  // namespace gateway
