#include "limpet/client_address.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace limpet::testing {
namespace {

std::string Hex(std::string_view text, AddressMask mask = {}) {
  std::array<char, 16> buffer;
  std::string hex;
  for (const char byte : AddressKey(text, mask, buffer)) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

TEST(AddressKey, IsTheAddressInNetworkOrder) {
  EXPECT_EQ(Hex("203.0.113.255"), "cb0071ff");
  EXPECT_EQ(Hex("2001:db8::ff"), "20010db80000000000000000000000ff");
  EXPECT_EQ(Hex("::ffff:203.0.113.7"), "00000000000000000000ffffcb007107");
}

TEST(AddressKey, OfANetworkIsThatOfAllItsAddresses) {
  EXPECT_EQ(Hex("203.0.113.255", {.ipv4_bits = 24}), "cb007100");
  EXPECT_EQ(Hex("203.0.113.255", {.ipv4_bits = 27}), "cb0071e0");
  EXPECT_EQ(Hex("203.0.113.255", {.ipv4_bits = 0}), "00000000");
  EXPECT_EQ(Hex("203.0.113.255", {.ipv4_bits = 99}), "cb0071ff");
  EXPECT_EQ(Hex("2001:db8:1:2:3:4:5:6", {.ipv6_bits = 56}),
            "20010db8000100000000000000000000");
}

TEST(AddressKey, OfWhatIsNoAddressIsNothing) {
  for (const char* text : {"", "203.0.113", "203.0.113.7:80", "[::1]", "host",
                           "2001:db8::1%eth0", "203.0.113.7 "}) {
    EXPECT_EQ(Hex(text), "") << text;
  }
  EXPECT_EQ(Hex(std::string(200, '1')), "");
  EXPECT_EQ(Hex(std::string_view("1.2.3.4\0x", 9)), "");
}

}  // namespace
}  // namespace limpet::testing
