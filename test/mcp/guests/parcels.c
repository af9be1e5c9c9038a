/*
 * A parcel station that adds up weights. Labels have eight bytes, and the copy of a longer one goes on into
 * what lies behind: the bug that docs/agents.md finds.
 */
#include "../../diff/guests/io.h"

struct parcel {
  char label[8];
  uint32_t grams;
  uint32_t shelf;
};

struct parcel parcels[4];
uint32_t total;

NOINLINE static void print(const char *text) {
  while (*text) outb(0x3f8, *text++);
}

NOINLINE static void print_number(uint32_t number) {
  char digits[11];
  int at = 10;
  digits[at] = 0;
  do {
    digits[--at] = '0' + number % 10;
    number /= 10;
  } while (number != 0);
  print(digits + at);
}

NOINLINE void set_label(struct parcel *parcel, const char *label) {
  char *to = parcel->label;
  while ((*to++ = *label++) != 0) continue;
}

NOINLINE void receive(int at, uint32_t grams, const char *label) {
  struct parcel *parcel = &parcels[at];
  parcel->grams = grams;
  parcel->shelf = at + 1;
  set_label(parcel, label);
}

NOINLINE uint32_t weigh(void) {
  uint32_t sum = 0;
  for (int i = 0; i < 4; i++) sum += parcels[i].grams;
  return sum;
}

int main(void) {
  receive(0, 1250, "BERLIN");
  receive(1, 990, "OSLO");
  receive(2, 1501, "REYKJAVIK");
  receive(3, 420, "ROME");
  total = weigh();
  print("total ");
  print_number(total);
  print(" g, expected 4161 g\n");
  return total != 4161;
}
