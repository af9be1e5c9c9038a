/* Shares the names of its static function and variables with twins_b.c. */
#include "io.h"

static int table[4] = {1, 2, 3, 4};
static int hits;

static NOINLINE int helper(int x) {
  hits++;
  return table[x & 3] + x;
}

int a_entry(int x) {
  int sum = 0;
  for (int i = 0; i < x; i++) sum += helper(i);
  return sum;
}
