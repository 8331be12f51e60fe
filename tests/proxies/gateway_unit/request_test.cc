#include "request.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

unsigned Parsed(std::string head) {
  Request request;
  return ParseRequest(head, &request);
}

TEST(GatewayRequest, AHeaderIsTakenApart) {
  std::string head =
      "POST /a?b HTTP/1.1\r\nHost: WWW.x:80\r\nSession-A: t\r\r\n"
      "X: 1\r\nX: 2\r\nContent-Length: 3\r\n\r\n";
  Request request;
  ASSERT_EQ(ParseRequest(head, &request), 0u);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target.path, "/a");
  EXPECT_EQ(request.host, "www.x");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_TRUE(request.has_body);
  EXPECT_FALSE(request.chunked);
  EXPECT_EQ(FindField(request.fields, "session-a"), "t");
  EXPECT_EQ(EndpointHead(request, "10.0.0.1",
                         [](const Field&, std::string*) { return false; }),
            "POST /a?b HTTP/1.1\r\nHost: WWW.x:80\r\nSession-A: t\r\n"
            "X: 1\r\nX: 2\r\nX-Forwarded-For: 10.0.0.1\r\n"
            "Content-Length: 3\r\n\r\n");
}

TEST(GatewayRequest, FramingThatTwoServersMayReadInTwoWaysIsRefused) {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(Parsed(post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
                          "\r\n"),
            400u);
  EXPECT_EQ(Parsed(post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"),
            400u);
  EXPECT_EQ(Parsed(post + "Content-Length: 3\r\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed(post + "Transfer-Encoding: chunked\r\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed(post + "Transfer-Encoding: gzip\r\n\r\n"), 501u);
  EXPECT_EQ(Parsed("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            400u);
}

TEST(GatewayRequest, HostsAndTargetsMustBeOne) {
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed("GET / HTTP/1.0\r\n\r\n"), 0u);
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
  EXPECT_EQ(Parsed("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 501u);
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"), 417u);
}

TEST(GatewayRequest, ForwardedAddressesAreAppended) {
  std::string head =
      "GET / HTTP/1.1\r\nHost: x\r\nx-forwarded-for: 1.1.1.1\r\n"
      "Connection: x-forwarded-for, X-Gone\r\nX-Gone: 1\r\n\r\n";
  Request request;
  ASSERT_EQ(ParseRequest(head, &request), 0u);
  EXPECT_EQ(EndpointHead(request, "10.0.0.1",
                         [](const Field&, std::string*) { return false; }),
            "GET / HTTP/1.1\r\nHost: x\r\n"
            "x-forwarded-for: 1.1.1.1, 10.0.0.1\r\n\r\n");
}

}  // namespace
}  // namespace gateway
