/* SipHash-2-4 (Aumasson and Bernstein, 2012). */
#include "guest.h"

struct siphash_state {
  uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static uint64_t load64(const uint8_t *bytes) {
  uint64_t word = 0;
  for (int i = 7; i >= 0; i--) word = word << 8 | bytes[i];
  return word;
}

static NOINLINE void siphash_round(struct siphash_state *s) {
  s->v0 += s->v1, s->v1 = rotate_left(s->v1, 13) ^ s->v0, s->v0 = rotate_left(s->v0, 32);
  s->v2 += s->v3, s->v3 = rotate_left(s->v3, 16) ^ s->v2;
  s->v0 += s->v3, s->v3 = rotate_left(s->v3, 21) ^ s->v0;
  s->v2 += s->v1, s->v1 = rotate_left(s->v1, 17) ^ s->v2, s->v2 = rotate_left(s->v2, 32);
}

static void siphash_word(struct siphash_state *s, uint64_t word) {
  s->v3 ^= word;
  siphash_round(s);
  siphash_round(s);
  s->v0 ^= word;
}

uint64_t siphash(const uint8_t key[16], const void *data, size_t size) {
  const uint8_t *bytes = data;
  uint64_t k0 = load64(key), k1 = load64(key + 8), last = (uint64_t)size << 56;
  struct siphash_state s = {
      k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
      k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
  };
  for (size_t left = size & ~(size_t)7; left; left -= 8, bytes += 8) siphash_word(&s, load64(bytes));
  for (size_t i = 0; i < (size & 7); i++) last |= (uint64_t)bytes[i] << (8 * i);
  siphash_word(&s, last);
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; i++) siphash_round(&s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
