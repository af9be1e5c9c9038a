/* Scales numbers by a constant in memory. */
#include "io.h"

volatile int factor = CONSTANT;
int results[8];

NOINLINE int scale(int value) { return value * factor; }

int main(void) {
  for (int i = 0; i < 8; i++) results[i] = scale(i + 1);
  outb(0xe9, results[7]);
  return 0;
}
