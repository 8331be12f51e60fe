#include "placement/hashes.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "placement/haproxy_hash.h"

namespace limpet {
namespace {

TEST(PlacementHashes, Xxh64IsThatOfItsAuthor) {
  EXPECT_EQ(Xxh64(""), 0xef46db3751d8e999U);
  EXPECT_EQ(Xxh64("abc"), 0x44bc2cf5ad770999U);
  EXPECT_NE(Xxh64("abc", 1), Xxh64("abc"));
}

TEST(PlacementHashes, Xxh32IsThatOfItsAuthor) {
  EXPECT_EQ(Xxh32(""), 0x02cc5d05U);
  EXPECT_EQ(Xxh32("abc"), 0x32d153ffU);
}

TEST(PlacementHashes, Murmur2OfAbcIsEnvoys) {
  EXPECT_EQ(Murmur2("abc"), 0x32d82bf8ed3dba39U);
}

#if defined(__GLIBCXX__) && defined(__x86_64__)
TEST(PlacementHashes, Murmur2IsTheStandardHashOfLibstdcxx) {
  std::string text;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(Murmur2(text), std::hash<std::string>()(text)) << text;
    text.push_back(static_cast<char>(i * 37 + 101));
  }
}
#endif

TEST(PlacementHashes, Crc32IsThatOfZlib) {
  EXPECT_EQ(Crc32(""), 0U);
  EXPECT_EQ(Crc32("123456789"), 0xcbf43926U);
}

TEST(PlacementHashes, Crc32GoesOnFromAStateThatIsNotFinalised) {
  const uint32_t state = Crc32Update(kCrc32Start, "12345");
  EXPECT_EQ(~Crc32Update(state, "6789"), Crc32("123456789"));
  EXPECT_NE(~Crc32Update(~state, "6789"), Crc32("123456789"));
}

TEST(PlacementHashes, Crc32TakesAWordsLowestByteFirst) {
  const uint32_t state = Crc32Update(kCrc32Start, "12345");
  EXPECT_EQ(~Crc32UpdateWord(state, 0x39383736), Crc32("123456789"));
}

TEST(PlacementHashes, SdbmAndDjb2TakeBytesAsUnsigned) {
  EXPECT_EQ(Sdbm(""), 0U);
  EXPECT_EQ(Sdbm("a"), 97U);
  EXPECT_EQ(Sdbm("ab"), 97U * 65599 + 98);
  EXPECT_EQ(Sdbm("\xff"), 255U);
  EXPECT_EQ(Djb2(""), 5381U);
  EXPECT_EQ(Djb2("\xff"), 5381U * 33 + 255);
}

// Of "k114-xxx...": its third byte asks for a rotation by 0, the next by
// others.
TEST(PlacementHashes, Wt6LeavesAWordAloneThatIsRotatedBy0) {
  EXPECT_EQ(Wt6(""), 0xa53c965aU ^ 0x5ca6953aU);
  // By hand: h0 = ~(h0 ^ 'a'), h1 = ~(h1 + 'a'), rotated by 6 and 18.
  const uint32_t h0 = ~(0xa53c965aU ^ 97U);
  const uint32_t h1 = ~(0x5ca6953aU + 97U);
  EXPECT_EQ(Wt6("a"), (h1 << 6 | h1 >> 26) ^ (h0 << 18 | h0 >> 14));
}

TEST(PlacementHashes, FullHashHasNoTwoNumbersForOne) {
  EXPECT_EQ(FullHash(0), FullHash(0));
  EXPECT_NE(FullHash(0), FullHash(1));
}

TEST(HaproxyHash, ANumberIsTheDigitsAtTheStart) {
  const HaproxyHash hash{.function = HaproxyFunction::kNone};
  EXPECT_EQ(hash("12abc"), 12U);
  EXPECT_EQ(hash("-5"), 4294967291U);
  EXPECT_EQ(hash("abc"), 0U);
  EXPECT_EQ(hash(""), 0U);
  EXPECT_EQ(hash("4294967297"), 1U);
}

TEST(HaproxyHash, AnAddressIsTheSumOfItsWordsWithoutCarry) {
  const HaproxyHash hash;
  EXPECT_EQ(hash.OfAddress(std::string("\x0a\x00\x00\x01", 4)), 0x0a000001U);
  EXPECT_EQ(hash.OfAddress(std::string("\x20\x01\x0d\xb8\x00\x00\x00\x00"
                                       "\x00\x00\x00\x00\x00\x00\x00\x01",
                                       16)),
            0x20010db8U ^ 1U);
}

TEST(HaproxyHash, TheAvalancheComesAfterTheFunction) {
  const HaproxyHash plain{.function = HaproxyFunction::kDjb2};
  const HaproxyHash mixed{.function = HaproxyFunction::kDjb2,
                          .avalanche = true};
  EXPECT_EQ(mixed("abc"), FullHash(plain("abc")));
  EXPECT_EQ(mixed.OfAddress("abcd"), FullHash(plain.OfAddress("abcd")));
}

}  // namespace
}  // namespace limpet
