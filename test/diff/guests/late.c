/* Reads a byte, works for long without it, and only then decides by it. */
#include "io.h"

uint8_t kept[600];
uint64_t mixed;

NOINLINE void work(int rounds) {
  for (int i = 0; i < rounds; i++) mixed = mixed * 31 + i;
}

#ifdef CHAIN
/* Carries the byte through many steps. */
NOINLINE uint64_t chain(uint64_t x) {
  for (int i = 0; i < 3000; i++) {
    x = x * 3 + i;
    x ^= x >> 7;
  }
  return x;
}
#endif

int main(void) {
  int byte = inb(0x3f8);
  for (unsigned i = 0; i < sizeof kept; i++) kept[i] = byte;
  __asm__ volatile("" ::: "memory");
#ifdef FORGET
  for (unsigned i = 0; i < sizeof kept; i++) kept[i] = 0;
  byte = 0;
  __asm__ volatile("xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx" ::: "rax", "rcx", "rdx", "memory");
#endif
#ifdef CHAIN
  mixed = chain(byte);
#endif
  work(5000);
#ifdef CHAIN
  /* Some of its bits differ. */
  for (int bit = 0; bit < 64; bit++) {
    if (mixed >> bit & 1) outb(0xe9, '!');
  }
#else
  if (kept[599] == 'b') outb(0xe9, '!');
#endif
  outb(0xe9, '.');
  return 0;
}
