// A program outside the tree that uses the installed C++ library.
#include <limpet/limpet.h>

#include <cstdio>
#include <string_view>
#include <vector>

int main() {
  auto endpoints = limpet::EndpointSet::Make({{.id = "a"}, {.id = "b"}});
  auto policy = limpet::Policy::FromJson(
      R"({"sessionName": "s", "type": "Header", "absoluteTimeout": "10s"})",
      {.scope = "default/route/0", .keys = limpet::KeyRing::Generate()});
  if (!endpoints.ok() || !policy.ok()) return 1;

  const limpet::Timestamp now = limpet::TimestampFromMillis(1'800'000'000'000);
  std::vector<char> buffer((*policy)->MaxFieldSize());
  const limpet::Decision first = (*policy)->Select({}, **endpoints, now);
  const auto field =
      (*policy)->Commit(first, &(**endpoints)[first.endpoint], now, buffer);
  if (!field) return 1;

  const std::vector<std::string_view> values{field->value};
  const limpet::Decision again = (*policy)->Select(values, **endpoints, now);
  std::printf("limpet %s: %s\n", limpet::VersionString(),
              limpet::OutcomeName(again.outcome).data());
  return again.outcome == limpet::Outcome::kKept &&
                 again.endpoint == first.endpoint
             ? 0
             : 1;
}
