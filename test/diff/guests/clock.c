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
  int bits = 0;
  for (uint64_t rest = mixed; rest != 0; rest >>= 1) bits += rest & 1;
  if (bits & 1) outb(0xe9, 'o');
  outb(0xe9, 'e');
#endif
  outb(0xe9, '.');
  return 0;
}
