// Runs every case file of its folder (README.md says what is in them) on one
// engine: each file is a test of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"

namespace limpet_cases {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kStart = 1'800'000'000'000;  // Unix milliseconds
constexpr char kKeys[] =
    "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f seal";

struct CaseFile {
  std::filesystem::path path;
};

void PrintTo(const CaseFile& file, std::ostream* out) {
  *out << file.path.filename().string();
}

std::vector<CaseFile> CaseFiles() {
  std::vector<CaseFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(LIMPET_CASES)) {
    if (entry.path().extension() == ".json") files.push_back({entry.path()});
  }
  std::sort(
      files.begin(), files.end(),
      [](const CaseFile& a, const CaseFile& b) { return a.path < b.path; });
  return files;
}

// A misspelt field would otherwise check nothing.
void ExpectKnownFields(const Json& object,
                       const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : object.items()) {
    EXPECT_NE(std::find(known.begin(), known.end(), key), known.end())
        << "no such field: " << key;
  }
}

class Story {
 public:
  explicit Story(const Json& story) : engine_(MakeEngine()) {
    ExpectKnownFields(story, {"name", "policy", "scope", "keys", "endpoints",
                              "backends", "steps"});
    Change(story);
    for (const Json& step : story.at("steps")) Take(step);
  }

 private:
  struct Saved {
    std::string token;
    std::string endpoint;  // id
  };

  void Take(const Json& step) {
    SCOPED_TRACE("step " + step.dump());
    ExpectKnownFields(
        step, {"at", "send", "tried", "served", "expect", "save", "endpoints",
               "backends", "policy", "scope", "keys", "poll"});
    Change(step);
    if (step.contains("poll")) {
      PollDrain(step);
    } else if (step.contains("at")) {
      Request(step);
    }
  }

  // Applies what an object says of the policy and of the endpoints.
  void Change(const Json& change) {
    if (change.contains("endpoints") || change.contains("backends")) {
      endpoint_json_ = change.value("endpoints", endpoint_json_);
      backend_json_ = change.value("backends", backend_json_);
      SetEndpoints();
    }
    const std::string old_scope = scope_;
    if (change.contains("keys")) keys_ = KeyText(change.at("keys"));
    scope_ = change.value("scope", scope_);
    if (change.contains("policy")) policy_ = change.at("policy").dump();
    if (change.contains("policy") || change.contains("scope") ||
        change.contains("keys")) {
      engine_->SetPolicy(policy_, scope_, keys_, scope_ == old_scope);
    }
  }

  static std::string KeyText(const Json& lines) {
    std::string text;
    for (const Json& line : lines) text += line.get<std::string>() + "\n";
    return text;
  }

  void SetEndpoints() {
    std::vector<Endpoint> endpoints;
    for (const Json& item : endpoint_json_) {
      ExpectKnownFields(item, {"id", "address", "backend", "weight", "state",
                               "since", "drain_deadline"});
      Endpoint endpoint;
      endpoint.id = item.at("id");
      endpoint.address = item.value("address", endpoint.address);
      endpoint.backend = item.value("backend", endpoint.backend);
      endpoint.weight = item.value("weight", endpoint.weight);
      endpoint.state = item.value("state", endpoint.state);
      if (item.contains("since")) endpoint.since_ms = Time(item.at("since"));
      if (item.contains("drain_deadline")) {
        endpoint.drain_deadline_ms = Time(item.at("drain_deadline"));
      }
      endpoints.push_back(endpoint);
    }
    std::vector<Backend> backends;
    for (const Json& item : backend_json_) {
      ExpectKnownFields(item, {"name", "weight"});
      Backend backend;
      backend.name = item.at("name");
      backend.weight = item.value("weight", backend.weight);
      backends.push_back(backend);
    }
    engine_->SetEndpoints(endpoints, backends);
    endpoints_ = endpoints;
  }

  static uint64_t Time(const Json& after_start) {
    return kStart + after_start.get<uint64_t>();
  }

  std::optional<uint32_t> Find(const std::string& id) const {
    for (uint32_t i = 0; i < endpoints_.size(); ++i) {
      if (endpoints_[i].id == id) return i;
    }
    return std::nullopt;
  }

  uint32_t IndexOf(const std::string& id) const {
    if (const std::optional<uint32_t> index = Find(id)) return *index;
    throw std::runtime_error("no such endpoint: " + id);
  }

  const Saved& At(const std::string& name) const {
    const auto it = saved_.find(name);
    if (it == saved_.end()) throw std::runtime_error("nothing saved: " + name);
    return it->second;
  }

  // Fills in "${name}", "${name:truncated}" and "${name:forged}".
  std::string FillIn(std::string text) const {
    for (size_t begin = 0;
         (begin = text.find("${", begin)) != std::string::npos;) {
      const size_t end = text.find('}', begin);
      const std::string what = text.substr(begin + 2, end - begin - 2);
      const size_t colon = what.find(':');
      const std::string how =
          colon == std::string::npos ? "" : what.substr(colon + 1);
      std::string token = At(what.substr(0, colon)).token;
      if (how == "truncated") {
        token.pop_back();
      } else if (how == "forged") {
        token.back() = token.back() == 'A' ? 'B' : 'A';
      } else if (!how.empty()) {
        throw std::runtime_error("no such change of a token: " + how);
      }
      text.replace(begin, end + 1 - begin, token);
      begin += token.size();
    }
    return text;
  }

  // The token in a response field: a header's value, or that of the cookie.
  static std::string TokenOf(const Response& response) {
    std::string token = response.field_value;
    if (response.field_name == "Set-Cookie") {
      token = token.substr(token.find('=') + 1);
      token = token.substr(0, token.find(';'));
      if (token.size() >= 2 && token.front() == '"') {
        token = token.substr(1, token.size() - 2);
      }
    }
    return token;
  }

  void PollDrain(const Json& step) {
    ExpectKnownFields(step, {"at", "poll", "expect"});
    const std::string id = step.at("poll");
    const Drain drain = engine_->PollDrain(id, Find(id), Time(step.at("at")));
    const Json& expect = step.at("expect");
    ExpectKnownFields(expect, {"drain", "live_sessions", "done_by"});
    EXPECT_EQ(drain.state, expect.at("drain").get<std::string>());
    if (expect.contains("live_sessions")) {
      const Json& live = expect.at("live_sessions");
      EXPECT_EQ(drain.live_sessions, live.is_null()
                                         ? std::nullopt
                                         : std::optional(live.get<uint64_t>()));
    }
    if (expect.contains("done_by")) {
      const Json& done_by = expect.at("done_by");
      EXPECT_EQ(drain.done_by_ms, done_by.is_null()
                                      ? std::nullopt
                                      : std::optional(Time(done_by)));
    }
  }

  void Request(const Json& step) {
    std::vector<std::string> values;
    for (const Json& value : step.value("send", Json::array())) {
      values.push_back(FillIn(value.get<std::string>()));
    }
    std::vector<uint32_t> tried;
    for (const Json& id : step.value("tried", Json::array())) {
      tried.push_back(IndexOf(id.get<std::string>()));
    }
    const uint64_t now = Time(step.at("at"));

    const Decision decision = engine_->Select(values, tried, now);
    std::optional<uint32_t> served = decision.endpoint;
    Response response;
    response.outcome = decision.outcome;
    if (decision.endpoint) {
      if (step.contains("served")) {
        const Json& id = step.at("served");
        served.reset();
        if (!id.is_null()) served = IndexOf(id.get<std::string>());
      }
      response = engine_->Commit(served, now);
    }
    const std::string endpoint = served ? endpoints_[*served].id : "";
    if (step.contains("expect")) {
      Expect(step.at("expect"), decision, response, endpoint);
    }
    if (step.contains("save")) {
      EXPECT_FALSE(response.field_name.empty()) << "there is no token to save";
      saved_[step.at("save")] = {TokenOf(response), endpoint};
    }
  }

  void Expect(const Json& expect, const Decision& decision,
              const Response& response, const std::string& endpoint) const {
    ExpectKnownFields(expect, {"outcome", "endpoint", "status", "field"});
    if (expect.contains("outcome")) {
      EXPECT_EQ(response.outcome, expect.at("outcome").get<std::string>());
    }
    if (expect.contains("status")) {
      EXPECT_EQ(decision.status, expect.at("status").get<uint32_t>());
    }
    if (expect.contains("field")) {
      EXPECT_EQ(!response.field_name.empty(), expect.at("field").get<bool>());
      EXPECT_EQ(response.field_value.empty(), response.field_name.empty());
    }
    if (!expect.contains("endpoint")) return;
    const std::string wanted = expect.at("endpoint");
    if (wanted.starts_with("!${")) {
      EXPECT_NE(endpoint, At(wanted.substr(3, wanted.size() - 4)).endpoint);
      EXPECT_NE(endpoint, "");
    } else if (wanted.starts_with("${")) {
      EXPECT_EQ(endpoint, At(wanted.substr(2, wanted.size() - 3)).endpoint);
    } else {
      EXPECT_EQ(endpoint, wanted);
    }
  }

  std::unique_ptr<Engine> engine_;
  std::string policy_;  // JSON
  std::string scope_ = "default/case/0";
  std::string keys_ = kKeys;
  Json endpoint_json_ = Json::array();
  Json backend_json_ = Json::array();
  std::vector<Endpoint> endpoints_;
  std::map<std::string, Saved> saved_;
};

class Cases : public testing::TestWithParam<CaseFile> {};

TEST_P(Cases, HappensAsExpected) {
  std::ifstream file(GetParam().path);
  const Json story = Json::parse(file);
  SCOPED_TRACE(story.at("name").get<std::string>());
  try {
    const Story run(story);
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(, Cases, testing::ValuesIn(CaseFiles()),
                         [](const testing::TestParamInfo<CaseFile>& info) {
                           return info.param.path.stem().string();
                         });

}  // namespace
}  // namespace limpet_cases
