// SPDX-License-Identifier: BSD-3-Clause
#include "app/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file_support.hpp"
#include "support/reader_checks.hpp"

namespace nearfar::app {
namespace {

using testing::HasSubstr;
using testing_support::complaint;
using testing_support::fault_of_sentence;
using testing_support::TemporaryDirectory;

class MachineFile : public testing::Test {
 protected:
  /// What is said about such a file, in one printable sentence of some length that names it.
  std::string complaint_of(const std::string& content) {
    testing_support::write_text_file(path_, content);
    const std::string sentence = complaint<InputError>([&] { (void)read_machine(path_); });
    EXPECT_EQ(fault_of_sentence(sentence, path_), "");
    return sentence;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("machine.json");
};

TEST_F(MachineFile, NamesFromTheFileArePrintable) {
  EXPECT_THAT(complaint_of(R"({"\n\u001b[31m": 1})"), HasSubstr("'??[31m' is not one of factors"));
  EXPECT_THAT(complaint_of(R"({"factors": {"P2P\nnearfar: all is well": 0}})"),
              HasSubstr("factor P2P?nearfar: all is well must be a positive number"));
  EXPECT_THAT(complaint_of("{\"" + std::string(100000, 'a') + "\": 1}"),
              HasSubstr("'" + std::string(30, 'a') + "...'"));
}

TEST_F(MachineFile, WhatIsNotJsonIsQuotedInPart) {
  EXPECT_THAT(complaint_of("{\"" + std::string(100000, 'a')), HasSubstr("is not JSON"));
  EXPECT_THAT(complaint_of("{\"\xC3\xA9\x01\": 1}"), HasSubstr("is not JSON"));
  EXPECT_THAT(complaint_of(""), HasSubstr("is not JSON"));
}

TEST_F(MachineFile, NumbersArePositive) {
  for (const char* number : {"0", "-1", "1e400", "null", "\"1\"", "[1]", "true"})
    EXPECT_NE(complaint_of(std::string("{\"latency_seconds\": ") + number + "}"), "") << number;
}

}
}
