// SPDX-License-Identifier: BSD-3-Clause
#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include "nearfar/error.hpp"

namespace nearfar {
namespace {

TEST(Bytes, AreReadWithSuffixesOfPowersOf1024) {
  EXPECT_EQ(parse_bytes("1"), 1);
  EXPECT_EQ(parse_bytes("4000000000"), 4000000000);
  EXPECT_EQ(parse_bytes("1e9"), 1000000000);
  EXPECT_EQ(parse_bytes("3K"), 3072);
  EXPECT_EQ(parse_bytes("1.5M"), 1572864);
  EXPECT_EQ(parse_bytes("4G"), 4294967296);
  EXPECT_EQ(parse_bytes("2g"), 2147483648);
  for (const char* text : {"", "G", "4T", "4GB", "4 G", "4Q", "0", "0.1", "-4G", "nan", "inf", "1e30", "1e15G", "4G4"})
    EXPECT_THROW((void)parse_bytes(text), UsageError) << text;
}

TEST(Bytes, AreWrittenInTheLargestUnitThatKeepsThemAtOne) {
  EXPECT_EQ(bytes_text(0.0), "0 B");
  EXPECT_EQ(bytes_text(1023.0), "1023 B");
  EXPECT_EQ(bytes_text(1024.0), "1.00 KiB");
  EXPECT_EQ(bytes_text(1.5 * 1024 * 1024 * 1024), "1.50 GiB");
  EXPECT_EQ(bytes_text(3e16), "27284.84 TiB");
}

}
}
