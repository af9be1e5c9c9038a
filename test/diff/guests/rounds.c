/*
 * A hash with a test of itself: another number of ROUNDS fails the test, and the work is not done.
 * FLOOR is what the work's branch asks; AUDIT adds a function; PAD moves the variables.
 */
#include "io.h"

#ifndef ROUNDS
#define ROUNDS 4
#endif
#ifndef FLOOR
#define FLOOR 40
#endif
#ifndef SEED
#define SEED 7
#endif

#ifdef PAD
char pad[256] = {1};
char *padded = pad;
#endif
struct item {
  unsigned price, sold;
} items[8];
unsigned total, kept;

struct state {
  uint64_t a, b;
};

NOINLINE void put(const char *text) {
  while (*text) outb(0xe9, (uint8_t)*text++);
}

NOINLINE void mix_round(struct state *s) {
  s->a += s->b;
  s->b = (s->b << 13 | s->b >> 51) ^ s->a;
}

NOINLINE uint64_t mix(const char *text) {
  struct state s = {0x736f6d6570736575, 0x646f72616e646f6d};
  for (; *text; text++) {
    s.a ^= (uint8_t)*text;
    mix_round(&s);
  }
  for (int i = 0; i < ROUNDS; i++) mix_round(&s);
  return s.a ^ s.b;
}

NOINLINE int self_test(void) {
  return mix("abc") != 0x8ef8203a84d6d6db;
}

NOINLINE void fill(void) {
  unsigned x = SEED;
  for (struct item *item = items; item < items + 8; item++) {
    x = x * 1103515245 + 12345;
    item->price = x >> 16 & 63;
    item->sold = x >> 24 & 7;
  }
}

NOINLINE void drop(struct item *item) {
  item->price = item->sold = 0;
}

NOINLINE void sum(void) {
  for (struct item *item = items; item < items + 8; item++) {
    if (item->price < FLOOR) drop(item);
    else kept++;
    total += item->price * item->sold;
  }
}

#ifdef AUDIT
unsigned audited;
NOINLINE void audit(void) {
  for (struct item *item = items; item < items + 8; item++) audited ^= item->price;
}
#endif

NOINLINE void print(void) {
  char digit[2] = {(char)('0' + kept), 0};
  put("kept ");
  put(digit);
  put("\n");
}

int main(void) {
  if (self_test()) {
    put("self test failed\n");
    return 1;
  }
  fill();
#ifdef AUDIT
  audit();
#endif
  sum();
  print();
  return 0;
}
