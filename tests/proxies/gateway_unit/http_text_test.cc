#include "http_text.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string Blanked(std::string head) {
  BlankStrayReturns(head);
  return head;
}

TEST(HttpText, AStrayReturnAtTheEndOfAFieldBecomesABlank) {
  EXPECT_EQ(Blanked("GET / HTTP/1.1\r\nSession-A: t\r\r\nB: c\r\n\r\n"),
            "GET / HTTP/1.1\r\nSession-A: t \r\nB: c\r\n\r\n");
  EXPECT_EQ(Blanked("GET / HTTP/1.1\r\nB: c\r\nSession-A: t\r\r\n\r\n"),
            "GET / HTTP/1.1\r\nB: c\r\nSession-A: t \r\n\r\n");
}

TEST(HttpText, NoOtherReturnIsTouched) {
  for (const std::string head : {
           "GET / HTTP/1.1\r\nA: b\r\n\r\n",
           "GET / HTTP/1.1\r\r\nA: b\r\n\r\n",
           "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
           "GET / HTTP/1.1\r\nA: b\r\n\r\r\n\r\n",
           "GET / HTTP/1.1\r\nA: b\r\n c\r\r\n\r\n",
           "GET / HTTP/1.1\r\nContent-Length: 3\r\r\n\r\n",
           "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\r\n\r\n",
       }) {
    EXPECT_EQ(Blanked(head), head);
  }
}

TEST(HttpText, OnlyOneOfSeveralReturnsIsBlanked) {
  EXPECT_EQ(Blanked("X\r\nA: b\r\r\r\n\r\n"), "X\r\nA: b\r \r\n\r\n");
}

TEST(HttpText, TheHeadEndsAtItsEmptyLine) {
  const std::string_view data = "GET / HTTP/1.1\r\nA: b\r\n\r\nbody";
  EXPECT_EQ(FindHeadEnd(data, 0), data.size() - 4);
  EXPECT_EQ(FindHeadEnd(data, data.size() - 5), data.size() - 4);
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nA: b\r\n\r", 0), 0u);
}

TEST(HttpText, TargetsAreTakenApart) {
  const auto origin = ParseTarget("/a/b?c=d");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->path, "/a/b");
  EXPECT_EQ(origin->origin, "/a/b?c=d");
  const auto absolute = ParseTarget("http://host:80?x");
  EXPECT_FALSE(absolute);
  const auto root = ParseTarget("HTTP://host:80");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->authority, "host:80");
  EXPECT_EQ(root->origin, "/");
  EXPECT_FALSE(ParseTarget("a/b"));
  EXPECT_FALSE(ParseTarget("http:///a"));
}

TEST(HttpText, HostNamesLoseCasePortAndFinalDot) {
  EXPECT_EQ(HostName("WWW.Example.com.:8080"), "www.example.com");
  EXPECT_EQ(HostName("[::1]:80"), "[::1]");
  EXPECT_EQ(HostName("[::1]"), "[::1]");
}

TEST(HttpText, ConnectionFieldsAndWhatTheyNameGoNoFurther) {
  const Field fields[] = {{"Connection", "close, X-Mine , Host"}};
  const HopByHop hop_by_hop(fields);
  EXPECT_TRUE(hop_by_hop.Has("connection"));
  EXPECT_TRUE(hop_by_hop.Has("Keep-Alive"));
  EXPECT_TRUE(hop_by_hop.Has("UPGRADE"));
  EXPECT_TRUE(hop_by_hop.Has("x-mine"));
  EXPECT_FALSE(hop_by_hop.Has("host"));
  EXPECT_FALSE(hop_by_hop.Has("cookie"));
}

TEST(HttpText, TheCookieNameOfALine) {
  EXPECT_EQ(SetCookieName(" a =b; Path=/"), "a");
  EXPECT_EQ(SetCookieName("a"), "a");
  EXPECT_EQ(SetCookieName(""), "");
}

TEST(HttpText, LogsHoldPrintableAsciiOnly) {
  EXPECT_EQ(EscapeForLog("/a\n\"\\\xff b", 100), R"(/a\x0a\x22\x5c\xff\x20b)");
  EXPECT_EQ(EscapeForLog("/abcdef", 3), "/ab...");
}

}  // namespace
}  // namespace gateway
