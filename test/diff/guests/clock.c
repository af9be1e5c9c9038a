/* Reads the time-stamp counter, works with it, and, with BRANCH, decides by it. */
#include "io.h"

uint64_t stamps[4];
uint64_t mixed;

NOINLINE uint64_t now(void) { return rdtsc(); }

NOINLINE void note(int i) { stamps[i] = now(); }

int main(void) {
  for (int i = 0; i < 4; i++) note(i);
  for (int i = 0; i < 4; i++) mixed = mixed * 31 + stamps[i];
#ifdef BRANCH
  /* A branch for every bit: some of them differ. */
  for (int bit = 0; bit < 64; bit++) {
    if (mixed >> bit & 1) outb(0xe9, '1');
    else outb(0xe9, '0');
    outb(0xe9, ' ');
  }
#endif
  outb(0xe9, '.');
  return 0;
}
