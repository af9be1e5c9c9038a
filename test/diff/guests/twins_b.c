/* Shares the names of its static function and variables with twins_a.c. */
#include "io.h"

static int table[8] = {9, 8, 7, 6, 5, 4, 3, 2};
static int hits;

static NOINLINE int helper(int x) {
  hits += 3;
  int y = x * 5;
  while (y > 7) y -= 3;
  outb(0xe9, 'a' + y);
  return table[y];
}

int b_entry(int x) { return helper(x) - helper(x + 1); }
