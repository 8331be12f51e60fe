#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json_fields.h"
#include "limpet/session_persistence.h"
#include "session_persistence_check.h"
#include "session_persistence_extend.h"

namespace limpet {
inline namespace v0 {
namespace internal {
namespace {

constexpr EnumName<SessionType> kTypes[] = {{"Cookie", SessionType::kCookie},
                                            {"Header", SessionType::kHeader}};
constexpr EnumName<LifetimeType> kLifetimes[] = {
    {"Session", LifetimeType::kSession},
    {"Permanent", LifetimeType::kPermanent}};

// What distinguishes the releases.
struct Dialect {
  bool nested = false;  // shape B: cookie{} and header{}; else shape A
  bool other_shape_is_known = false;  // ... and a problem of its own
  bool idle_timeout = false;
  bool extension = false;
  // 1.1.0: without cookieConfig its rule fails instead of holding.
  bool needs_cookie_config = false;
  bool cookie_config_only_for_cookies = false;
};

std::optional<Dialect> StatedDialect(Release release) {
  switch (release) {
    case Release::k1_1:
      return Dialect{.idle_timeout = true, .needs_cookie_config = true};
    case Release::k1_2:
    case Release::k1_3:
    case Release::k1_4:
      return Dialect{.idle_timeout = true};
    case Release::k1_5:
      return Dialect{.idle_timeout = true,
                     .cookie_config_only_for_cookies = true};
    case Release::k1_6:
      return Dialect{.cookie_config_only_for_cookies = true};
    case Release::k1_7:
      return Dialect{.nested = true};
    case Release::kNewestThatFits:
      break;
  }
  return std::nullopt;
}

Dialect FittingDialect(const Fields& root, Attachment attachment) {
  const bool backend = attachment == Attachment::kBackend;
  return {.nested = backend || root.Has("cookie") || root.Has("header"),
          .other_shape_is_known = !backend,
          .extension = true,
          .cookie_config_only_for_cookies = true};
}

class Reader {
 public:
  Reader(const Dialect& dialect, const Json& object, Problems& problems)
      : dialect_(dialect), problems_(problems), root_(object, "", problems) {}

  void ReportUnknown();
  void ReadValues(SessionPersistence& config);
  // REQUIRES: ReadValues was called.
  void CheckRules(const SessionPersistence& config);

 private:
  void ReadFlat(SessionPersistence& config);
  void ReadNested(SessionPersistence& config);
  void ReadLifetime(Fields& fields);
  // Null if it is absent or its length is wrong.
  const std::string* ReadNestedName(Fields& fields);

  const Dialect& dialect_;
  Problems& problems_;
  Fields root_;
  std::optional<LifetimeType> lifetime_;
};

void Reader::ReportUnknown() {
  std::vector<std::string_view> known = {"type", "absoluteTimeout"};
  const bool both = dialect_.other_shape_is_known;
  if (both || !dialect_.nested) {
    known.insert(known.end(), {"sessionName", "cookieConfig"});
  }
  if (both || dialect_.nested) known.insert(known.end(), {"cookie", "header"});
  if (dialect_.idle_timeout) known.push_back("idleTimeout");
  if (dialect_.extension) {
    known.insert(known.end(), kExtensionFields.begin(), kExtensionFields.end());
  }
  root_.ReportUnknown(known);

  const auto report_in = [&](std::string_view name,
                             std::span<const std::string_view> names) {
    const Json* value = root_.Find(name);
    if (!value || !value->is_object()) return;
    Fields(*value, std::string(name), problems_).ReportUnknown(names);
  };
  static constexpr std::string_view kConfig[] = {"lifetimeType"};
  static constexpr std::string_view kCookie[] = {"name", "path",
                                                 "lifetimeType"};
  static constexpr std::string_view kHeader[] = {"name"};
  if (dialect_.nested) {
    report_in("cookie", kCookie);
    report_in("header", kHeader);
  } else {
    report_in("cookieConfig", kConfig);
  }
}

void Reader::ReadValues(SessionPersistence& config) {
  if (auto type = root_.Enum<SessionType>("type", kTypes)) config.type = *type;
  if (auto timeout = root_.GetDuration("absoluteTimeout")) {
    config.absolute_timeout = *timeout;
  }
  config.splitting =
      dialect_.nested ? Splitting::kWeightsFirst : Splitting::kSessionFirst;
  if (dialect_.extension) {
    ReadExtension(root_, config);
  } else if (dialect_.idle_timeout) {
    if (auto timeout = root_.GetDuration("idleTimeout")) {
      config.idle_timeout = *timeout;
    }
  }
  if (dialect_.nested) {
    ReadNested(config);
  } else {
    ReadFlat(config);
  }
  // Up to 1.4 a header may have a cookieConfig, which means nothing.
  if (lifetime_ && config.type == SessionType::kCookie) {
    config.lifetime_type = *lifetime_;
  }
}

void Reader::ReadFlat(SessionPersistence& config) {
  const std::string* name = root_.String("sessionName", kMaxSessionNameSize);
  if (name) {
    if (name->empty()) {
      root_.Report("sessionName",
                   "must not be empty: leave the field out to get a "
                   "generated name");
    }
    config.name = *name;
  }
  if (auto cookie_config = root_.Object("cookieConfig")) {
    ReadLifetime(*cookie_config);
  }
}

void Reader::ReadNested(SessionPersistence& config) {
  if (auto cookie = root_.Object("cookie")) {
    const std::string* name = ReadNestedName(*cookie);
    if (name && config.type == SessionType::kCookie) config.name = *name;
    if (auto* path = cookie->String("path", kMaxPathSize)) config.path = *path;
    ReadLifetime(*cookie);
  }
  if (auto header = root_.Object("header")) {
    const std::string* name = ReadNestedName(*header);
    if (name && config.type == SessionType::kHeader) config.name = *name;
    if (!header->Has("name")) header->ReportUnsound("name", "Required value");
  }
  for (std::string_view flat : {"sessionName", "cookieConfig"}) {
    if (!dialect_.other_shape_is_known || !root_.Has(flat)) continue;
    root_.Report(flat, std::string(flat) +
                           " cannot be used together with cookie or header, "
                           "which replace it");
  }
}

void Reader::ReadLifetime(Fields& fields) {
  lifetime_ = fields.Enum<LifetimeType>("lifetimeType", kLifetimes);
}

const std::string* Reader::ReadNestedName(Fields& fields) {
  const std::string* name = fields.String("name", kMaxNameSize);
  if (!name) return nullptr;
  if (name->empty()) {
    fields.Report("name", "should be at least 1 chars long");
  } else if (!IsToken(*name)) {
    fields.Report("name",
                  R"(should match '^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$')");
  }
  return name;
}

void Reader::CheckRules(const SessionPersistence& config) {
  const bool timeout = root_.Has("absoluteTimeout");
  if (dialect_.needs_cookie_config && !timeout && !root_.Has("cookieConfig")) {
    root_.Report("absoluteTimeout",
                 "no such key: cookieConfig evaluating rule: " +
                     std::string(kPermanentNeedsTimeout));
  }
  if (lifetime_ == LifetimeType::kPermanent && !timeout) {
    root_.Report("absoluteTimeout", std::string(kPermanentNeedsTimeout));
  }
  const bool is_cookie = config.type == SessionType::kCookie;
  if (!dialect_.nested) {
    if (dialect_.cookie_config_only_for_cookies && !is_cookie &&
        root_.Has("cookieConfig")) {
      root_.Report("cookieConfig",
                   "cookieConfig can only be set with type Cookie");
    }
    return;
  }
  if (!is_cookie && root_.Has("cookie")) {
    root_.Report("cookie", "cookie must be nil if type is not Cookie");
  }
  if (is_cookie && !root_.Has("cookie")) {
    root_.Report("cookie", "cookie must be specified for Cookie type");
  }
  if (is_cookie && root_.Has("header")) {
    root_.Report("header", "header must be nil if type is not Header");
  }
  if (!is_cookie && !root_.Has("header")) {
    root_.Report("header", "header must be specified for Header type");
  }
}

Status ReadObject(const Json& object,
                  const SessionPersistence::JsonOptions& options,
                  Problems& problems, SessionPersistence& config) {
  const bool stated = options.release != Release::kNewestThatFits;
  const std::optional<Dialect> dialect =
      stated ? StatedDialect(options.release)
             : FittingDialect(Fields(object, "", problems), options.attachment);
  if (!dialect) {
    return Status(StatusCode::kInvalidArgument, "",
                  "not a release of the Gateway API that limpet knows");
  }
  if (options.attachment == Attachment::kBackend && !dialect->nested) {
    return Status(StatusCode::kInvalidArgument, "",
                  "a Backend has sessionPersistence from release 1.7 on");
  }
  Reader reader(*dialect, object, problems);
  reader.ReportUnknown();
  // So does the API server, and its words are what a stated release asks for.
  if (stated && !problems.list.empty()) return std::move(problems).ToStatus();
  reader.ReadValues(config);
  if (!problems.unsound) reader.CheckRules(config);
  CheckTogether(config,
                dialect->nested ? NewestNameField(config.type) : "sessionName",
                problems);
  return std::move(problems).ToStatus();
}

}  // namespace
}  // namespace internal

Result<SessionPersistence> SessionPersistence::FromJson(
    std::string_view json, const JsonOptions& options) {
  internal::Problems problems;
  internal::Json value;
  if (Status status = internal::ReadJson(json, value, problems); !status.ok()) {
    return status;
  }
  SessionPersistence config;
  if (value.is_null()) {
    config.type = SessionType::kNone;
    return config;
  }
  if (!value.is_object()) {
    return Status(StatusCode::kInvalidConfig, "",
                  internal::TypeMessage("object", value));
  }
  if (Status status = internal::ReadObject(value, options, problems, config);
      !status.ok()) {
    return status;
  }
  return config;
}

Result<SessionPersistence> SessionPersistence::FromJson(std::string_view json) {
  return FromJson(json, JsonOptions());
}

}  // namespace v0
}  // namespace limpet
