#include "guest.h"

/* FIPS 180-4, appendix B.1. */
static NOINLINE int test_sha256(void) {
  static const uint8_t expected[32] = {
      0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
      0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
  };
  struct sha256 hash;
  uint8_t digest[32];
  sha256_start(&hash);
  sha256_add(&hash, "abc", 3);
  sha256_finish(&hash, digest);
  return memcmp(digest, expected, sizeof digest) != 0;
}

/* The SipHash paper, appendix A. */
static NOINLINE int test_siphash(void) {
  uint8_t bytes[16];
  for (int i = 0; i < 16; i++) bytes[i] = (uint8_t)i;
  return siphash(bytes, bytes, 15) != 0xa129ca6149be45e5;
}

int self_test(void) {
  return test_sha256() + test_siphash();
}
