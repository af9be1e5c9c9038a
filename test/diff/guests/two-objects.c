/* Two halves in sections of their own: what lies between them moves addresses and nothing else. */
#include "io.h"

static int table[4] = {1, 2, 3, 4};
int sum;

NOINLINE int pick(int i) { return table[i & 3]; }

#ifdef PAD
__asm__(".skip 64");
#endif

NOINLINE void show(int value) { outb(0xe9, '0' + value % 10); }

int main(void) {
  for (int i = 0; i < 6; i++) sum += pick(i);
  show(sum);
#ifdef OTHER
  show(sum + 1);
#endif
  return 0;
}
