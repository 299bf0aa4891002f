// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <cmath>

#include "io/file_support.hpp"
#include "io/particles.hpp"

namespace nearfar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::complaint;
using testing_support::TemporaryDirectory;
using testing_support::write_text_file;

class ReadText : public testing::Test {
 protected:
  Particles read(const std::string& text, const ParticleNeeds& needs = {}) {
    write_text_file(path_, text);
    return read_particles(MPI_COMM_WORLD, path_, needs);
  }
  std::string complaint_of(const std::string& text, const ParticleNeeds& needs = {}) {
    return complaint<InputError>([&] { static_cast<void>(read(text, needs)); });
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("points.csv");
};

TEST_F(ReadText, CommasBlanksRemarksAndEmptyLines) {
  const Particles particles = read(
      "# x y z q\n"
      "1,2,3,4\n"
      "\n"
      "  -1.5 , +2e1\t, .5 ,-4e-1  # the second\r\n"
      "   # nothing\n"
      "0 1e-310 -0 7");

  EXPECT_EQ(particles.num_sources, 3);
  EXPECT_EQ(particles.num_targets, 3);
  EXPECT_TRUE(particles.targets_are_sources);
  EXPECT_THAT(particles.sources, ElementsAre(1, 2, 3, -1.5, 20, .5, 0, 1e-310, -0.0));
  EXPECT_THAT(particles.charges, ElementsAre(4, -0.4, 7));
}

TEST_F(ReadText, SeveralChargesPerPoint) {
  const Particles particles = read("1 2 3 4 5 6\n7 8 9 10 11 12\n", {3});

  EXPECT_THAT(particles.sources, ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(particles.charges, ElementsAre(4, 5, 6, 10, 11, 12));
}

TEST_F(ReadText, AFileWithoutRowsIsAMistake) {
  for (const char* text : {"", "\n", "# nothing", "\xEF\xBB\xBF"})
    EXPECT_THAT(complaint_of(text), HasSubstr("points.csv' holds no points")) << text;
}

TEST_F(ReadText, AByteOrderMarkIsSkipped) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "1,2,3,4\n")
                .sources[0],
            1.0);
}

TEST_F(ReadText, TheLocaleDoesNotMatter) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  // Where neither is installed the test still reads, in the C locale.
  if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr) std::setlocale(LC_NUMERIC, "fr_FR.UTF-8");

  EXPECT_THAT(read("1.5 2.25 3.125 4.5").sources, ElementsAre(1.5, 2.25, 3.125));

  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST_F(ReadText, EveryDigitCounts) {
  const Particles particles = read("0.1 0.30000000000000004 1.7976931348623157e308 4.9406564584124654e-324\n");

  EXPECT_THAT(particles.sources, ElementsAre(0.1, 0.1 + 0.2, 1.7976931348623157e308));
  EXPECT_THAT(particles.charges, ElementsAre(4.9406564584124654e-324));
}

TEST_F(ReadText, NumbersTooSmallForADoubleAreRounded) {
  const std::string zeros(400, '0');
  const Particles particles = read("1e-400 -1e-5000 0." + zeros + "1 2.4e-324\n3e-324 +1e-400 -0." + zeros + "1 1\n");

  EXPECT_THAT(particles.sources, ElementsAre(0.0, -0.0, 0.0, 4.9406564584124654e-324, 0.0, -0.0));
  EXPECT_TRUE(std::signbit(particles.sources[1]));
  EXPECT_THAT(particles.charges, ElementsAre(0.0, 1.0));
}

TEST_F(ReadText, TheBadLineIsNamed) {
  EXPECT_THAT(complaint_of("x,y,z,q\n1,2,3,4\n"),
              HasSubstr("points.csv', line 1: 'x' is not a number; correct it, begin a header or a remark with #, or "
                        "name the columns: --sources x,y,z --charges mass"));
  EXPECT_THAT(complaint_of("1 2 3 4\n\n# remark\n1 2 3\n"), HasSubstr("line 4: 3 numbers where 4 are needed"));
  EXPECT_THAT(complaint_of("1 2 3 4 5\n"), HasSubstr("line 1: 5 numbers where 4 are needed"));
  EXPECT_THAT(complaint_of("1 2 3 4\n", {3}), HasSubstr("line 1: 4 numbers where 6 are needed"));
  EXPECT_THAT(complaint_of("1,2,3,4\n1,,3,4\n"), HasSubstr("line 2: a number is missing before a comma"));
  EXPECT_THAT(complaint_of(",1,2,3,4\n"), HasSubstr("line 1: a number is missing before a comma"));
  EXPECT_THAT(complaint_of("1,2,3,\n"), HasSubstr("line 1: a number is missing after the last comma"));
  EXPECT_THAT(complaint_of("1;2;3;4\n"),
              HasSubstr("line 1: '1;2;3;4' is not a number; columns are separated by commas or blanks, not ';'"));
  EXPECT_THAT(complaint_of("1 2 3 4x\n"), HasSubstr("line 1: '4x' is not a number"));
  EXPECT_THAT(complaint_of("1 2 3 +-4\n"), HasSubstr("line 1: '+-4' is not a number"));
  EXPECT_THAT(complaint_of("1 2 3 0x10\n"), HasSubstr("line 1: '0x10' is not a number"));
}

TEST_F(ReadText, NumbersThatAreNotFiniteAreRefused) {
  for (const std::string word : {"nan", "NaN", "inf", "-Inf", "infinity"})
    EXPECT_THAT(complaint_of("1 2 3 4\n1 " + word + " 3 4\n"), HasSubstr("line 2: '" + word + "' is not a finite"));
  EXPECT_THAT(complaint_of("1 2 3 1e400\n"), HasSubstr("line 1: '1e400' is too large for a double"));
  EXPECT_THAT(complaint_of("1 2 3 -1" + std::string(400, '0') + "\n"), HasSubstr("is too large for a double"));
  EXPECT_THAT(complaint_of("1 2 3 1e-400x\n"), HasSubstr("line 1: '1e-400x' is not a number"));
}

TEST_F(ReadText, BytesThatAreNotTextMakeAReadableSentence) {
  const std::string sentence = complaint_of(std::string("\x89HDF\r\n\x1a\n\0\0\0", 11) + std::string(100, '\x07'));

  EXPECT_THAT(sentence, HasSubstr("line 1: '?HDF' is not a number"));
  EXPECT_THAT(complaint_of(std::string(100, 'a')), HasSubstr("'" + std::string(30, 'a') + "...' is not"));
}

}
}
