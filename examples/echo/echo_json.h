// The answer of the Gateway API's echo-basic endpoint, byte for byte as Go's
// json.MarshalIndent(v, "", " ") writes it.
#ifndef LIMPET_EXAMPLES_ECHO_ECHO_JSON_H_
#define LIMPET_EXAMPLES_ECHO_ECHO_JSON_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace echo {

// By name in Go's canonical form; the values of one name in order.
using Headers = std::map<std::string, std::vector<std::string>>;

// Who answers: from the environment, "" where it is not set.
struct Context {
  std::string name_space;  // NAMESPACE
  std::string ingress;     // INGRESS_NAME
  std::string service;     // SERVICE_NAME
  std::string pod;         // POD_NAME
};

struct Request {
  std::string path;  // with the query
  std::string host;
  std::string method;
  std::string proto;
  Headers headers;  // without Host
};

std::string EchoJson(const Request& request, const Context& context);

// "session-a" reads "Session-A"; a name with other than token letters stays.
std::string CanonicalHeaderName(std::string_view name);

}  // namespace echo

#endif  // LIMPET_EXAMPLES_ECHO_ECHO_JSON_H_
