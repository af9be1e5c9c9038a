/* With -fipa-cp gcc makes scale.constprop.0: every call gives the same factor. */
#include "io.h"

int results[40];

static NOINLINE int scale(int value, int factor) {
  int sum = 0;
  for (int i = 0; i < factor; i++) sum += value ^ i;
  return sum;
}

int main(void) {
  for (int i = 0; i < 40; i++) results[i] = scale(i, 7);
  outb(0xe9, '0' + results[9] % 10);
  return 0;
}
